"""Full exports: landing withdraws the records that are missing from a complete one, whatever the order of landing."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import duckdb
import pytest

from loaders.contract import load_contract
from loaders.errors import TieoutError
from loaders.land import land
from loaders.landing.export_settings import Settings
from loaders.landing.missing_keys import update_time
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.hard_deliveries import CUSTOMERS, customer
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.exports import FIRST_HEADER, HEADER, A, B, C, Exports, deleted, exports, row
from tests.python.loaders.renames import Renames
from tests.redshift.dialect.time import CASES

pytestmark = pytest.mark.extended


@pytest.fixture
def notes(inbox: InboxFolder, bronze: BronzeFolder) -> Exports:
    return Exports(inbox, bronze)


def test_a_missing_record_is_withdrawn_by_its_last_state(notes: Exports) -> None:
    notes.deliver(1, A, row("B", "2025-01-01 08:00:00", "1.00"))
    result = notes.deliver(2, A, C)
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(B)}
    assert [*result.withdrawals.lines()] == [
        "Missing: 1 full exports compared; missing and withdrawn: 1 of banking/notes."
    ]
    assert result.problems == []


def test_a_required_statement_is_one_of_the_source(notes: Exports) -> None:
    contract, settings = exports(statement="required")
    for day, rows in ((1, (A, B)), (2, (A,))):
        notes.put(day, *rows)
        notes.inbox.put(f"2025-01-{day:02}/banking/notes.csv.ctl", f"rows,{len(rows)}")
        result = land(notes.inbox.path, notes.bronze.path, contract=contract, full_exports=settings)
        assert result.problems == []
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(B)}


def test_the_manifest_names_what_was_compared(notes: Exports) -> None:
    notes.deliver(1, A, B)
    notes.deliver(2, A)
    (derived,) = (row for row in notes.bronze.control("deliveries") if row["derived_from"])
    assert derived["derived_from"] == "banking/notes/dt=2025-01-01/notes.csv, banking/notes/dt=2025-01-02/notes.csv"
    assert derived["delivered_file"] == "banking/notes.missing.csv"
    assert (derived["landing_number"], derived["delivered_rows"]) == ("2", "1")
    totals = [row for row in notes.bronze.control("control_totals") if "missing" in row["bronze_file"]]
    assert [(row["column_name"], row["total_amount"]) for row in totals] == [("amount", "1.00")]
    notes.bronze.check_manifests()


def test_an_export_without_missing_records_is_on_record_and_compared_once(notes: Exports) -> None:
    notes.deliver(1, A, B)
    notes.deliver(2, B, A)
    assert notes.derived() == [("02", "landed", "0")]
    before = notes.bronze.files()
    assert notes.run().withdrawals.landed == []
    assert notes.bronze.files() == before


def test_the_latest_state_by_update_time_is_withdrawn_however_it_is_written(notes: Exports) -> None:
    newest = "2025-01-03T07:30+01:00"
    notes.deliver(1, A, row("B", "2025-01-03 06:00:00"), row("B", newest, "2.00"), row("B", "2025-01-03", "3.00"))
    notes.deliver(5, A)
    assert notes.missing() == {"05/notes_0002.missing.csv": [f"B,2025-01-01,2.00,{newest},,deleted"]}


def test_every_time_that_silver_accepts_is_read_as_silver_reads_it() -> None:
    (case,) = CASES["try_to_utc"]
    accepted = {str(text): time for text, time in case.answers if time is not None}
    ((notes, _),) = exports()[1].since.items()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        read = {
            text: connection.execute(
                f"select cast({update_time(notes, 'UTC')} as timestamp) from (select ? as updated_at, '' as booked_at)",
                [text],
            ).fetchall()[0][0]
            for text in accepted
        }
    assert len(read) > 50
    assert read == accepted


def test_of_equal_update_times_the_last_arrival_is_withdrawn(notes: Exports) -> None:
    notes.deliver(1, A, row("B", amount="1.00"))
    notes.deliver(1, row("B", amount="2.00"), row("B", amount="3.00"), part=".corrected")
    notes.deliver(2, A)
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(row("B", amount="3.00"))}


def test_another_column_stands_in_for_an_empty_update_time(notes: Exports) -> None:
    late = "B,2025-01-01,2.00,,2025-01-02 09:00:00,\n"
    notes.deliver(1, A, late, row("B", "2025-01-02 08:00:00"))
    notes.deliver(3, A)
    assert notes.missing() == {"03/notes_0002.missing.csv": deleted(late)}


def test_equal_keys_are_equal_however_they_are_written(notes: Exports) -> None:
    notes.deliver(1, A, B)
    notes.deliver(2, '" A ",2025-01-01 00:00:00,1.00,2025-01-01 08:00:00,,\n', "\tB,2025-01-01,1.00,,,\n")
    assert notes.missing() == {}


def test_what_the_source_has_deleted_itself_is_not_deleted_again(notes: Exports) -> None:
    notes.deliver(1, A, row("B", status="Deleted"))
    notes.deliver(2, A)
    assert notes.missing() == {}


def test_a_record_that_comes_back_and_goes_again_is_withdrawn_again(notes: Exports) -> None:
    for day, rows in enumerate(((A, B), (A,), (A, B), (A,)), 1):
        notes.deliver(day, *rows)
    assert list(notes.missing()) == ["02/notes_0002.missing.csv", "04/notes_0002.missing.csv"]


def test_files_with_an_earlier_header_are_compared(notes: Exports) -> None:
    short = "B,2025-01-01,1.00,2025-01-01 08:00:00,\n"
    notes.put(1, A[:-2] + "\n", short, header=FIRST_HEADER)
    notes.put(2, A[:-2] + "\n", header=FIRST_HEADER)
    notes.run()
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(B)}


def test_a_compressed_export_is_compared(notes: Exports) -> None:
    notes.inbox.put("2025-01-01/banking/notes.csv.gz", gzip.compress((HEADER + A + B).encode()))
    notes.deliver(2, A)
    assert list(notes.missing()) == ["02/notes_0002.missing.csv"]


def test_quotes_and_separators_survive(notes: Exports) -> None:
    notes.deliver(1, A, row('"B ""x"", y\\"'))
    notes.deliver(2, A)
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(row('"B ""x"", y\\"'))}


def test_an_export_that_lands_late_leads_to_the_same_deletions(notes: Exports) -> None:
    """In the right order, B is deleted on the second and C on the third."""
    newer = row("C", "2025-01-02 08:00:00")
    notes.deliver(1, A, B, C)
    notes.deliver(3, A)
    assert notes.missing() == {"03/notes_0002.missing.csv": deleted(B, C)}
    notes.deliver(2, A, newer)
    assert notes.missing() == {
        "02/notes_0002.missing.csv": deleted(B),
        "03/notes_0002.missing.csv": deleted(B, C),
        "03/notes_0003.missing.2.csv": deleted(newer),
    }


def test_a_late_export_before_the_first_one_changes_nothing_but_its_successor(notes: Exports) -> None:
    notes.deliver(2, A)
    notes.deliver(1, A, B)
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(B)}


def test_only_days_since_the_declaration_are_exports(notes: Exports) -> None:
    contract, settings = exports()
    (entity,) = settings.since
    for day, rows in enumerate(((A, B), (C,), (A, C), (A,)), 1):
        notes.put(day, *rows)
    since = Settings({entity: date(2025, 1, 3)})
    land(notes.inbox.path, notes.bronze.path, contract=contract, full_exports=since)
    assert notes.missing() == {"04/notes_0002.missing.csv": deleted(C)}


def test_a_missing_file_of_bronze_is_named_and_the_next_landing_completes_it(notes: Exports) -> None:
    notes.deliver(1, A, B)
    path = notes.bronze.path / "banking/notes/dt=2025-01-01/notes.csv"
    content = path.read_bytes()
    path.unlink()
    (problem,) = notes.deliver(2, A).problems
    assert problem.startswith(f"{path} is missing, and a full export is compared with it.")
    path.write_bytes(content)
    assert notes.run().problems == []
    assert list(notes.missing()) == ["02/notes_0002.missing.csv"]


def test_landing_may_stop_before_any_rename(
    inbox: InboxFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next landing completes bronze to the byte."""
    renames = Renames(monkeypatch, KeyboardInterrupt())

    def landed(name: str, allowed: int | None = None) -> Exports:
        made = Exports(InboxFolder(tmp_path / name / "inbox"), BronzeFolder(tmp_path / name / "bronze"))
        made.put(1, A, B)
        made.put(3, A, B, C)
        made.run()
        made.put(2, A, C)
        made.put(4, B)
        renames.allow_all()
        if allowed is not None:
            renames.left = allowed
        try:
            made.run()
        except KeyboardInterrupt:
            renames.allow_all()
            made.bronze.check_manifests()
            names = {row["delivered_file"] for row in made.bronze.control("deliveries") if not row["derived_from"]}
            assert names == {"banking/notes.csv"}
            made.run()
        return made

    whole = landed("whole")
    count = renames.made
    assert count == 15  # two exports and three derived files, each with control totals and a manifest
    assert set(whole.missing()) == {"02/notes_0002.missing.csv", "04/notes_0002.missing.csv"}
    for allowed in range(count):
        stopped = landed(str(allowed), allowed)
        assert stopped.bronze.files() == whole.bronze.files()


