"""A daily run names the days of external tables that it reads; the stand-in refuses queries that read all of them."""

from __future__ import annotations

import pytest

from redshift_standin.rules import check
from redshift_standin.statements import Statements
from redshift_standin.tokens import RefusedError

SCHEMAS = frozenset(["prod_bronze"])
TABLE = "prod_bronze.banking__loans"
DAYS = "(cast('2025-01-01' as date), cast('2025-01-02' as date))"


@pytest.mark.parametrize(
    "query",
    [
        f"select * from {TABLE} where dt in {DAYS}",
        f"select * from {TABLE} as bronze where bronze.dt in {DAYS} and bronze.loan_id = 'L1'",
        f"select * from {TABLE} where dt between cast('2025-01-01' as date) and cast('2025-01-31' as date)",
        f"select * from {TABLE} where dt = cast('2025-01-01' as date)",
        f"select * from {TABLE} where false and loan_id = 'L1'",
        f"with loans as (select * from {TABLE} where dt in {DAYS}) select * from loans where loan_id = 'L1'",
        f"insert into prod_silver.t select * from {TABLE} where (dt in {DAYS})",
        "select * from prod_silver.base_banking__loans",
    ],
)
def test_queries_of_named_days_pass(query: str) -> None:
    check(query, SCHEMAS, expects_days=True)


@pytest.mark.parametrize(
    "query",
    [
        f"select * from {TABLE}",
        f"select * from {TABLE} where loan_id = 'L1'",
        f"select * from {TABLE} where true and loan_id = 'L1'",
        f"select * from {TABLE} where dt in {DAYS} or loan_id = 'L1'",
        f"select * from {TABLE} where not dt in {DAYS}",
        f"select * from {TABLE} where dt in (select max(dt) from prod_silver.days)",
        f"select * from {TABLE} as bronze inner join prod_silver.log on bronze.dt = log.dt where log.dt in {DAYS}",
        f"select * from prod_silver.log where dt in {DAYS} and file in (select file from {TABLE})",
        f"delete from prod_silver.t where file in (select file from {TABLE})",
    ],
)
def test_queries_of_all_days_are_refused(query: str) -> None:
    with pytest.raises(RefusedError, match=f"reads all days of {TABLE}: compare dt with literals"):
        check(query, SCHEMAS, expects_days=True)


def test_the_check_can_be_switched_on_and_covers_new_tables() -> None:
    statements = Statements()
    statements.translate("create external schema prod_bronze from data catalog database 'b' iam_role default")
    for statement in (f"select loan_id from {TABLE}", f"create temp table t as (select loan_id from {TABLE})"):
        statements.translate(statement)
        statements.expect_days(True)
        with pytest.raises(RefusedError, match="reads all days"):
            statements.translate(statement)
        statements.expect_days(False)
        statements.translate(statement)
