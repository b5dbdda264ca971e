"""Files that follow an earlier contract version still land, beside files of the newest one."""

from __future__ import annotations

import csv
import gzip
import shutil
from pathlib import Path

import duckdb
import pytest

from loaders.contract import load_contract
from loaders.landing import reader
from loaders.landing.manifests import batches, manifest_rows
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import DAY, FILE, HEADER, LANDED, landed, malformed, new_column, run, small_contract
from tests.python.warehouse import Warehouse

FEE, TAG, SOURCE = new_column("fee", 2, is_money=True), new_column("tag", 2), new_column("source", 4)
GROWN = small_contract(FEE, TAG, SOURCE)
HEADER_4 = "id,note,amount,fee,tag,source\n"
HEADER_2 = "id,note,amount,fee,tag\n"


def manifest(bronze: BronzeFolder) -> dict[str, dict[str, str]]:
    return {row["delivered_file"].removeprefix("banking/"): row for row in bronze.control("deliveries")}


def test_headers_are_listed_from_the_newest_version_to_the_first() -> None:
    headers = GROWN.entity("banking", "notes").headers()
    assert list(headers) == [4, 2, 1]
    assert [",".join(header) + "\n" for header in headers.values()] == [HEADER_4, HEADER_2, HEADER]


@pytest.mark.parametrize(
    ("header", "line", "landed_line", "missing"),
    [
        (HEADER, '1,"a,b",5', '2,1,"a,b",5,,,', "fee, tag, source"),
        (HEADER_2, "1,a,5,0.5,", "2,1,a,5,0.5,,", "source"),
        (HEADER_4, "1,a,5,0.5,t,s", "2,1,a,5,0.5,t,s", ""),
    ],
    ids=["version 1", "version 2", "version 4"],
)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_a_file_of_any_version_lands_with_the_newest_header(
    inbox: InboxFolder,
    bronze: BronzeFolder,
    header: str,
    line: str,
    landed_line: str,
    missing: str,
    compressed: bool,
) -> None:
    content = f"{header}{line}\n".encode()
    inbox.put(FILE + ".gz" * compressed, gzip.compress(content) if compressed else content)
    result = run(inbox, bronze, GROWN)
    assert (result.problems, result.landed_rows) == ([], 1)
    path = bronze.path / (LANDED + ".gz" * compressed)
    text = gzip.decompress(path.read_bytes()) if compressed else path.read_bytes()
    assert text.decode() == f"source_line,{HEADER_4}{landed_line}\n"
    (row,) = bronze.control("deliveries")
    assert row["missing_columns"] == missing
    bronze.check_manifests()


