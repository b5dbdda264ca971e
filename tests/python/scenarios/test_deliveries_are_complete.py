"""What does not come, what is refused at the door, and keys that mean something else: the verdict is not green."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loaders.audit.sources import resent_name
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.waivers import waiving
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2025-01-{day:02}" for day in (6, 7, 8, 9, 10))
RATES = "currency,rate_date,rate_to_usd,updated_at\n"
HALF = f"{RATES}GBP,{THURSDAY},1.25,{THURSDAY} 07:00:00\n"
WHOLE = f"{HALF}PLN,{THURSDAY},0.10,{THURSDAY} 07:00:00\n"
EXPECTED = (
    "select entity, expected_on::varchar, delivery_status from dev_audit.expected_deliveries "
    "where delivery_status <> 'delivered' order by all"
)
REUSED = (
    "select business_key, reuse, reuse_detail, source_file, source_line, earlier_source_file, earlier_source_line "
    "from dev_audit.reused_keys order by business_key, source_file, source_line"
)
WAIVED = (
    f"{TUESDAY} to {TUESDAY} banking/fx_rates",
    f"banking/transactions/dt={THURSDAY}/transactions.csv",
)


def booked(day: str, key: str, amount: str, owner: str = "A1", time: str = "08:00:00") -> str:
    return transaction(key, owner, amount, f"{day} {time}", updated_at=f"{day} 09:00:00")


def rate(day: str) -> str:
    return f"{RATES}EUR,{day},1.10,{day} 07:00:00\n"


def checked(warehouse: Warehouse, *waived: str) -> str:
    """Return what `tieout check` prints for the findings that a controller has waived."""
    process = waiving(warehouse, *waived).start("tieout", "check")
    process.join()
    return " ".join(warehouse.output.read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def week(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    """A week without transactions and rates on Tuesday, and with a refused file on Wednesday."""
    made = empty_warehouse("week")
    made.deliver(MONDAY, "customers", CUSTOMERS + customer("C1", "Akron", f"{MONDAY} 07:00:00"))
    owners = account("A1", "C1", f"{MONDAY} 07:00:00") + account("A2", "C1", f"{MONDAY} 07:00:00")
    made.deliver(MONDAY, "accounts", ACCOUNTS + owners)
    made.deliver(MONDAY, "fx_rates", rate(MONDAY))
    made.deliver(
        MONDAY, "transactions", TRANSACTIONS + "".join(booked(MONDAY, str(key), f"{key}0.00") for key in range(1, 7))
    )
    made.build_step()
    made.deliver(TUESDAY, "customers", CUSTOMERS + customer("C1", "Boston", f"{TUESDAY} 07:00:00"))
    made.deliver(WEDNESDAY, "fx_rates", rate(WEDNESDAY))
    file = made.inbox / WEDNESDAY / "banking" / "transactions.csv"
    file.write_text("transaction_id,amount\n7,70.00\n", encoding="utf-8")
    made.run("tieout", "land", str(made.inbox), fails=True)
    file.unlink()
    folder = made.inbox / THURSDAY / "banking"
    folder.mkdir(parents=True)
    (folder / "fx_rates.ctl").write_text("rows,1\n", encoding="utf-8")
    made.deliver(THURSDAY, "fx_rates", rate(THURSDAY))
    # Half a file, and a landing that finds it again.
    (folder / "fx_rates.2.csv.ctl").write_text("rows,2\ntotal rate_to_usd,1.35\n", encoding="utf-8")
    (folder / "fx_rates.2.csv").write_text(HALF, encoding="utf-8")
    made.run("tieout", "land", str(made.inbox), fails=True)
    made.deliver(
        THURSDAY,
        "transactions",
        TRANSACTIONS
        # The numbers of another account, and numbers that begin again: two bookings would vanish.
        + booked(THURSDAY, "1", "10.00", owner="A2").replace(f"{THURSDAY} 08", f"{MONDAY} 08")
        + booked(THURSDAY, "2", "99.00")
        # Corrections: of the amount, of the time, of nothing.
        + booked(MONDAY, "3", "31.00").replace("09:00:00", "10:00:00")
        + booked(THURSDAY, "4", "40.00")
        + booked(MONDAY, "5", "50.00")
        + booked(THURSDAY, "8", "80.00"),
    )
    made.build()
    return made


def test_what_does_not_come_and_what_is_refused_is_found(week: Warehouse) -> None:
    assert week.query(EXPECTED) == [
        ("fx_rates", TUESDAY, "missing"),
        ("fx_rates", THURSDAY, "refused"),
        ("transactions", TUESDAY, "missing"),
        ("transactions", WEDNESDAY, "refused"),
    ]
    printed = checked(week)
    assert "Everything ties out" not in printed
    for sentence in (
        f"Expected deliveries of banking/fx_rates that are missing (business days): 1. {TUESDAY}.",
        f"Expected deliveries of banking/transactions that are missing (daily): 1. {TUESDAY}.",
        f"add '{TUESDAY} banking/transactions' to waived_findings in dbt_project.yml",
        f"The file banking/transactions.csv of {WEDNESDAY} was refused, and nothing of it landed: ",
        f"Deliver the repaired file for {WEDNESDAY} as banking/transactions.resent.csv, or add "
        f"'{WEDNESDAY} banking/transactions.csv' to waived_findings",
        f"The file banking/fx_rates.2.csv of {THURSDAY} was refused, and nothing of it landed: its control file "
        "fx_rates.2.csv.ctl states 2 rows, but it has 1; deliver the whole file under another name, with its control "
        f"file. Deliver the repaired file for {THURSDAY} as banking/fx_rates.2.resent.csv, or add",
    ):
        assert sentence in printed
    compared = "select delivered_file, stated_by from dev_audit.deliveries where stated_by is not null order by 2"
    assert week.query(compared) == [
        ("banking/fx_rates.2.csv", "fx_rates.2.csv.ctl"),
        ("banking/fx_rates.csv", "fx_rates.ctl"),
    ]


@pytest.mark.parametrize(
    ("refused", "repaired"),
    [
        ("banking/loans.2.csv", "banking/loans.2.resent.csv"),
        ("banking/loans.CSV.GZ", "banking/loans.resent.CSV.GZ"),
        ("banking/loans.csv.gz.ctl", "banking/loans.resent.csv.gz"),
        ("banking/loans.MD5", "banking/loans.resent.csv"),
    ],
)
def test_the_name_of_the_repaired_file_is_one_that_repairs(refused: str, repaired: str) -> None:
    assert resent_name(refused) == repaired


def test_keys_that_mean_something_else_are_found(week: Warehouse) -> None:
    first, again = (f"banking/transactions/dt={day}/transactions.csv" for day in (MONDAY, THURSDAY))
    expected = [
        ("1", "belongs_to", "account_id A2, before A1", again, 2, first, 2),
        ("2", "numbering", "amount 99.00, before 20.00", again, 3, first, 3),
    ]
    assert week.query(REUSED) == expected
    assert (
        f"Keys of banking/transactions that {again} uses for something else: 2. The first is 1, line 2: account_id A2, "
        f"before A1 ({first} line 2), so the earlier row no longer counts."
    ) in checked(week)


def test_what_comes_or_is_waived_is_no_finding(week: Warehouse) -> None:
    # Wednesday's file is repaired, Tuesday's comes on Friday.
    week.deliver(WEDNESDAY, "transactions", TRANSACTIONS + booked(WEDNESDAY, "7", "70.00"), ".resent")
    week.deliver(FRIDAY, "transactions", TRANSACTIONS)
    week.deliver(FRIDAY, "transactions", TRANSACTIONS + booked(TUESDAY, "9", "90.00"), ".20250107")
    (week.inbox / THURSDAY / "banking" / "fx_rates.2.resent.ctl").write_text("rows,2\ntotal rate_to_usd,1.35\n")
    week.deliver(THURSDAY, "fx_rates", WHOLE, ".2.resent")
    week.deliver(FRIDAY, "fx_rates", rate(FRIDAY))
    week.build()
    assert week.query(EXPECTED) == [("fx_rates", TUESDAY, "missing"), ("transactions", TUESDAY, "late")]
    refused = "select delivered_file, is_resolved, resolved_by_file from dev_audit.refused_files order by 1"
    assert week.query(refused) == [
        ("banking/fx_rates.2.csv", True, f"banking/fx_rates/dt={THURSDAY}/fx_rates_0002.2.resent.csv"),
        ("banking/transactions.csv", True, f"banking/transactions/dt={WEDNESDAY}/transactions.resent.csv"),
    ]
    assert "Everything ties out" not in checked(week, WAIVED[0])
    assert "Everything ties out" not in checked(week, WAIVED[1])
    printed = checked(week, *WAIVED)
    assert "Everything ties out" in printed
    assert f"Note: Waived by waived_findings in dbt_project.yml: {'; '.join(WAIVED)}." in printed
    assert "Refused files that have been repaired: 2." in printed
    assert f"came in a file of a later arrival day: 1, the first of {TUESDAY}." in printed

    def found() -> list[list[tuple[Any, ...]]]:
        return [week.query(EXPECTED), week.query(REUSED)]

    incremental = found()
    week.build("--full-refresh", "--select", "+expected_deliveries", "+reused_keys")
    assert found() == incremental


def test_a_domain_that_delivers_nothing_for_weeks_has_paused(week: Warehouse) -> None:
    """So that samples of different years can share a warehouse."""
    for day in ("2025-03-03", "2025-03-06"):
        week.deliver(day, "transactions", TRANSACTIONS + booked(day, f"M{day}", "5.00"))
        week.deliver(day, "fx_rates", rate(day))
    week.build()
    printed = checked(week, *WAIVED)
    missing = "that are missing (daily): 2. 2025-03-04, 2025-03-05."
    assert f"Expected deliveries of banking/transactions {missing}" in printed
    assert "banking delivered nothing at all for more than 14 days (pause_days): 1 times" in printed


def test_a_file_that_arrives_for_an_earlier_day_is_told_so_at_the_door(week: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / TUESDAY / "banking" / "transactions.csv"
    file.parent.mkdir(parents=True)
    file.write_text(TRANSACTIONS + booked(TUESDAY, "1", "1.00"), encoding="utf-8")
    printed = " ".join(week.land(tmp_path).split())
    assert (
        f"banking/transactions of {TUESDAY} landed after a later day. Of rows with the same key and update time, those "
        "of the later day count."
    ) in printed
    assert "landed after" not in week.land(tmp_path)
