"""A check that cannot fail proves nothing: defects are planted, and each must trip just the checks that it names.

A new check in the audit fails `test_every_check_is_tripped_by_some_defect` until a defect is found that trips it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import duckdb
import pytest

from loaders.contract import load_contract
from tests.python.hard_deliveries import LOANS, loan
from tests.python.reliability.borders import VIEWS, WAVES, Border
from tests.python.reliability.checks import SELECTED, Checks, changed_by, compiled_checks, rolled_back
from tests.python.reliability.tally import Tally
from tests.python.warehouse import Warehouse

# Over the end of January, so that one month is closed; with faults, so that every kind of row is there.
BANK = "--days 3 --start 2025-01-30 --customers 90 --transactions-per-day 60 --faults 0.05 --seed 5".split()

FILES = "deliveries_tie_out"
LAYERS = "layer_reconciliation_ties_out"
BORDERS = "select entity, from_layer, to_layer, measure from dev_audit.layer_reconciliation"
ROWS = "unexplained_rows_there_are_none"
LISTED = "set_aside_rows_are_listed"
RESTATED = "restatements_are_caused_by_files"
HISTORIES = "scd2_histories_are_intact"


@dataclass(frozen=True)
class Defect:
    """Something that must not happen.

    Attributes:
        trips: names of the checks that fail, all of them.
        planted: statements that damage silver, gold or bronze before the audit is built; each changes something.
        in_audit: statements that damage the audit itself once it is built.
    """

    trips: frozenset[str]
    planted: tuple[str, ...] = ()
    in_audit: tuple[str, ...] = ()


def defect(statement: str, *trips: str) -> Defect:
    return Defect(frozenset(trips), planted=(statement,))


def audit_defect(statement: str, *trips: str) -> Defect:
    return Defect(frozenset(trips), in_audit=(statement,))


def doubled(table: str, where: str = "true") -> str:
    return f"insert into {table} select * from {table} where {where} limit 1"


def rows_of(table: str, where: str) -> str:
    """The condition of one delivered row in base: the one that such a row of another table came from."""
    return (
        "(_source_file, _source_line) in (select _source_file, _source_line "
        f"from {table} where {where} order by _source_file, _source_line limit 1)"
    )


def exclusive(history: str) -> str:
    """The check that no two versions of a key are valid at a time, nor none."""
    return f"dbt_utils_mutually_exclusive_ranges_dim_{history}_history_not_allowed__valid_from__{history}_id__valid_to"


def one_current(history: str) -> str:
    return f"one_current_version_dim_{history}_history_{history}_id"


def one(table: str, key: str, where: str = "true") -> str:
    return f"{key} = (select min({key}) from {table} where {where})"


BASE = "dev_silver.base_banking__transactions"
FACT = "dev_gold.fact_transaction"
CURRENT = rows_of(FACT, "transaction_date = '2025-01-30'")
CLOSED = one(FACT, "transaction_id", "transaction_date = '2025-01-30' and posted_amount <> 0")
OPEN = one(FACT, "transaction_id", "transaction_date >= '2025-02-01' and posted_amount <> 0")
PAIR = (
    f"select list(transaction_id order by transaction_id)[:2] as pair from {FACT} where posted_amount <> 0 "
    "group by transaction_date, currency_id having count(*) > 1 order by pair limit 1"
)
HISTORY_OF = ("customer", "account", "loan", "merchant", "product")
LATER = "valid_from > '1900-01-01'"
ENDED = "valid_to < '9999-01-01'"

DEFECTS = {
    # Base, where every delivered row stands once.
    "base: a row deleted": defect(f"delete from {BASE} where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a row doubled": defect(f"insert into {BASE} select * from {BASE} where {CURRENT}", FILES, LAYERS),
    "base: a cent changed": defect(f"update {BASE} set amount = amount + 0.01 where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a sign changed": defect(f"update {BASE} set amount = -amount where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a cent changed that only the control total holds": defect(
        f"update {BASE} set balance_after = coalesce(balance_after, 0) + 0.01 where {CURRENT}", LAYERS
    ),
    "base: a good row rejected": defect(
        f"update {BASE} set _failed_rules = 'amount_missing', _raw_record = '{{}}' where {CURRENT}", LAYERS, ROWS
    ),
    "base: a rejected row doubled": defect(
        doubled(BASE, "_failed_rules <> ''"), FILES, LAYERS, "rejected_rows_once_each"
    ),
    "base: a further copy of a state doubled": Defect(
        frozenset({FILES, LAYERS, "duplicate_rows_once_each"}),
        planted=(
            "insert into dev_silver.base_banking__merchants select * from dev_silver.base_banking__merchants "
            "where (_source_file, _source_line) in (select source_file, source_line from dev_audit.duplicate_rows "
            "where entity = 'merchants' order by source_file, source_line limit 1)",
        ),
    ),
    # Silver.
    "stg: a row deleted": defect(
        "delete from dev_silver.stg_banking__investments where "
        + one("dev_silver.stg_banking__investments", "investment_id"),
        LAYERS,
        ROWS,
    ),
    "stg: a row doubled": defect(doubled("dev_silver.stg_banking__customers"), LAYERS, ROWS),
    "stg: a cent changed": defect(
        "update dev_silver.stg_banking__loan_payments set payment_amount = payment_amount + 0.01 "
        f"where {one('dev_silver.stg_banking__loan_payments', 'payment_id')}",
        LAYERS,
        ROWS,
    ),
    "snapshot: a state forgotten": defect(
        "delete from dev_silver.snap_banking__accounts where "
        + one("dev_silver.snap_banking__accounts", "account_id", "dbt_valid_to is null"),
        HISTORIES,
    ),
    # Facts: January is closed, February is not.
    "fact: a row of a closed month deleted": defect(f"delete from {FACT} where {CLOSED}", LAYERS, ROWS, RESTATED),
    "fact: a row of a closed month doubled": defect(
        f"insert into {FACT} select * from {FACT} where {CLOSED}", LAYERS, ROWS, RESTATED
    ),
    "fact: a cent of a closed month changed": defect(
        f"update {FACT} set transaction_amount = transaction_amount + 0.01 where {CLOSED}", LAYERS, ROWS, RESTATED
    ),
    "fact: a sign of a closed month changed": defect(
        f"update {FACT} set amount_signed = -amount_signed, posted_amount = -posted_amount where {CLOSED}",
        LAYERS,
        RESTATED,
    ),
    "fact: a row deleted": defect(f"delete from {FACT} where {OPEN}", LAYERS, ROWS),
    "fact: a cent changed": defect(
        f"update {FACT} set transaction_amount = transaction_amount + 0.01 where {OPEN}", LAYERS, ROWS
    ),
    "fact: a posted cent changed": defect(
        f"update {FACT} set posted_amount = posted_amount + 0.01 where {OPEN}", LAYERS
    ),
    # All sums are as they were.
    "fact: a cent gone from one row to another of its day and currency": defect(
        f"update {FACT} set transaction_amount = transaction_amount + case when transaction_id = (select min(pair[1]) "
        f"from ({PAIR})) then 0.01 else -0.01 end where transaction_id in (select unnest(pair) from ({PAIR}))",
        ROWS,
    ),
    "fact: a date shifted within a month": defect(
        f"update {FACT} set transaction_date = transaction_date + 1 where {OPEN}", LAYERS
    ),
    "fact: a date shifted out of a closed month": defect(
        f"update {FACT} set transaction_date = transaction_date - 31 where {CLOSED}", LAYERS, RESTATED
    ),
    "fact: two dates shifted, so that they add up to the same": Defect(
        frozenset({RESTATED}),
        planted=(
            f"update {FACT} set transaction_date = transaction_date - 31 where {CLOSED}",
            f"update {FACT} set transaction_date = transaction_date + 31 where {OPEN}",
        ),
    ),
    "fact: a balance changed by a cent": defect(
        "update dev_gold.fact_daily_balances set closing_balance = closing_balance + 0.01 "
        "where rowid = (select min(rowid) from dev_gold.fact_daily_balances)",
        LAYERS,
        ROWS,
    ),
    # Dimensions and histories.
    "dimension: a row deleted": defect(
        "delete from dev_gold.dim_customer where " + one("dev_gold.dim_customer", "customer_id"), LAYERS
    ),
    "history: a version deleted": defect(
        "delete from dev_gold.dim_loan_history where "
        + one("dev_gold.dim_loan_history", "loan_id", "loan_id <> 'unknown'"),
        LAYERS,
        HISTORIES,
    ),
    **{
        f"{name} history: {what}": defect(statement.format(f"dev_gold.dim_{name}_history"), *trips)
        for name in HISTORY_OF
        for what, statement, *trips in (
            (
                "intervals overlap",
                f"update {{}} set valid_from = valid_from - interval 1 hour where {LATER}",
                HISTORIES,
                exclusive(name),
            ),
            (
                "a gap between intervals",
                f"update {{}} set valid_to = valid_to - interval 1 hour where {ENDED}",
                HISTORIES,
                exclusive(name),
            ),
            ("two current versions", f"update {{}} set is_current = true where {ENDED}", HISTORIES, one_current(name)),
            (
                "no current version",
                f"update {{}} set is_current = false where {name}_id <> 'unknown'",
                HISTORIES,
                one_current(name),
            ),
            (
                "a version doubled",
                f"insert into {{0}} select * from {{0}} where is_current and {name}_id <> 'unknown' limit 1",
                LAYERS,
                HISTORIES,
                exclusive(name),
                one_current(name),
            ),
        )
    },
    "history: intervals of costs overlap": defect(
        f"update dev_gold.dim_product_cost set valid_from = valid_from - 1 where {LATER}",
        "dbt_utils_mutually_exclusive_ranges_dim_product_cost_not_allowed__valid_from__delivered_product_id__valid_to",
    ),
    # The calendar.
    "calendar: a holiday twice a year": defect(
        "update dev_gold.dim_date set holiday_name = 'Labor Day' where date = '2025-09-02'",
        "bank_holidays_of_a_year",
    ),
    # Analytics.
    **{
        f"{table}: a row {what}": defect(statement, LAYERS)
        for table in (
            "customer_daily_summary",
            "merchant_daily_revenue",
            "geographic_distribution",
            "daily_transaction_volume",
            "daily_net_balance_change",
            "transaction_features",
            "transaction_risk",
            "loan_approval_rate",
        )
        for what, statement in (
            ("deleted", f"delete from dev_gold.{table} where rowid = (select min(rowid) from dev_gold.{table})"),
            ("doubled", doubled(f"dev_gold.{table}")),
        )
    },
    # Bronze.
    "bronze: a control total changed by a cent": Defect(
        frozenset({FILES, LAYERS}),
        planted=(
            "create table dev_bronze.totals as from dev_bronze.control__control_totals",
            "update dev_bronze.totals set total_amount = cast(cast(total_amount as decimal(38, 2)) + 0.01 as varchar) "
            "where column_name = 'amount'",
            "create or replace view dev_bronze.control__control_totals as from dev_bronze.totals",
        ),
    ),
    "bronze: a malformed line gone": Defect(
        frozenset({LISTED}),
        planted=(
            "create table dev_bronze.lines as from dev_bronze.control__malformed_lines",
            "delete from dev_bronze.lines where rowid = (select min(rowid) from dev_bronze.lines)",
            "create or replace view dev_bronze.control__malformed_lines as from dev_bronze.lines",
        ),
    ),
    "ledger: a delivery forgotten": defect(
        "delete from dev_silver.base_control__deliveries where "
        + one("dev_silver.base_control__deliveries", "bronze_file", "entity = 'locations'"),
        LAYERS,
        LISTED,
    ),
    # The audit's own tables.
    "audit: a file twice": audit_defect(doubled("dev_audit.deliveries"), "unique_deliveries_delivery_sk"),
    "audit: a file's outcome twice": audit_defect(
        doubled("dev_audit.delivery_outcomes"), "unique_delivery_outcomes_bronze_file"
    ),
    "audit: a border twice": audit_defect(
        doubled("dev_audit.layer_reconciliation"), "layer_reconciliation_one_row_per_border_and_measure"
    ),
    "audit: an entity left out": audit_defect(
        "delete from dev_audit.layer_reconciliation where entity = 'fx_rates'", "every_landed_entity_is_reconciled"
    ),
    "audit: a rejected row missing": audit_defect(
        "delete from dev_audit.rejected_rows where rowid = (select min(rowid) from dev_audit.rejected_rows)", LISTED
    ),
    "audit: a rejected row of nobody": audit_defect(
        "update dev_audit.rejected_rows set rejected_by = 'nobody'",
        "accepted_values_rejected_rows_rejected_by__landing__rules",
    ),
    "audit: a copy missing": audit_defect(
        "delete from dev_audit.duplicate_rows where rowid = (select min(rowid) from dev_audit.duplicate_rows)", LISTED
    ),
    "audit: a day's quality twice": audit_defect(
        doubled("dev_audit.data_quality_daily"), "data_quality_daily_one_row_per_entity_day_and_rule"
    ),
    "audit: less than no rows": audit_defect(
        "update dev_audit.data_quality_daily set delivered_rows = -1",
        "dbt_utils_accepted_range_data_quality_daily_delivered_rows__0",
    ),
    "audit: less than no failed rows": audit_defect(
        "update dev_audit.data_quality_daily set failed_rows = -1",
        "dbt_utils_accepted_range_data_quality_daily_failed_rows__0",
    ),
    "audit: more than all failed": audit_defect(
        "update dev_audit.data_quality_daily set failed_share = 1.5",
        "dbt_utils_accepted_range_data_quality_daily_failed_share__1__0",
    ),
    "audit: more than all failed in the days before": audit_defect(
        "update dev_audit.data_quality_daily set trailing_failed_share = 1.5",
        "dbt_utils_accepted_range_data_quality_daily_trailing_failed_share__1__0",
    ),
    "audit: more days before than are looked at": audit_defect(
        "update dev_audit.data_quality_daily set trailing_days = 29",
        "dbt_utils_accepted_range_data_quality_daily_trailing_days__28__0",
    ),
    "audit: a coverage twice": audit_defect(
        doubled("dev_audit.dimension_coverage"), "dimension_coverage_one_row_per_fact_dimension_and_age"
    ),
    "audit: unknown since nobody knows when": audit_defect(
        "update dev_audit.dimension_coverage set oldest_unknown_date = null where unknown_count > 0",
        "dimension_coverage_dates_what_is_unknown",
    ),
    "audit: a fact not covered": audit_defect(
        "delete from dev_audit.dimension_coverage where fact = 'fact_loan'", "every_fact_and_history_is_audited"
    ),
    "audit: a history left out": audit_defect(
        "delete from dev_audit.scd2_integrity where history_table = 'dim_loan_history'",
        "every_fact_and_history_is_audited",
    ),
    "audit: a history twice": audit_defect(doubled("dev_audit.scd2_integrity"), "scd2_integrity_one_row_per_history"),
    "audit: a balance twice": audit_defect(
        doubled("dev_audit.balance_reconciliation"), "balance_reconciliation_one_row_per_account_day_and_currency"
    ),
    "audit: a difference of which nothing is said": audit_defect(
        "update dev_audit.balance_reconciliation set is_tied = false where is_tied",
        "balance_reconciliation_says_what_it_knows_of_every_difference",
    ),
    "audit: a month remembered twice": audit_defect(
        doubled("dev_audit.monthly_totals"), "monthly_totals_one_row_per_month_currency_and_sighting"
    ),
    "audit: a restatement twice": Defect(
        frozenset({LAYERS, ROWS, RESTATED, "restatements_one_row_per_month_currency_sighting_and_file"}),
        planted=(f"delete from {FACT} where {CLOSED}",),
        in_audit=(doubled("dev_audit.restatements"),),
    ),
    "audit: a run recorded twice": audit_defect(
        doubled("dev_audit.run_history"), "run_history_one_row_per_run_and_node"
    ),
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("audited"))
    made.database.parent.mkdir()
    made.run("tieout", "generate", *BANK, "--inbox", str(made.inbox))
    # Loans change too seldom for three days.
    states = [
        loan("L1", "A1", "C1", status, f"2025-02-01 0{hour}:00:00")
        for hour, status in enumerate(("Active", "Paid Off"))
    ]
    (made.inbox / "2025-02-01" / "banking" / "loans.changed.csv").write_text(LOANS + "".join(states))
    made.run("tieout", "land", "--allow-refused", str(made.inbox))
    made.build()
    return made


@pytest.fixture(scope="module")
def checks(audited: Warehouse) -> Checks:
    return compiled_checks(audited)


def change(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Do damage, and see that there is some."""
    changed = connection.execute(statement).fetchall()
    assert not changed or changed[0][0] != 0, f"nothing to damage: {statement}"


