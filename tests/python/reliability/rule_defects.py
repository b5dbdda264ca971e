"""For each rule of the generic test `rules` a defect: a change of a table that breaks the rule.

The rules are read from the arguments in the YAML and from the bronze contract, not from the SQL that the test makes of
them. A rule that the test lost would still be planted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.python.warehouse import PROJECT

# How to break a rule that compares columns: what to set in one row.
ROWS = {
    "a_line_without_goods_sells_nothing": "quantity = 0, returned_line_id = null, gross_amount = 1",
    "a_spike_needs_seven_days_before_it": "trailing_days = 7, is_spike = null",
    "a_type_has_at_most_one_category": "is_deposit = true, is_transfer = true",
    "amounts_have_the_sign_of_the_quantity": "quantity = 1, tax_amount = -1",
    "balance_is_the_delivered_one_and_what_was_posted_later": "balance = balance + 1",
    "balance_source_says_whether_a_balance_was_delivered": (
        "balance_source = 'delivered balance', delivered_balance = null"
    ),
    "balance_change_is_since_the_month_before": (
        "previous_month_end_balance_reporting = 0, month_end_balance_reporting = 1, balance_change_reporting = 2"
    ),
    "clicks_are_at_most_the_impressions": "clicks = impressions + 1",
    "contribution_is_net_revenue_less_all_costs": "contribution = contribution + 1",
    "delivered_rows_landed_or_were_malformed": "delivered_rows = delivered_rows + 1",
    "delivered_sha256_has_64_characters": "delivered_sha256 = 'abc'",
    "every_application_has_one_status": "approved_count = approved_count + 1",
    "every_completed_transaction_is_a_debit_or_a_credit": "debit_count = debit_count + 1",
    "every_transaction_has_one_status": "failed_count = failed_count + 1",
    "gross_amount_is_quantity_times_price_and_covers_the_discount": "gross_amount = gross_amount + 1 + quantity",
    "gross_profit_is_net_revenue_less_costs": "uncosted_count = 0, net_revenue = 9, cogs = 5, gross_profit = 5",
    "net_change_is_credits_less_debits": "net_change = net_change + 1",
    "net_revenue_adds_up_in_the_reporting_currency": "net_revenue_reporting = 1 + net_revenue_reporting",
    "net_revenue_is_gross_less_discount_and_returns": "net_revenue = net_revenue + 1",
    "net_revenue_is_what_was_paid_and_kept": "net_revenue = net_revenue + 1",
    "normal_spend_needs_five_days": "normal_days = 5, normal_spend_reporting = null",
    "normal_spend_needs_three_months": "normal_months = 3, normal_spend_reporting = null",
    "only_completed_transactions_are_posted": "is_completed = false, posted_amount = 7",
    "only_lines_that_take_goods_back_are_negative": "is_return_line = true",
    "only_lines_without_a_sale_give_fees_back": "quantity = 1, payment_fee_amount = -1",
    "only_returns_have_a_date": "returned_on = sold_date",
    "payment_is_principal_and_interest": "payment_amount = payment_amount + 1",
    "recency_score_is_of_the_last_active_date": "recency_score = 5, last_active_date = null",
    "rounding_is_at_most_half_a_cent_per_unit": "rounding_amount = quantity",
    "signed_amount_is_the_amount_with_a_sign": "amount_signed = amount + 1",
    "sold_date_is_that_of_its_time": "sold_date = sold_date + 1",
    "transaction_date_is_the_booking_date_or_that_of_its_time": "transaction_date = transaction_date + 1",
    "what_is_approved_is_decided": "is_approved = true, is_decided = false",
    "what_is_pending_moves_no_balance": "is_pending = true, moves_balance = true",
    "what_is_late_names_its_file": "delivery_status = 'late', late_file = null",
    "without_delivered_balance_all_that_was_posted_counts": (
        "delivered_balance = null, posted_later_amount = posted_amount + 1"
    ),
    "windows_begin_before_they_end": "first_day = last_day + 1",
}

# A value of each type that no code and no identifier has.
NOWHERE = {"VARCHAR": "'nowhere'", "INTEGER": "-99", "BIGINT": "-99"}


@dataclass(frozen=True)
class RuleDefect:
    """A change that breaks one rule.

    Attributes:
        column: the column that the test must name; '' for a rule of several.
        rule: the rule that it must name.
        change: the statement, with {table} for the table.
    """

    column: str
    rule: str
    change: str


def defects(arguments: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[RuleDefect]:
    """Yield a defect for each rule of a table.

    Args:
        arguments: the arguments of the test.
        types: the type of each column of the table.
    """
    for key in arguments.get("unique", ()):
        yield _doubled(key)
    for column in arguments.get("not_null", ()):
        yield RuleDefect(column, "not_null", _one_row(f"{column} = null"))
    for column, conditions in arguments.get("columns", {}).items():
        for condition in [conditions] if isinstance(conditions, str) else conditions:
            yield RuleDefect(column, condition, _one_row(f"{column} = {_beyond(condition)}"))
    for name in arguments.get("rows", {}):
        yield RuleDefect("", name, _one_row(ROWS[name]))
    for column, reference in arguments.get("refers_to", {}).items():
        given = {"to": reference} if isinstance(reference, str) else reference
        rule = f"refers to {_table(given['to'])}.{given.get('field', column)}"
        yield RuleDefect(column, rule, _one_row(f"{column} = {NOWHERE[types[column]]}"))
    if "same_rows_as" in arguments:
        missing = "delete from {table} where rowid = (select min(rowid) from {table})"
        yield RuleDefect("", f"as many rows as {_table(arguments['same_rows_as'])}", missing)
    if "contract" in arguments:
        yield from _of_contract(*arguments["contract"].split("."))


def _one_row(assignments: str) -> str:
    return f"update {{table}} set {assignments} where rowid = (select min(rowid) from {{table}})"


def _doubled(key: str | list[str] | dict[str, Any]) -> RuleDefect:
    where = key["where"] if isinstance(key, dict) else None
    columns = [key] if isinstance(key, str) else key["columns"] if isinstance(key, dict) else key
    picked = where or f"{columns[0]} is not null"
    rule = f"unique where {where}" if where else "unique"
    return RuleDefect(", ".join(columns), rule, f"insert into {{table}} select * from {{table}} where {picked} limit 1")


def _table(reference: str) -> str:
    found = re.fullmatch(r"ref\('(\w+)'\)", reference)
    assert found, reference
    return found[1]


def _beyond(condition: str) -> str:
    """Return a value that breaks a condition on a column."""
    for pattern, value in (
        (r"between -?[0-9]+ and ([0-9]+)", r"\1 + 1"),
        (r"> ([0-9]+)", r"\1"),
        (r"<> ([0-9]+)", r"\1"),
        (r">= ([0-9]+)", r"\1 - 1"),
        (r">= (dbt_valid_from)", r"\1 - interval 1 day"),
        (r"in \('.*", "'nowhere'"),
        (r"in \([0-9].*", "-99"),
    ):
        if re.fullmatch(pattern, condition):
            return re.sub(pattern, value, condition, count=1)
    raise AssertionError(f"no value is known that breaks the condition: {condition}")


def _of_contract(domain: str, entity: str) -> Iterator[RuleDefect]:
    """Yield a defect for each key, required value and limit of an entity in the bronze contract."""
    sources = yaml.safe_load((PROJECT / "models" / "bronze" / f"{domain}.yml").read_text(encoding="utf-8"))["sources"]
    (found,) = [table for source in sources for table in source["tables"] if table["name"] == entity]
    for column in found["columns"]:
        meta, name = column.get("config", {}).get("meta", {}), column["name"]
        if "added_by" in meta:
            continue
        broken = {}
        if meta.get("required") or name in found["config"]["meta"]["key"]:
            broken["missing"] = "null"
        if "between" in meta:
            broken["out_of_range"] = f"{meta['between'][1]} + 1"
        if meta.get("positive"):
            broken["not_positive"] = "0"
        if meta.get("not_negative"):
            broken["negative"] = "-1"
        if "below" in meta:
            broken["too_large"] = str(meta["below"])
        if meta.get("in_calendar"):
            broken["out_of_calendar"] = "date '1900-01-01'"
        if meta["type"] == "update_time":
            broken["out_of_range"] = "timestamp '9999-12-31 23:59:59'"
        for rule, value in broken.items():
            yield RuleDefect(name, f"{name}_{rule}", _one_row(f"{name} = {value}"))
