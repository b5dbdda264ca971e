"""What a transaction adds to each table of gold that is made of transactions: the cells it counts in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loaders.audit.warehouse import Row, Warehouse, literal

_MONTH = "cast(date_trunc('month', facts.transaction_date) as date)"
_DEBIT = "case when facts.posted_amount < 0 then -facts.posted_amount else 0.00 end"
_CREDIT = "case when facts.posted_amount > 0 then facts.posted_amount else 0.00 end"
_DEBIT_REPORTING = "case when facts.posted_amount_reporting < 0 then -facts.posted_amount_reporting else 0.00 end"
_CREDIT_REPORTING = "case when facts.posted_amount_reporting > 0 then facts.posted_amount_reporting else 0.00 end"
_SPEND_REPORTING = (
    "case when facts.merchant_id <> 'unknown' and facts.posted_amount_reporting < 0 "
    "then -facts.posted_amount_reporting else 0.00 end"
)
_COMPLETED_REPORTING = "case when facts.is_completed then facts.transaction_amount_reporting else 0.00 end"
_DAY = {"transaction_date": "facts.transaction_date"}
_CURRENCY = {"currency_id": "facts.currency_id"}
_CUSTOMER = {"customer_id": "facts.customer_id"}
_CATEGORY = {"merchant_category": "merchants.merchant_category"}
_IN_MONTH = {"month_start_date": _MONTH}
_ITSELF = {"transaction_id": "facts.transaction_id"}
_COUNT = {"transaction_count": "1"}


@dataclass(frozen=True)
class Cell:
    """How transactions are added up in a table of gold.

    Attributes:
        table: the table.
        keys: its columns that say in which row a transaction counts, and what they are of the transaction.
        measures: its columns that add up over transactions, and what one transaction adds. `facts` is the row of
            `fact_transaction`, `merchants` its version of the merchant, `currencies` its currency.
    """

    table: str
    keys: Mapping[str, str]
    measures: Mapping[str, str]

    def rows(self, where: str) -> str:
        """Return the query for what the transactions that meet a condition add to the cells they count in."""
        keys = ", ".join(f"cells.{key}" for key in self.keys)
        measures = ", ".join(
            f"{expression} as added_{measure}, cells.{measure}" for measure, expression in self.measures.items()
        )
        same = " and ".join(f"cells.{key} = {expression}" for key, expression in self.keys.items())
        return f"""
        select {keys}, {measures}
        from {{gold}}.fact_transaction as facts
        inner join {{gold}}.dim_merchant_history as merchants on facts.merchant_sk = merchants.merchant_sk
        inner join {{gold}}.dim_currency as currencies on facts.currency_id = currencies.currency_id
        inner join {{gold}}.{self.table} as cells on {same}
        where {where}
        """  # noqa: S608


CELLS = (
    Cell("transaction_features", _ITSELF, {"transaction_amount_reporting": "facts.transaction_amount_reporting"}),
    Cell("transaction_risk", _ITSELF, {"transaction_amount_reporting": "facts.transaction_amount_reporting"}),
    Cell("transaction_detail", _ITSELF, {"amount": "facts.transaction_amount", "posted_amount": "facts.posted_amount"}),
    *(
        Cell(
            name,
            _DAY | _CURRENCY,
            _COUNT
            | {"transaction_amount": "facts.transaction_amount", "debit_amount": _DEBIT, "credit_amount": _CREDIT},
        )
        for name in ("daily_transaction_totals", "daily_transaction_volume")
    ),
    Cell(
        "daily_net_balance_change",
        _DAY | {"account_id": "facts.account_id"} | _CURRENCY,
        _COUNT | {"net_change": "facts.posted_amount"},
    ),
    # What was posted is added up in the account's own currency.
    Cell(
        "dim_account",
        {"account_id": "facts.account_id", "currency": "currencies.currency_code"},
        {"posted_amount": "facts.posted_amount"},
    ),
    Cell(
        "customer_daily_summary",
        _DAY | _CUSTOMER,
        _COUNT
        | {
            "debit_amount_reporting": _DEBIT_REPORTING,
            "credit_amount_reporting": _CREDIT_REPORTING,
            "spend_amount_reporting": _SPEND_REPORTING,
        },
    ),
    Cell("customer_spend", _DAY | _CUSTOMER, {"spend_amount_reporting": _SPEND_REPORTING}),
    Cell("customer_spend_monthly", _IN_MONTH | _CUSTOMER, {"spend_amount_reporting": _SPEND_REPORTING}),
    Cell("customer_segments", _CUSTOMER, {"lifetime_value_reporting": "abs(facts.posted_amount_reporting)"}),
    Cell(
        "merchant_daily_revenue",
        _DAY | {"merchant_id": "facts.merchant_id"} | _CATEGORY,
        _COUNT | {"revenue_reporting": _DEBIT_REPORTING},
    ),
    Cell("merchant_category_totals", _DAY | _CATEGORY, _COUNT | {"spend_amount_reporting": _DEBIT_REPORTING}),
    Cell("merchant_category_spend", _DAY | _CATEGORY, {"spend_amount_reporting": _DEBIT_REPORTING}),
    Cell("merchant_category_spend_monthly", _IN_MONTH | _CATEGORY, {"spend_amount_reporting": _DEBIT_REPORTING}),
    Cell(
        "geographic_distribution",
        _DAY | {"location_id": "facts.location_id"},
        _COUNT | {"completed_amount_reporting": _COMPLETED_REPORTING},
    ),
    Cell(
        "channel_effectiveness",
        _IN_MONTH | {"channel_id": "facts.channel_id"},
        _COUNT | {"completed_amount_reporting": _COMPLETED_REPORTING},
    ),
)


def cells_of(warehouse: Warehouse, transaction_id: str) -> list[tuple[Cell, Row]]:
    """Return the cells that a transaction counts in, each with its keys, what is added and what it comes to in all."""
    where = f"facts.transaction_id = {literal(transaction_id)}"
    return [(cell, row) for cell in CELLS for row in warehouse.rows(cell.rows(where))]