def test_nothing_fails_without_a_defect(audited: Warehouse, checks: Checks) -> None:
    with rolled_back(audited) as connection:
        assert checks.failing(connection, checks.relations) == set()
        assert checks.rebuild(connection, checks.relations) == checks.relations
        assert checks.failing(connection, checks.relations) == set()


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_trips_the_checks_that_are_named_for_it(
    audited: Warehouse, checks: Checks, tally: Tally, name: str
) -> None:
    planted = DEFECTS[name]
    with rolled_back(audited) as connection:
        for statement in planted.planted:
            change(connection, statement)
        changed = checks.rebuild(connection, {changed_by(statement) for statement in planted.planted})
        for statement in planted.in_audit:
            change(connection, statement)
        changed |= {changed_by(statement) for statement in planted.in_audit}
        assert checks.failing(connection, changed) == planted.trips
    tally.add("defects planted", 1)


def test_every_check_is_tripped_by_some_defect(checks: Checks) -> None:
    tripped = {check for planted in DEFECTS.values() for check in planted.trips}
    assert set(checks.tests) - tripped == set(), "checks that no defect trips: remove or mend them"
    assert tripped - set(checks.tests) == set(), "checks that there are no more"


@pytest.fixture(scope="module")
def crossed(audited: Warehouse, checks: Checks) -> Callable[[str], frozenset[Border]]:
    """Do the damage of a wave and return the borders at which there is a difference then."""

    @cache
    def by_wave(name: str) -> frozenset[Border]:
        with rolled_back(audited) as connection:
            for damage in WAVES[name]:
                change(connection, damage.statement)
            checks.rebuild(connection, {changed_by(damage.statement) for damage in WAVES[name]})
            return frozenset(connection.execute(BORDERS + " where difference <> 0").fetchall())

    return by_wave