def test_a_batch_may_mix_files_of_several_versions(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(f"{DAY}/banking/notes.old.csv", HEADER + "1,a,5\n")
    inbox.put(f"{DAY}/banking/notes.new.csv", HEADER_4 + "2,b,6,1,t,s\n")
    result = run(inbox, bronze, GROWN)
    assert len(result.batches) == 1
    rows = manifest(bronze)
    assert {name: row["missing_columns"] for name, row in rows.items()} == {
        "notes.old.csv": "fee, tag, source",
        "notes.new.csv": "",
    }


def test_a_column_that_was_not_delivered_has_no_control_total(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(f"{DAY}/banking/notes.old.csv", HEADER + "1,a,5\n")
    inbox.put(f"{DAY}/banking/notes.new.csv", HEADER_4 + "2,b,6,1.25,t,s\n3,c,7,,t,s\n")
    run(inbox, bronze, GROWN)
    totals = {
        (Path(row["bronze_file"]).name, row["column_name"]): row["total_amount"]
        for row in bronze.control("control_totals")
    }
    assert totals == {
        ("notes.new.csv", "amount"): "13.00",
        ("notes.new.csv", "fee"): "1.25",
        ("notes_0002.old.csv", "amount"): "5.00",
    }


def test_lines_are_judged_by_the_header_of_their_own_file(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + '1,a,5\n2,b,6,0.5,t,s\n3,"two\nlines",7\n4,d\n')
    run(inbox, bronze, GROWN)
    assert landed(bronze) == [["2", "1", "a", "5", "", "", ""], ["4", "3", "two lines", "7", "", "", ""]]
    assert malformed(bronze) == [
        ("3", "expected 3 fields, found 6", "2,b,6,0.5,t,s"),
        ("6", "expected 3 fields, found 2", "4,d"),
    ]


def test_a_large_file_of_an_earlier_version_lands_whole(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PIECE_BYTES", 64)
    rows = [[str(number), f'say "{number},"\n' * (number % 3), "1.10"] for number in range(200)]
    with inbox.put(FILE, HEADER).open("a", newline="") as file:
        csv.writer(file).writerows(rows)
    run(inbox, bronze, GROWN)
    assert [row[1:] for row in landed(bronze)] == [
        [value.replace("\n", " ") for value in row] + ["", "", ""] for row in rows
    ]
    assert [row["total_amount"] for row in bronze.control("control_totals")] == ["220.00"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (
            "id,note\n",
            "does not match version 1 of the contract, the closest one (missing: amount); it must be id,note,amount",
        ),
        (
            "id,note,amount,fee\n",
            "does not match version 2 of the contract, the closest one (missing: tag); it must be " + HEADER_2.strip(),
        ),
        (
            "id,note,amount,source\n",
            "does not match version 1 of the contract, the closest one (unexpected: field 4); it must be "
            "id,note,amount",
        ),
        (
            "id,note,amount,fee,tag,source,more\n",
            "does not match version 4 of the contract, the closest one (unexpected: field 7); it must be "
            + HEADER_4.strip(),
        ),
        (
            "id,note,amount,tag,fee\n",
            "does not match version 2 of the contract, the closest one (out of order: tag instead of fee); it must be "
            + HEADER_2.strip(),
        ),
    ],
    ids=["column missing", "between two versions", "column left out", "column too many", "order"],
)
def test_the_header_of_no_version_is_refused_with_the_closest_one(
    inbox: InboxFolder, bronze: BronzeFolder, header: str, reason: str
) -> None:
    inbox.put(FILE, header)
    result = run(inbox, bronze, GROWN)
    (row,) = bronze.control("deliveries")
    assert row["refusal_reason"] == f"its header (line 1) {reason}"
    assert (row["delivery_status"], row["missing_columns"], result.refused) == ("refused", "", 1)


def test_a_file_that_landed_under_an_earlier_version_stays_as_it_is(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,5\n")
    run(inbox, bronze)
    without_new_columns(bronze)
    before = bronze.files()
    again = run(inbox, bronze, GROWN)
    assert (again.skipped, again.landed, again.batches, again.problems) == (1, [], {}, [])
    assert bronze.files() == before

    inbox.put(f"{DAY}/banking/notes.2.csv", HEADER_4 + "2,b,6,1,t,s\n")
    run(inbox, bronze, GROWN)
    after = bronze.files()
    assert {name: after[name] for name in before} == before
    assert len(list(batches(bronze.path))) == 2


def test_a_manifest_without_the_new_columns_is_still_a_manifest(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,5\n")
    run(inbox, bronze)
    (path,) = without_new_columns(bronze)
    (row,) = manifest_rows(path)
    assert "missing_columns" not in row
    (batch,) = batches(bronze.path)
    assert [file.path for file in batch.files] == [LANDED, f"control/control_totals/dt={DAY}/{path.name}"]


def without_new_columns(bronze: BronzeFolder) -> list[Path]:
    """Turn the manifests into those that landing wrote before they had the columns that were added at the end."""
    paths = sorted(bronze.path.glob("control/deliveries/dt=*/*.csv"))
    for path in paths:
        lines = path.read_text().splitlines()
        assert lines[0].endswith(",missing_columns,landing_number,stated_by,stated")
        path.write_text("".join(line.rsplit(",", 4)[0] + "\n" for line in lines))
    return paths


def test_duckdb_reads_files_of_all_versions_side_by_side(
    inbox: InboxFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bronze is immutable: a file that landed before a column was added keeps its shorter header."""
    warehouse = Warehouse(tmp_path / "warehouse")
    bronze = BronzeFolder(warehouse.folder / "data" / "bronze")
    bronze.path.mkdir(parents=True)
    columns = load_contract().entity("banking", "merchants").delivered_columns
    for number, name in enumerate(("merchants.csv", "merchants.2.csv")):
        rows = "".join(f'M{number}{row},"a, ""{row}""",Food,,2025-01-01 00:00:00,active\n' for row in range(3))
        inbox.put(f"{DAY}/banking/{name}", ",".join(columns) + "\n" + rows)
    warehouse.land(inbox.path)
    without_new_columns(bronze)
    folder = bronze.path / "banking" / "merchants" / f"dt={DAY}"
    short = "".join(line[: line.rindex(",")] + "\n" for line in (folder / "merchants.csv").read_text().splitlines())
    (folder / "merchants.csv").write_text(short)
    shutil.copytree(folder, folder.with_name("dt=2025-01-02"))
    (folder.with_name("dt=2025-01-02") / "merchants.csv").unlink()
    (folder.with_name("dt=2025-01-02") / "merchants.csv.gz").write_bytes(gzip.compress(short.encode()))
    inbox.put("2025-01-03/banking/merchants.csv", ",".join(columns) + "\n")
    warehouse.land(inbox.path)

    warehouse.run("dbt", "run-operation", "create_bronze")
    monkeypatch.chdir(warehouse.folder)  # the views name their files by relative paths
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        found = connection.execute(
            "select dt::text, parse_filename(filename), merchant_id, merchant_name, record_status "
            "from dev_bronze.banking__merchants order by all"
        ).fetchall()
        deliveries = connection.execute(
            "select dt::text, changed_values, missing_columns from dev_bronze.control__deliveries order by all"
        ).fetchall()
    assert found == [
        (day, file, f"M{number}{row}", f'a, "{row}"', status)
        for day, old in (("2025-01-01", "merchants.csv"), ("2025-01-02", "merchants.csv.gz"))
        for file, number, status in ((old, 0, None), ("merchants_0002.2.csv", 1, "active"))
        for row in range(3)
    ]
    assert deliveries == [("2025-01-01", "0", None), ("2025-01-01", "0", None), ("2025-01-03", "0", None)]
