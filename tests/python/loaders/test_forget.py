"""`tieout forget` in bronze: lines, keys and amounts stay, and every interrupted run is completed."""

from __future__ import annotations

import csv
import gzip
import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from loaders.contract import Column
from loaders.errors import TieoutError
from loaders.forget.overwrite import forget
from loaders.forget.values import Replacements
from loaders.land import land
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.forgetting import BIRTHDAYS, DAY, DELIVERIES, MARK, NEXT_DAY, person, texts_of_bronze
from tests.python.hard_deliveries import CUSTOMERS
from tests.python.loaders.conftest import Tieout

FILES = 5
"""Two files of customers, two of transactions, one of malformed lines."""
MANIFESTS = 2


@pytest.fixture
def delivered(inbox: InboxFolder, bronze: BronzeFolder) -> BronzeFolder:
    """The deliveries of `forgetting`, one of them compressed."""
    for day, entity, text, part in DELIVERIES:
        is_compressed = (day, entity) == (NEXT_DAY, "transactions")
        name = f"{day}/banking/{entity}{part}.csv{'.gz' if is_compressed else ''}"
        inbox.put(name, gzip.compress(text.encode()) if is_compressed else text)
    land(inbox.path, bronze.path)
    return bronze


def left(root: Path) -> list[str]:
    """Return the files that still have a value of the customer."""
    texts = texts_of_bronze(root).items()
    return [name for name, text in texts if any(value in text for value in (MARK, *BIRTHDAYS))]


def rows(root: Path, entity: str) -> list[dict[str, str]]:
    texts = texts_of_bronze(root)
    names = [name for name in texts if name.startswith(f"banking/{entity}/")]
    return [row for name in names for row in csv.DictReader(texts[name].splitlines())]


def test_only_values_that_identify_the_customer_are_overwritten(delivered: BronzeFolder) -> None:
    before = {entity: rows(delivered.path, entity) for entity in ("customers", "accounts", "transactions")}
    result = forget(delivered.path, "C1", "case 1", "Ada")
    assert len(result.files) == FILES
    assert left(delivered.path) == []
    personal = {"first_name", "last_name", "email", "phone", "date_of_birth", "address", "counterparty_account"}
    for entity, rows_before in before.items():
        for old, new in zip(rows_before, rows(delivered.path, entity), strict=True):
            is_own = any(MARK in value for value in old.values())
            changed = {name for name in old if old[name] != new[name]}
            assert changed == ({name for name in personal & set(old) if old[name]} if is_own else set())


def test_equal_values_stay_equal_and_different_ones_different(delivered: BronzeFolder) -> None:
    before = rows(delivered.path, "customers")
    forget(delivered.path, "C1", "case 1", "Ada")
    after = rows(delivered.path, "customers")
    for name in ("first_name", "last_name", "email", "phone", "date_of_birth", "address"):
        pairs = {(old[name], new[name]) for old, new in zip(before, after, strict=True)}
        assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs})
    assert {row["date_of_birth"][:4] for row in after} == {"1987", "1986", "1980", "forg"}
    assert len(after[6]["first_name"].encode()) > 1024  # a text that was too long stays too long


@pytest.mark.parametrize("year", [1987, 1988])
def test_every_day_of_a_year_becomes_another_day_of_that_year(year: int) -> None:
    replacements = Replacements(b"key")
    born = Column("date_of_birth", added_by_landing=False, is_money=False, pii="quasi", type="date")
    first = date(year, 1, 1)
    days = [(first + timedelta(number)).isoformat() for number in range((date(year + 1, 1, 1) - first).days)]
    replaced = [replacements.replaced(born, day, dates=True) for day in days]
    assert sorted(replaced) == days
    assert all(old != new for old, new in zip(days, replaced, strict=True))
    assert [replacements.replaced(born, day, dates=False) for day in days] == days


def test_the_manifests_have_the_new_digests_and_the_delivered_ones_stay(
    inbox: InboxFolder, delivered: BronzeFolder
) -> None:
    before = {row["bronze_file"]: row for row in delivered.control("deliveries")}
    forget(delivered.path, "C1", "case 1", "Ada")
    for row in delivered.control("deliveries"):
        content = (delivered.path / row["bronze_file"]).read_bytes()
        assert row["bronze_sha256"] == hashlib.sha256(content).hexdigest()
        old = before[row["bronze_file"]]
        assert {name for name in row if row[name] != old[name]} <= {"bronze_sha256"}
    # The files of the inbox are recognised, and their texts do not come back.
    assert land(inbox.path, delivered.path).skipped == len(DELIVERIES)
    assert left(delivered.path) == []