@pytest.mark.parametrize("wave", WAVES)
def test_damage_shows_at_the_borders_of_what_is_damaged(
    audited: Warehouse, crossed: Callable[[str], frozenset[Border]], tally: Tally, wave: str
) -> None:
    borders = set(audited.query(BORDERS))
    for damage in WAVES[wave]:
        assert any(damage.touches(border) for border in crossed(wave)), damage
        if damage.is_of_rows:
            counted = {border for border in borders if damage.leads_into(border) and border[3] == "rows"}
            assert counted <= crossed(wave), damage
    for border in crossed(wave):
        assert border[2] in VIEWS or any(damage.touches(border) for damage in WAVES[wave]), border
    tally.add("defects planted", len(WAVES[wave]))


def test_every_border_is_crossed_by_some_damage(
    audited: Warehouse, crossed: Callable[[str], frozenset[Border]]
) -> None:
    borders = set(audited.query(BORDERS))
    assert {border[:1] + border[3:] for border in borders if border[2] == "base"} == {
        (entity.name, measure)
        for entity in load_contract().deliverable()
        for measure in ("rows", *entity.money_columns)
    }
    assert borders - frozenset().union(*map(crossed, WAVES)) == set()


@pytest.mark.long
def test_dbt_itself_fails_by_the_same_checks(audited: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> None:
    planted = DEFECTS["fact: a row of a closed month deleted"]
    for statement in planted.planted:
        audited.execute(statement)
    printed = audited.run("dbt", "build", *SELECTED, "--exclude-resource-type", "unit_test", fails=True)
    assert set(re.findall(r" FAIL \d+ (\w+) ", printed)) == planted.trips