def test_an_interrupted_landing_is_completed(notes: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.put(1, A, B)
    notes.put(2, A)
    with monkeypatch.context() as patched:
        patched.setattr(
            "loaders.landing.withdrawals.find_missing_keys", lambda *_, **__: (_ for _ in ()).throw(OSError(28))
        )
        with pytest.raises(TieoutError, match="Bronze cannot be written"):
            notes.run()
    assert len(notes.bronze.control("deliveries")) == 2
    # On another machine, the inbox has nothing new.
    (notes.inbox.path / "2025-01-02/banking/notes.csv").unlink()
    (notes.inbox.path / "2025-01-01/banking/notes.csv").unlink()
    notes.run()
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(B)}


def test_a_person_is_forgotten_in_derived_files_too(inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout) -> None:
    contract = load_contract()
    settings = Settings({contract.entity("banking", "customers"): date.min})
    for day, keys in (("2025-01-01", ("C1", "C2")), ("2025-01-02", ("C1",))):
        lines = "".join(customer(key, "Akron", f"{day} 08:00:00").replace("Lee", f"Lee {key}") for key in keys)
        inbox.put(f"{day}/banking/customers.csv", CUSTOMERS + lines)
    land(inbox.path, bronze.path, full_exports=settings)
    derived = bronze.path / "banking/customers/dt=2025-01-02/customers_0002.missing.csv"
    assert "Lee C2" in derived.read_text(encoding="utf-8")
    printed = tieout("forget", "C2", "--reason", "asked", "--bronze-root", bronze.path).out
    assert "in 2 rows of 2 files" in printed
    assert "2025-01-01/banking/customers.csv." in " ".join(printed.split())
    assert ".missing" not in printed
    assert "Lee C2" not in derived.read_text(encoding="utf-8")
    bronze.check_manifests()
    # The overwritten files are compared no second time.
    assert land(inbox.path, bronze.path, full_exports=settings).withdrawals.landed == []
