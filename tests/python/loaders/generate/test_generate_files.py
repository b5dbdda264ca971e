"""`tieout generate`: the same files for the same arguments, in the dialect of deliveries."""

from __future__ import annotations

import csv
import gzip
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from loaders.contract import load_contract, project_root
from tests.python.loaders.conftest import ReadInbox, Tieout
from tests.python.loaders.generate.bank import Delivered
from tests.python.loaders.generate.conftest import HONEST_BANK

DAYS, START, SEED = HONEST_BANK.days, HONEST_BANK.start, HONEST_BANK.seed
ARGUMENTS = [
    *("generate", "--start", START, "--seed", SEED, "--customers", HONEST_BANK.customers),
    *("--transactions-per-day", HONEST_BANK.transactions_per_day),
]
SMALL_BANK = ["generate", "--customers", 5, "--transactions-per-day", 5]


def test_files_do_not_depend_on_hash_seed_time_zone_or_threads(
    honest_bank: Delivered, read_inbox: ReadInbox, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "from loaders.cli import main; main()", *ARGUMENTS, "--days", DAYS]
    processes = [
        subprocess.Popen(
            [str(part) for part in [*command, "--inbox", tmp_path / hash_seed]],
            cwd=project_root(),
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": time_zone, "POLARS_MAX_THREADS": threads},
        )
        for hash_seed, time_zone, threads in (("0", "Asia/Tokyo", "1"), ("4711", "America/New_York", "4"))
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert read_inbox(tmp_path / "0").digests() == honest_bank.inbox.digests()
    assert read_inbox(tmp_path / "4711").digests() == honest_bank.inbox.digests()


def test_the_first_days_of_a_longer_run_equal_a_shorter_run(
    honest_bank: Delivered, read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path
) -> None:
    assert tieout(*ARGUMENTS, "--days", 3, "--inbox", tmp_path).code == 0
    short = read_inbox(tmp_path).digests()
    assert len({name[:10] for name in short}) == 3
    assert short.items() <= honest_bank.inbox.digests().items()


def test_another_seed_changes_every_file(
    honest_bank: Delivered, read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path
) -> None:
    assert tieout(*ARGUMENTS, "--days", 2, "--seed", SEED + 1, "--inbox", tmp_path).code == 0
    other = read_inbox(tmp_path).digests()
    digests = honest_bank.inbox.digests()
    shared = set(other) & set(digests)
    assert len(shared) > 20
    assert all(other[name] != digests[name] for name in shared)


def test_existing_files_are_not_written_again(read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path) -> None:
    small = [*SMALL_BANK, "--inbox", tmp_path]
    assert tieout(*small, "--days", 2).code == 0
    before = {file: file.stat().st_mtime_ns for file in read_inbox(tmp_path).files()}
    again = tieout(*small, "--days", 3)
    assert again.code == 0
    assert f"{len(before)} were already there" in again.out
    assert {file: file.stat().st_mtime_ns for file in before} == before


@pytest.mark.parametrize("options", [[], ["--gzip"]])
def test_a_file_with_other_content_is_never_overwritten(
    read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path, options: list[str]
) -> None:
    small = [*SMALL_BANK, "--days", 1, *options, "--inbox", tmp_path]
    assert tieout(*small, "--seed", 1).code == 0
    before = read_inbox(tmp_path).digests()
    refused = tieout(*small, "--seed", 2)
    assert refused.code == 1
    assert "exists already with other content" in refused.err
    assert "Traceback" not in refused.err
    assert read_inbox(tmp_path).digests() == before


def test_a_delivery_is_never_both_compressed_and_plain(read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path) -> None:
    small = [*SMALL_BANK, "--days", 1, "--inbox", tmp_path]
    assert tieout(*small).code == 0
    before = read_inbox(tmp_path).digests()
    refused = tieout(*small, "--gzip")
    assert refused.code == 1
    assert "cannot be both compressed and plain" in refused.err
    assert read_inbox(tmp_path).digests() == before


def test_compressed_files_have_the_same_content_and_no_time(
    honest_bank: Delivered, read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path
) -> None:
    assert tieout(*ARGUMENTS, "--days", 2, "--gzip", "--inbox", tmp_path).code == 0
    files = read_inbox(tmp_path).files()
    assert files
    for file in files:
        packed = file.read_bytes()
        plain = (honest_bank.inbox.root / file.relative_to(tmp_path)).with_suffix("")
        assert packed[4:8] == bytes(4)
        assert gzip.decompress(packed) == plain.read_bytes()
    assert tieout(*ARGUMENTS, "--days", 2, "--gzip", "--inbox", tmp_path).code == 0


def test_files_have_the_header_of_the_contract_and_the_dialect_of_deliveries(honest_bank: Delivered) -> None:
    contract = load_contract()
    for file in honest_bank.inbox.files():
        content = file.read_bytes()
        entity = contract.entity(file.parts[-2], file.stem)
        assert content.split(b"\n")[0].decode() == ",".join(entity.delivered_columns)
        assert content.endswith(b"\n")
        assert b"\r" not in content
        assert not re.search(rb'(^|,)""(,|$)', content, re.MULTILINE)  # empty values have no quotes
        width = {len(row) for row in csv.reader(content.decode("utf-8").splitlines())}
        assert width == {len(entity.delivered_columns)}
    assert {file.parts[-3] for file in honest_bank.inbox.files()} == {
        (START + timedelta(days=day)).isoformat() for day in range(DAYS)
    }
    assert not [file for file in honest_bank.inbox.root.rglob("*") if file.is_file() and file.suffix != ".csv"]


@pytest.mark.parametrize("damage", [b"", b"no gzip at all", None])
def test_a_damaged_compressed_file_is_never_overwritten(
    read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path, damage: bytes | None
) -> None:
    small = [*SMALL_BANK, "--days", 1, "--gzip", "--inbox", tmp_path]
    assert tieout(*small).code == 0
    file = read_inbox(tmp_path).files("customers")[0]
    packed = file.read_bytes()
    damaged = packed[:10] + b"\xff" * 20 + packed[30:] if damage is None else damage
    file.write_bytes(damaged)
    outcome = tieout(*small)
    assert outcome.code == 1
    assert "exists already with other content" in outcome.err
    assert file.read_bytes() == damaged


def test_a_bank_with_one_customer_runs_for_40_days(read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path) -> None:
    small = ["--customers", 1, "--transactions-per-day", 3, "--days", 40, "--start", "2024-02-01"]
    assert tieout("generate", "--inbox", tmp_path, *small).code == 0
    reader = read_inbox(tmp_path)
    assert len({row["transaction_id"] for row in reader.rows("transactions")}) == 120


def test_only_what_is_expected_by_day_has_files_without_rows(
    read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path
) -> None:
    """A file with only the header says that there was nothing; no file says that something is missing."""
    assert tieout("generate", "--inbox", tmp_path, "--transactions-per-day", 0, "--days", 2, "--customers", 9).code == 0
    assert [file.read_bytes().count(b"\n") for file in read_inbox(tmp_path).files("transactions")] == [1, 1]
    expected = {entity.name for entity in load_contract().deliverable() if entity.is_expected_by_day}
    others = [file for file in tmp_path.glob("2025-*/*/*.csv") if file.stem not in expected]
    assert others
    assert all(file.read_bytes().count(b"\n") > 1 for file in others)
    assert len(read_inbox(tmp_path).files("customers")) == 2
