"""Defects to plant, and the names of the checks that each one must trip."""

from __future__ import annotations

from tests.python.reliability.audit_defects import AUDIT_DEFECTS
from tests.python.reliability.defect import (
    CLOSED,
    FACT,
    FILES,
    HISTORIES,
    LAYERS,
    LISTED,
    RESTATED,
    ROWS,
    UP_TO_DATE,
    Defect,
    defect,
    doubled,
    exclusive,
    one,
    one_current,
    rows_of,
)
from tests.python.reliability.seed_defects import SEED_DEFECTS

BASE = "dev_silver.base_banking__transactions"
CURRENT = rows_of(FACT, "transaction_date = '2025-01-30'")
OPEN = one(FACT, "transaction_id", "transaction_date >= '2025-02-01' and is_completed")
PAIR = (
    f"select list(transaction_id order by transaction_id)[:2] as pair from {FACT} where is_completed "
    "group by transaction_date, currency_id having count(*) > 1 order by pair limit 1"
)
HISTORY_OF = ("customer", "account", "loan", "merchant", "product")
LATER = "valid_from > '1900-01-01'"
ENDED = "valid_to < '9999-01-01'"

DEFECTS = {
    # Base, which has every delivered row once.
    "base: a row deleted": defect(f"delete from {BASE} where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a row doubled": defect(f"insert into {BASE} select * from {BASE} where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a cent changed": defect(f"update {BASE} set amount = amount + 0.01 where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a sign changed": defect(f"update {BASE} set amount = -amount where {CURRENT}", FILES, LAYERS, ROWS),
    "base: a cent changed in a column that only has a control total": defect(
        f"update {BASE} set balance_after = coalesce(balance_after, 0) + 0.01 where {CURRENT}", LAYERS, ROWS
    ),
    "base: a good row rejected": defect(
        f"update {BASE} set _failed_rules = 'amount_missing', _raw_record = '{{}}' where {CURRENT}", LISTED, ROWS
    ),
    "base: a rejected row doubled": defect(
        doubled(BASE, "_failed_rules <> ''"), FILES, LAYERS, ROWS, LISTED, "rejected_rows_once_each"
    ),
    "base: a repeat doubled": Defect(
        frozenset({FILES, LAYERS, ROWS}),
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
    "snapshot: a version deleted": defect(
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
        ROWS,
        RESTATED,
    ),
    "fact: a row deleted": defect(f"delete from {FACT} where {OPEN}", LAYERS, ROWS),
    "fact: a cent changed": defect(
        f"update {FACT} set transaction_amount = transaction_amount + 0.01 where {OPEN}", LAYERS, ROWS
    ),
    "fact: a posted cent changed": defect(
        f"update {FACT} set posted_amount = posted_amount + 0.01 where {OPEN}", LAYERS, ROWS
    ),
    # All sums stay the same. The cells of the closed month do not.
    "fact: a cent moved to another row of the same day and currency": defect(
        f"update {FACT} set transaction_amount = transaction_amount + case when transaction_id = (select min(pair[1]) "
        f"from ({PAIR})) then 0.01 else -0.01 end where transaction_id in (select unnest(pair) from ({PAIR}))",
        ROWS,
        RESTATED,
    ),
    "fact: the tax of a closed month changed by a cent": defect(
        "update dev_gold.fact_sales set tax_amount_reporting = tax_amount_reporting + 0.01 where "
        + one("dev_gold.fact_sales", "order_line_id", "sold_date = '2025-01-30'"),
        LAYERS,
        ROWS,
        RESTATED,
    ),
    "fact: a date shifted within a month": defect(
        f"update {FACT} set transaction_date = transaction_date + 1 where {OPEN}", LAYERS, ROWS
    ),
    "fact: a date shifted out of a closed month": defect(
        f"update {FACT} set transaction_date = transaction_date - 31 where {CLOSED}", LAYERS, ROWS, RESTATED
    ),
    "fact: two dates shifted so that all sums stay the same": Defect(
        frozenset({ROWS, RESTATED}),
        planted=(
            f"update {FACT} set transaction_date = transaction_date - 31 where {CLOSED}",
            f"update {FACT} set transaction_date = transaction_date + 31 where {OPEN}",
        ),
    ),
    "fact: the latest balance of an account changed by a cent": defect(
        "update dev_gold.fact_daily_balances set closing_balance = closing_balance + 0.01 where rowid = "
        "(select max_by(rowid, balance_date) from dev_gold.fact_daily_balances where account_id <> 'unknown')",
        LAYERS,
        ROWS,
        UP_TO_DATE,
    ),
    "fact: a balance of a closed month changed by a cent": defect(
        "update dev_gold.fact_daily_balances set closing_balance = closing_balance + 0.01 where rowid = "
        "(select min_by(rowid, balance_date) from dev_gold.fact_daily_balances where account_id <> 'unknown')",
        LAYERS,
        ROWS,
        RESTATED,
    ),
    # Dimensions and histories.
    "dimension: a delivered balance changed by a cent": defect(
        "update dev_gold.dim_account set balance = balance + 0.01, delivered_balance = delivered_balance + 0.01 where "
        + one("dev_gold.dim_account", "account_id", "delivered_balance is not null"),
        UP_TO_DATE,
    ),
    "dimension: a balance of an earlier day": defect(
        "update dev_gold.dim_account set delivered_balance_date = delivered_balance_date - 1 where "
        + one("dev_gold.dim_account", "account_id", "delivered_balance is not null"),
        UP_TO_DATE,
    ),
    "dimension: what was posted later changed by a cent": defect(
        "update dev_gold.dim_account set balance = balance + 0.01, posted_later_amount = posted_later_amount + 0.01 "
        "where " + one("dev_gold.dim_account", "account_id", "delivered_balance is not null"),
        UP_TO_DATE,
    ),
    "dimension: a delivered balance not used": defect(
        "update dev_gold.dim_account set balance = posted_amount, posted_later_amount = posted_amount, "
        "delivered_balance = null, delivered_balance_date = null, balance_source = 'posted transactions' where "
        + one("dev_gold.dim_account", "account_id", "delivered_balance is not null"),
        UP_TO_DATE,
    ),
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
    # What landing has counted and set aside.
    "control totals: an amount changed by a cent": defect(
        "update dev_silver.base_control__control_totals set total_amount = total_amount + 0.01 "
        "where column_name = 'amount'",
        FILES,
        LAYERS,
        ROWS,
    ),
    "malformed lines: a line deleted": defect(
        "delete from dev_silver.base_control__malformed_lines where rowid = "
        "(select min(rowid) from dev_silver.base_control__malformed_lines)",
        FILES,
        LISTED,
    ),
    "delivery log: a delivery deleted": defect(
        "delete from dev_silver.base_control__deliveries where "
        + one("dev_silver.base_control__deliveries", "bronze_file", "entity = 'daily_balances'"),
        LAYERS,
        LISTED,
    ),
    **SEED_DEFECTS,
    **AUDIT_DEFECTS,
}
