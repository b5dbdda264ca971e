"""Damage to every reconciled table, several tables at a time.

A reconciliation names its two tables. So damage to several tables can be told apart if none of them is reconciled with
another one. A wave is a set of such tables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from loaders.contract import load_contract
from tests.python.delivered import CONTROL_AMOUNTS
from tests.python.warehouse import PROJECT

# Entity, the layer before, the layer after, and the measure.
Reconciliation: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True)
class Damage:
    """One damaged table.

    Attributes:
        statements: the SQL that damages it.
        layer: its name in the reconciliations.
        entity: its entity, if several tables have this layer.
        is_of_rows: whether a row is lost or doubled, so that every reconciliation of rows into the table must differ.
    """

    statements: tuple[str, ...]
    layer: str
    entity: str | None = None
    is_of_rows: bool = False

    def touches(self, reconciliation: Reconciliation) -> bool:
        entity, before, after, _ = reconciliation
        return self.layer in (before, after) and self.entity in (None, entity)

    def leads_into(self, reconciliation: Reconciliation) -> bool:
        entity, _, after, _ = reconciliation
        return after == self.layer and self.entity in (None, entity)


@dataclass(frozen=True)
class Table:
    """A table of gold: the rows that are reconciled, the columns that are added up, and the day.

    Attributes:
        together: further columns that are added up. They are damaged at once, because each damage costs a wave.
    """

    rows: str = "true"
    columns: tuple[str, ...] = ()
    day: str = ""
    together: tuple[str, ...] = ()


def is_known(key: str) -> str:
    return f"{key} <> 'unknown'"


def is_there(key: str) -> str:
    """Return the condition of the rows that are compared with staging: those that the source has not deleted."""
    return f"{is_known(key)} and not is_deleted"


# The tables of each wave. No table is reconciled into another one of the same wave.
GOLD = {
    "dimensions": {
        "dim_customer": Table(is_there("customer_id")),
        "dim_customer_history": Table(is_known("customer_id")),
        "dim_account": Table("posted_amount <> 0 and not is_deleted", ("posted_amount",)),
        "dim_account_history": Table(is_known("account_id")),
        "dim_loan": Table(f"is_granted and {is_there('loan_id')}", ("loan_amount",)),
        "dim_loan_history": Table(is_known("loan_id")),
        "dim_merchant": Table(is_there("merchant_id")),
        "dim_merchant_history": Table(is_known("merchant_id")),
        "dim_location": Table(is_there("location_id")),
        "dim_product": Table(is_there("product_id")),
        "dim_product_history": Table(is_known("product_id")),
        "dim_product_cost": Table(columns=("unit_cost",)),
        "dim_campaign": Table(is_there("campaign_id")),
    },
    "facts": {
        "fact_loan": Table(
            "application_id is not null and granted_amount > 0", ("requested_amount", "granted_amount"), "applied_date"
        ),
        "fact_loan_payment": Table(columns=("payment_amount",), day="due_date"),
        "fact_investment": Table(columns=("investment_amount", "investment_return"), day="investment_date"),
        "fact_customer_interactions": Table(day="interaction_date"),
        "fact_daily_balances": Table("closing_balance <> 0", ("closing_balance",), "balance_date"),
        "fact_transaction": Table(
            "posted_amount_reporting <> 0",
            (
                "transaction_amount",
                "amount_signed",
                "posted_amount",
                "posted_amount_reporting",
                "transaction_amount_reporting",
            ),
            "transaction_date",
        ),
        "fact_sales": Table(
            "not return_flag and calculated_total_cogs > 0",
            ("gross_revenue", "net_revenue", "calculated_total_cogs"),
            "sold_date",
            ("payment_fee_amount", "net_revenue_reporting", "tax_amount_reporting"),
        ),
        "fact_marketing_spend": Table("spend > 0", ("spend",), "spend_date"),
    },
    "analytics": {
        "daily_transaction_volume": Table(
            "debit_amount > 0 and credit_amount > 0",
            ("transaction_amount", "credit_amount", "debit_amount"),
            "transaction_date",
        ),
        "daily_net_balance_change": Table("net_change <> 0", ("net_change",), "transaction_date"),
        "customer_daily_summary": Table(
            "debit_amount_reporting > 0 and credit_amount_reporting > 0",
            ("credit_amount_reporting", "debit_amount_reporting"),
            "transaction_date",
        ),
        "merchant_daily_revenue": Table("revenue_reporting > 0", ("revenue_reporting",), "transaction_date"),
        "geographic_distribution": Table(
            "completed_amount_reporting > 0", ("completed_amount_reporting",), "transaction_date"
        ),
        "transaction_features": Table(
            "transaction_amount_reporting > 0", ("transaction_amount_reporting",), day="transaction_date"
        ),
        "loan_delinquency": Table("loan_amount > 0", ("loan_amount",)),
        "loan_approval_rate": Table(),
        "investment_performance": Table(),
        "product_profitability": Table("net_revenue > 0 and cogs > 0", ("net_revenue", "cogs"), "sold_month"),
        "campaign_daily_revenue": Table("is_attributed and net_revenue > 0", ("net_revenue",), "sold_date"),
    },
    "built from analytics": {
        "transaction_risk": Table(
            "transaction_amount_reporting > 0", ("transaction_amount_reporting",), "transaction_date"
        ),
        "campaign_performance": Table("spend > 0 and attributed_net_revenue > 0", ("spend", "attributed_net_revenue")),
        "monthly_income_statement": Table(
            "marketing_spend > 0 and net_revenue > 0",
            together=(
                *("gross_revenue", "discount_amount", "net_revenue", "cogs", "payment_fee_amount"),
                *("platform_fee_amount", "shipping_charged_to_customer", "actual_shipping_cost", "tax_amount"),
                "marketing_spend",
            ),
        ),
    },
}
# Views are reconciled too. They lose what the tables below them lose.
VIEWS = ("transaction_detail",)
_STAGING = (PROJECT / "models" / "staging").rglob("stg_*.sql")
STAGING_VIEWS = {path.stem for path in _STAGING if "materialized='view'" in path.read_text()}


def _first(table: str, where: str) -> str:
    return f"rowid = (select min(rowid) from {table} where {where})"


def _rows(table: str, where: str, layer: str, entity: str | None = None) -> dict[str, Damage]:
    one = _first(table, where)
    return {
        "a row deleted": Damage((f"delete from {table} where {one}",), layer, entity, is_of_rows=True),
        "a row doubled": Damage((f"insert into {table} select * from {table} where {one}",), layer, entity, True),
    }


def _amounts(table: str, column: str, where: str, layer: str, entity: str | None = None) -> dict[str, Damage]:
    one = _first(table, f"{where} and {column} <> 0")
    return {
        "a cent changed": Damage((f"update {table} set {column} = {column} + 0.01 where {one}",), layer, entity),
        "a wrong sign": Damage((f"update {table} set {column} = -{column} where {one}",), layer, entity),
    }


def _instead_of_view(view: str, table: str, damage: Damage) -> Damage:
    """Damage a copy of a view and let the view read the copy."""
    copied = f"create table {table} as from {view}"
    return replace(damage, statements=(copied, *damage.statements, f"create or replace view {view} as from {table}"))


def _waves() -> dict[str, list[Damage]]:
    waves: dict[str, list[Damage]] = {}

    def add(tables: str, damages: dict[str, Damage], number: int = 1) -> None:
        for what, damage in damages.items():
            waves.setdefault(f"{tables}: {what}{f', column {number}' if number > 1 else ''}", []).append(damage)

    for entity in load_contract().deliverable():
        base, stg = (f"dev_silver.{layer}_{entity.domain}__{entity.name}" for layer in ("base", "stg"))
        # An accepted row that is the current version in stg.
        current = f"(_source_file, _source_line) in (select (_source_file, _source_line) from {stg})"
        add("base", _rows(base, current, "base", entity.name))
        for number, column in enumerate(entity.money_columns, 1):
            add("base", _amounts(base, column, current, "base", entity.name), number)
        is_view = stg.removeprefix("dev_silver.") in STAGING_VIEWS
        stored = f"{stg}_damaged" if is_view else stg
        # A withdrawn row is set aside, so it is in no sum.
        counted = "record_status is distinct from 'deleted'" if "record_status" in entity.delivered_columns else "true"
        damages = _rows(stored, counted, "stg", entity.name)
        if entity.name in CONTROL_AMOUNTS:
            damages |= _amounts(stored, CONTROL_AMOUNTS[entity.name], counted, "stg", entity.name)
        if is_view:
            damages = {what: _instead_of_view(stg, stored, damage) for what, damage in damages.items()}
        add("stg", damages)
    for wave, tables in GOLD.items():
        for name, table in tables.items():
            relation = f"dev_gold.{name}"
            add(wave, _rows(relation, table.rows, name))
            for number, column in enumerate(table.columns, 1):
                add(wave, _amounts(relation, column, table.rows, name), number)
            if table.together:
                cents = ", ".join(f"{column} = {column} + 0.01" for column in table.together)
                changed = f"update {relation} set {cents} where {_first(relation, table.rows)}"
                add(wave, {"a cent changed in several columns": Damage((changed,), name)})
            if table.day:
                shifted = f"update {relation} set {table.day} = {table.day} + 1 where {_first(relation, table.rows)}"
                add(wave, {"a date shifted": Damage((shifted,), name)})
    return waves


WAVES = _waves()