def test_it_is_recorded_by_whom_and_why(delivered: BronzeFolder) -> None:
    forget(delivered.path, "C1", "case 1, by letter", "Ada")
    records = delivered.control("forgotten")
    assert len(records) == FILES
    assert {(row["customer_id"], row["forgotten_by"], row["reason"]) for row in records} == {
        ("C1", "Ada", "case 1, by letter")
    }
    assert {row["bronze_file"].split("dt=")[1][:10] for row in records} == {DAY, NEXT_DAY}


def test_running_it_again_changes_no_byte(delivered: BronzeFolder, tieout: Tieout) -> None:
    command = ("forget", "C1", "--reason", "case 1", "--bronze-root", delivered.path)
    printed = tieout(*command).out
    assert "60 values in 15 rows of 5 files are overwritten" in printed
    assert f"{DAY}/banking/customers.csv" in printed
    before = delivered.files()
    assert "Nothing new has come since" in tieout(*command).out
    assert delivered.files() == before


def test_a_dry_run_counts_and_changes_nothing(delivered: BronzeFolder, tieout: Tieout) -> None:
    before = delivered.files()
    printed = tieout("forget", "C1", "--reason", "case 1", "--bronze-root", delivered.path, "--dry-run").out
    assert "60 values in 15 rows of 5 files would be overwritten" in printed
    assert delivered.files() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_run_is_completed_by_the_next_one(
    inbox: InboxFolder, delivered: BronzeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    rename = Path.replace
    renames = 0

    def may_fail(source: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == stop:
            raise error
        return rename(source, target)

    # The files, their manifests, and the records of two days.
    for stop in range(1, FILES + MANIFESTS + 2 + 1):
        root = tmp_path / f"stopped_{stop}"
        land(inbox.path, root)
        renames = 0
        monkeypatch.setattr(Path, "replace", may_fail)
        with pytest.raises((KeyboardInterrupt, TieoutError)):
            forget(root, "C1", "case 1", "Ada")
        monkeypatch.undo()
        result = forget(root, "C1", "case 1", "Ada")
        assert result.completed == "C1"
        assert left(root) == []
        assert not (root / ".forgetting").exists()
        BronzeFolder(root).check_manifests()
        customers = rows(root, "customers")
        assert customers[1]["date_of_birth"][:4] == "1987"
        # Both runs replaced equal values by equal ones: the repeat and the correction are still what they were.
        assert len({row["email"] for row in customers if row["email"]}) == 6
        assert sum(int(row["overwritten_values"]) for row in BronzeFolder(root).control("forgotten")) == 60


def test_a_customer_who_comes_again_is_named_and_can_be_forgotten_again(
    inbox: InboxFolder, delivered: BronzeFolder, tieout: Tieout
) -> None:
    forget(delivered.path, "C1", "case 1", "Ada")
    inbox.put(f"{NEXT_DAY}/banking/customers.again.csv", CUSTOMERS + person("C1", 2, f"{NEXT_DAY} 09:00:00"))
    printed = tieout("land", inbox.path, "--bronze-root", delivered.path).out
    assert "Customer C1 was forgotten, and personal data has come again" in printed
    dates = [row["date_of_birth"] for row in rows(delivered.path, "customers")]
    assert len(forget(delivered.path, "C1", "case 2", "Ada").files) == 1
    assert left(delivered.path) == []
    again = [row["date_of_birth"] for row in rows(delivered.path, "customers")]
    assert sum(old != new for old, new in zip(dates, again, strict=True)) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("C9", "--reason", "case 1"), "No delivered row belongs to a customer 'C9', so nobody was forgotten."),
        (("C1", "--reason", " "), "--reason is empty"),
        (("C1", "--reason", "x", "--bronze-root", "s3://bucket/bronze"), "docs/runbook.md"),
        (("C1", "--reason", "x", "--bronze-root", "nowhere"), "There is no bronze in nowhere."),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    delivered: BronzeFolder, tieout: Tieout, options: tuple[str, ...], message: str
) -> None:
    before = delivered.files()
    root = () if "--bronze-root" in options else ("--bronze-root", delivered.path)
    outcome = tieout("forget", *options, *root)
    assert outcome.code == 1
    assert message in outcome.err
    assert delivered.files() == before
