"""Good deliveries with random damage: landing accounts for every line, and the warehouse ties out.

What must hold for a damaged file is computed from its bytes, independently of the loaders.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest

from loaders.contract import load_contract
from loaders.land import land
from tests.python.conftest import BronzeFolder
from tests.python.reliability.hostile_rows import delivered, valid
from tests.python.reliability.hostile_values import COLUMNS, NO_DAYS, NO_NUMBERS, TEXTS
from tests.python.reliability.tally import Tally, randomness, times
from tests.python.warehouse import DOMAINS, Warehouse

DAY = "2025-01-02"
AMOUNT_COLUMNS = {entity.name: entity.money_columns for entity in load_contract().deliverable()}
AMOUNT = re.compile(r"[+-]?[0-9]{1,16}([.][0-9]{1,2}0*)?", re.ASCII)
NASTY = (
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b'""',
    b'","',
    b"\xff",
    b"\xc3",
    b"\\",
    b" ",
    b"\t",
    b"-",
    b"9",
    b"\xef\xbb\xbf",
)


def good_delivery(entity: str, rows: int, name: str) -> bytes:
    """Return a file with good rows, each with its own key."""
    key = next(iter(COLUMNS[entity]))
    days = [f"2025-01-{day:02}" for day in range(1, 29)]
    unique = [{key: f"{name}-{number}"} if key != "currency" else {"rate_date": days[number]} for number in range(rows)]
    return delivered(entity, [valid(entity) | own for own in unique]).encode()


def damaged(random: random.Random, content: bytes) -> bytes:
    """Do one to four kinds of damage to bytes, lines, the end, the order or values."""
    for _ in range(random.randint(1, 4)):
        position = random.randrange(len(content) + 1)
        lines = content.split(b"\n")
        line = random.randrange(len(lines))
        match random.randrange(9):
            case 0:  # a bit
                flipped = bytearray(content or b"x")
                flipped[position % len(flipped)] ^= 1 << random.randrange(8)
                content = bytes(flipped)
            case 1:
                content = content[:position] + random.choice(NASTY) + content[position:]
            case 2:
                content = content[:position] + content[position + random.randint(1, 40) :]
            case 3:
                content = content[:position]
            case 4:
                inserted = bytes(random.choices(range(256), k=random.randint(1, 30)))
                content = content[:position] + inserted + content[position:]
            case 5:
                content = b"\n".join([*lines[:line], random.choice(lines), *lines[line:]])
            case 6:
                repeated = (lines[line] * random.choice((2, 3, 400)))[:100_000]
                content = b"\n".join([*lines[:line], repeated, *lines[line + 1 :]])
            case 7:
                fields = lines[line].split(b",")
                text = random.choice((*TEXTS, *NO_NUMBERS, *NO_DAYS))
                fields[random.randrange(len(fields))] = ('"' + text.replace('"', '""') + '"').encode()
                content = b"\n".join([*lines[:line], b",".join(fields), *lines[line + 1 :]])
            case 8:
                content = content.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"\n\r")))
    return content


class Control:
    """The control entities, by delivered file."""

    def __init__(self, bronze: BronzeFolder) -> None:
        self.manifests = {row["delivered_file"]: row for row in bronze.control("deliveries")}
        self.totals = {(row["bronze_file"], row["column_name"]): row for row in bronze.control("control_totals")}
        self.malformed: dict[str, dict[int, str]] = defaultdict(dict)
        rows = bronze.control("malformed_lines")
        for row in rows:
            self.malformed[row["delivered_file"]][int(row["source_line"])] = row["reason"]
        assert len(rows) == sum(map(len, self.malformed.values()))


def check_landed(entity: str, content: bytes, name: str, bronze: BronzeFolder, control: Control) -> None:
    """Check the manifest of a file against its bytes and against the file in bronze."""
    manifest, malformed = control.manifests[name], control.malformed[name]
    counts = [int(manifest[f"{what}_rows"]) for what in ("delivered", "landed", "malformed")]
    assert counts[0] == counts[1] + counts[2]
    assert counts[2] == len(malformed)
    if manifest["delivery_status"] == "refused":
        assert counts == [0, 0, 0]
        assert len(manifest["refusal_reason"]) > 20
        assert manifest["bronze_file"] == ""
        return
    landed = (bronze.path / manifest["bronze_file"]).read_bytes()
    header, *rows = csv.reader(io.StringIO(landed.decode(), newline=""), strict=True)
    assert header == ["source_line", *COLUMNS[entity]]
    assert {len(row) for row in rows} <= {len(header)}
    assert len(rows) == counts[1] == landed.count(b"\n") - 1
    numbers = [int(row[0]) for row in rows]
    assert numbers == sorted(numbers)
    assert len({*numbers, *malformed}) == counts[0]

    # Every line begins a record, is blank, or belongs to the record that begins before it.
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    begun = {*numbers, *malformed}
    for number, line in enumerate(lines[1:], 2):
        if line.removesuffix(b"\r") and number not in begun:
            assert any(earlier < number for earlier in begun), f"line {number} is lost"
    # An undamaged line lands, unless an open quote before it makes it part of a value.
    if b'"' not in content:
        width = len(COLUMNS[entity])
        for number, line in enumerate(lines[1:], 2):
            text = line.removesuffix(b"\r")
            if len(text) < 30_000 and text.count(b",") == width - 1 and re.fullmatch(rb"[ -~]+", text):
                assert number in numbers or (text == lines[0].removesuffix(b"\r") and number in malformed)
    for column in AMOUNT_COLUMNS[entity]:
        texts = [row[header.index(column)].strip(" \t") for row in rows]
        amounts = [Decimal(text) for text in texts if AMOUNT.fullmatch(text)]
        total = control.totals[manifest["bronze_file"], column]
        assert (Decimal(total["total_amount"]), int(total["amount_values"])) == (sum(amounts, Decimal(0)), len(amounts))
        assert int(total["other_values"]) == len([text for text in texts if text]) - len(amounts)


def damaged_files(random: random.Random, number: int, prefix: str = "d") -> dict[tuple[str, str], bytes]:
    """Draw damaged files by entity and name. The keys of their rows begin with the prefix of the name."""
    files = {}
    for index in range(number):
        entity, name = random.choice([*COLUMNS]), f"{prefix}-{index}"
        files[entity, f"{entity}.{name}.csv"] = damaged(random, good_delivery(entity, random.randint(0, 12), name))
    return files


def put(inbox: Path, files: dict[tuple[str, str], bytes]) -> None:
    for (entity, name), content in files.items():
        path = inbox / DAY / DOMAINS[entity] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_landing_accounts_for_every_line_of_damaged_files(tmp_path: Path, tally: Tally) -> None:
    random = randomness("damaged files landed")
    files = damaged_files(random, times(150, a_round=2_000))
    put(tmp_path / "inbox", files)
    with patch("os.fsync"):
        land(tmp_path / "inbox", tmp_path / "bronze")
    bronze = BronzeFolder(tmp_path / "bronze")
    bronze.check_manifests()
    control = Control(bronze)
    for (entity, name), content in files.items():
        check_landed(entity, content, f"{DOMAINS[entity]}/{name}", bronze, control)
    tally.add("bad files tried", len(files))


def test_damaged_gzip_lands_whole_or_is_refused(tmp_path: Path, tally: Tally) -> None:
    random = randomness("damaged gzip")
    good = good_delivery("transactions", 400, "z")
    packed = gzip.compress(good, mtime=0)
    number = times(60, a_round=1_000)
    for index in range(number):
        content = damaged(random, packed)
        put(tmp_path / "inbox", {("transactions", f"transactions.z{index}.csv.gz"): content})
    with patch("os.fsync"):
        land(tmp_path / "inbox", tmp_path / "bronze")
    landed = [row for row in BronzeFolder(tmp_path / "bronze").control("deliveries") if row["bronze_file"]]
    for row in landed:
        # The checksum is right, so the file holds the compressed text once or several times.
        text = gzip.decompress((tmp_path / "inbox" / DAY / row["delivered_file"]).read_bytes())
        assert set(text.split(b"\n")) <= set(good.split(b"\n"))
    assert len(landed) < number
    tally.add("bad files tried", number)


@pytest.mark.long
def test_a_warehouse_of_damaged_files_ties_out(new_warehouse: Callable[[str], Warehouse], tally: Tally) -> None:
    random = randomness("damaged files built")
    made = new_warehouse("damaged")
    for build in range(times(1, a_round=2)):
        files = damaged_files(random, 300, prefix=f"b{build}")
        put(made.inbox, files)
        made.run("tieout", "land", "--allow-refused", str(made.inbox))
        made.run("dbt", "build")
        assert made.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
        assert made.value("select bool_and(is_tied) from dev_audit.deliveries") is True
        tally.add("bad files tried", len(files))
        tally.add("builds run", 1)
