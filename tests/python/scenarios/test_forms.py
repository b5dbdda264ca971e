"""Values in the forms of databases and data frames, times that are unknown, files that are mostly set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
import yaml

from loaders.audit.set_aside import MostlyRejected, mostly_rejected
from loaders.audit.verdict import read_verdict
from loaders.audit.warehouse import Warehouse as OpenWarehouse
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, INTERACTIONS, TRANSACTIONS, account, customer, transaction
from tests.python.reliability.checks import rolled_back
from tests.python.warehouse import PROJECT, Warehouse

pytestmark = pytest.mark.extended

FIRST, SECOND, THIRD, FOURTH = "2025-01-10", "2025-01-11", "2025-01-12", "2025-01-13"
BROKEN = "banking/transactions/dt=2025-01-13/transactions.csv"


def contact(key: str, seconds: str, resolved: str, at: str = f"{FIRST} 08:00:00") -> str:
    return f"{key},C1,Online,Complaint,{at},{seconds},,{resolved},{at}\n"


def withdrawal(key: str, owner: str, at: str, updated_at: str = "") -> str:
    return transaction(key, owner, "100.00", at, updated_at=updated_at).replace(",Payment,", ",Withdrawal,")


@pytest.fixture(scope="module")
def delivered(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    """The same customer, account and transaction on three days, each time written by another system."""
    made = empty_warehouse("forms")
    forms = {
        FIRST: (customer("C1", "Akron", f"{FIRST} 07:00:00"), "10.50", f"{FIRST} 08:00:00"),
        # As PostgreSQL and a data frame write them.
        SECOND: (
            customer("C1", "Akron", f"{SECOND} 07:00:00+00").replace(",700,", ",700.0,"),
            "10.5",
            f"{FIRST} 08:00:00+00",
        ),
        # As SQL Server writes them.
        THIRD: (
            customer("C1", "Akron", f"{THIRD} 08:00:00.1234567 +01:00").replace(
                "2020-01-01", "2020-01-01 00:00:00.000"
            ),
            "10.5000",
            f"{FIRST} 09:00:00.0000000 +01:00",
        ),
    }
    made.deliver(
        FIRST, "accounts", ACCOUNTS + "".join(account(key, "C1", f"{FIRST} 07:00:00") for key in ("A1", "A2", "A3"))
    )
    made.deliver(
        FIRST,
        "customer_interactions",
        INTERACTIONS
        + contact("frame", "700.0", "True")
        + contact("float", "700.00", "1.0", f"{FIRST} 08:00:00.123456789")
        + contact("postgres", "700", "t", f"{FIRST} 03:00:00-05")
        + contact("server", "700", "0", f"{FIRST}T08:00:00.9999999")
        + contact("spark", "700", "f", f"{FIRST}T08:00:00.250+0000")
        + contact("wrong", "700.5", "T", f"{FIRST} 08:00:00 CET"),
    )
    for day, (person, amount, at) in forms.items():
        made.deliver(day, "customers", CUSTOMERS + person)
        made.deliver(
            day, "transactions", TRANSACTIONS + transaction("T1", "A1", amount, at, updated_at=f"{day} 08:00:00")
        )
    # Withdrawals with a date only, and others at night.
    made.deliver(
        FIRST,
        "transactions",
        TRANSACTIONS
        + "".join(withdrawal(f"D{number}", "A2", FIRST) for number in range(4))
        + "".join(withdrawal(f"N{number}", "A3", f"{FIRST} 00:0{number}:00") for number in range(4)),
        ".withdrawals",
    )
    made.build_step()
    # A day in a form that is not accepted: ten of eleven rows.
    rows = "".join(transaction(f"B{number}", "A1", "1.00", f"13/01/2025 08:0{number}") for number in range(10))
    made.deliver(FOURTH, "transactions", TRANSACTIONS + rows + transaction("B10", "A1", "1.00", f"{FOURTH} 08:00:00"))
    made.build()
    return made


def test_values_are_read_in_the_forms_of_databases_and_data_frames(delivered: Warehouse) -> None:
    eight = datetime(2025, 1, 10, 8)
    assert delivered.query(
        "select interaction_id, duration_seconds, is_resolved, interaction_ts "
        "from dev_silver.stg_banking__customer_interactions order by 1"
    ) == [
        ("float", 700, True, eight.replace(microsecond=123456)),
        ("frame", 700, True, eight),
        ("postgres", 700, True, eight),
        ("server", 700, False, eight.replace(microsecond=999999)),
        ("spark", 700, False, eight.replace(microsecond=250000)),
    ]
    assert delivered.query("select reasons from dev_audit.rejected_rows where business_key = 'wrong'") == [
        ("interaction_ts_not_parsable,duration_seconds_not_parsable,is_resolved_not_parsable,updated_at_not_parsable",)
    ]


def test_an_equal_value_in_another_form_is_a_repeat_and_no_version(delivered: Warehouse) -> None:
    assert delivered.query(
        "select updated_at::date, credit_score, signup_date from dev_silver.stg_banking__customer_versions"
    ) == [(date(2025, 1, 10), 700, date(2020, 1, 1))]
    assert delivered.value("select count(*) from dev_silver.snap_banking__customers") == 1
    assert delivered.query(
        "select entity, outcome, count(*) from dev_audit.row_outcomes where business_key in ('C1', 'T1') group by all "
        "order by all"
    ) == [
        ("customers", "current", 1),
        ("customers", "duplicate", 2),
        ("transactions", "current", 1),
        ("transactions", "duplicate", 2),
    ]
    assert delivered.query(
        "select transaction_amount, transaction_ts from dev_gold.fact_transaction where transaction_id = 'T1'"
    ) == [(Decimal("10.50"), datetime(2025, 1, 10, 8))]
    printed = " ".join(delivered.run("tieout", "explain", "T1").split())
    assert "that row has the same content" in printed


TIMES = (
    "select transaction_id, has_time, hour_of_day, is_night, transaction_number_of_day, is_in_night_withdrawal_run, "
    "risk_score, is_high_risk from dev_gold.transaction_features join dev_gold.transaction_risk using (transaction_id) "
    "where transaction_id similar to '[DN]{}' order by 1"
)


def test_a_time_that_was_not_delivered_is_unknown_and_scores_nothing(delivered: Warehouse) -> None:
    assert delivered.query(TIMES.format("[01]")) == [
        ("D0", False, None, None, None, None, 0, False),
        ("D1", False, None, None, None, None, 0, False),
        ("N0", True, 0, True, 1, True, 60, True),
        ("N1", True, 0, True, 2, True, 60, True),
    ]
    assert delivered.query(
        "select has_time, transaction_date, posted_amount from dev_gold.fact_transaction where transaction_id = 'D0'"
    ) == [(False, date(2025, 1, 10), Decimal("-100.00"))]


def test_a_file_of_which_most_rows_break_a_rule_is_a_finding_until_it_is_waived(delivered: Warehouse) -> None:
    printed = " ".join(delivered.run("tieout", "check", fails=True).split())
    assert (
        "Files of transactions of which most rows are set aside for the same reason, transaction_ts_not_parsable: 1. "
        f"The oldest is {BROKEN}, with 10 of 11 rows."
    ) in printed
    assert f"add '{BROKEN} transaction_ts_not_parsable' to waived_findings in dbt_project.yml" in printed
    with rolled_back(delivered) as connection:
        warehouse = OpenWarehouse("dev", "dev", "duckdb", "a file", connection)
        waived = frozenset({f"{BROKEN} transaction_ts_not_parsable"})
        assert not read_verdict(warehouse).ties_out
        verdict = read_verdict(warehouse, waived=waived)
        assert verdict.ties_out, verdict.findings
        printed = " ".join(verdict.notes)
        assert f"waived in waived_findings: {BROKEN} transaction_ts_not_parsable (10 of 11 rows)." in printed


def test_a_file_that_is_delivered_again_is_no_finding(delivered: Warehouse) -> None:
    rows = "".join(transaction(f"B{number}", "A1", "1.00", f"{FOURTH} 08:0{number}") for number in range(10))
    delivered.deliver(FOURTH, "transactions", TRANSACTIONS + rows, ".again")
    # The times of two withdrawals are delivered, too.
    times = "".join(withdrawal(f"D{number}", "A2", f"{FIRST} 10:0{number}", f"{FOURTH} 08:00") for number in range(2))
    delivered.deliver(FOURTH, "transactions", TRANSACTIONS + times, ".times")
    delivered.build()
    assert "Everything ties out" in delivered.run("tieout", "check")
    assert delivered.value("select count(*) from dev_gold.fact_transaction where transaction_id like 'B%'") == 11
    assert [row[:4] for row in delivered.query(TIMES.format("[12]"))] == [
        ("D1", True, 10, False),
        ("D2", False, None, None),
        ("N1", True, 0, True),
        ("N2", True, 0, True),
    ]


def test_few_rows_and_a_small_share_are_no_finding() -> None:
    def found(failed: int, delivered: int, percent: int = 50, rows: int = 10) -> bool:
        row = {
            "entity": "loans",
            "bronze_file": "l.csv",
            "delivered_rows": delivered,
            "rejected_by": "rules",
            "reasons": "loan_amount_missing",
            "row_count": failed,
        }
        return bool(mostly_rejected([row], MostlyRejected(percent, rows)))

    assert not found(9, 9)
    assert found(10, 20)
    assert not found(10, 21)
    assert found(10, 100, percent=10)
    assert found(1, 1, rows=1)


def test_the_limits_of_the_project_are_those_of_the_command() -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["tieout"]
    assert (variables["rejected_file_percent"], variables["rejected_file_rows"]) == (
        MostlyRejected().percent,
        MostlyRejected().rows,
    )
