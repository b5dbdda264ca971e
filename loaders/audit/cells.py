"""The cells of gold, and what they are made of."""

from __future__ import annotations

from loaders.audit.cell import Cell
from loaders.audit.cells_banking import BANKING_CELLS
from loaders.audit.cells_commerce import COMMERCE_CELLS
from loaders.audit.cells_delivered import DELIVERED_CELLS
from loaders.audit.cells_transactions import TRANSACTION_CELLS
from loaders.audit.warehouse import Row, Warehouse

CELLS = TRANSACTION_CELLS + BANKING_CELLS + COMMERCE_CELLS + DELIVERED_CELLS

# Columns with numbers that do not follow from the sums of the rows of their own cell. What they are stands in the
# description of the column.
NOT_ADDITIVE = {
    "customer_balance_trend": ("previous_month_end_balance_reporting",),
    "customer_segments": (
        *("recency_days", "recency_score", "frequency_score", "monetary_score", "value_score", "tenure_days"),
    ),
    "customer_spend": ("spend_rank", "normal_days", "normal_spend_reporting"),
    "customer_spend_monthly": ("spend_rank", "normal_months", "normal_spend_reporting"),
    "daily_transaction_volume": ("trailing_days", "trailing_28_day_average_count"),
    "merchant_category_spend": (
        *("share_of_day", "trailing_28_day_average_reporting", "previous_28_day_average_reporting", "change_share"),
    ),
    "merchant_category_spend_monthly": ("share_of_month", "previous_spend_amount_reporting"),
    "transaction_detail": ("risk_score",),
    "transaction_features": (
        *("year", "month", "day_of_week", "hour_of_day", "transaction_number_of_day"),
        *("cumulative_amount_of_day_reporting", "habit_count", "typical_amount_reporting", "outlier_score"),
        *("distance_from_home_km", "km_from_previous_use", "seconds_since_previous_use"),
    ),
    "transaction_habits": ("habit_count", "typical_amount_reporting", "typical_deviation"),
    "transaction_risk": ("risk_score",),
    "loan_delinquency": ("days_past_due", "probability_of_default", "loss_given_default"),
    "fact_transaction": ("transaction_amount_reporting", "posted_amount_reporting"),
    "fact_daily_balances": ("net_change", "closing_balance_reporting"),
    "fact_sales": (
        *("gross_revenue_reporting", "rounding_amount_reporting", "discount_amount_reporting", "net_revenue_reporting"),
        *("tax_amount_reporting", "shipping_charged_to_customer_reporting", "actual_shipping_cost_reporting"),
        *("payment_fee_amount_reporting", "platform_fee_amount_reporting"),
    ),
    "fact_loan": ("granted_amount",),
    "fact_loan_payment": ("days_late", "paid_amount"),
    "dim_risk_rule": ("weight",),
    "dim_customer": ("birth_year",),
    "dim_customer_history": ("birth_year", "credit_score"),
    "dim_loan_history": ("loan_amount", "interest_rate", "term_months", "monthly_payment"),
    "dim_product_history": ("list_price",),
    "dim_transaction_type": ("amount_sign",),
    "dim_currency": ("minor_units",),
    "dim_date": (
        *("year", "quarter", "month", "day_of_month", "day_of_week", "week_of_year"),
        *("fiscal_year", "fiscal_quarter", "fiscal_month"),
    ),
    "dim_fx_rate": ("rate_to_reporting",),
}


def cells_of_table(table: str) -> list[Cell]:
    """Return the cells of a table: one for each kind of rows that it is made of."""
    return [cell for cell in CELLS if cell.table == table]


def cells_of(warehouse: Warehouse, fact: str, where: str) -> list[tuple[Cell, Row]]:
    """Return the cells that rows of a fact count in, each with its keys, what is added and what it comes to in all.

    Args:
        warehouse: the warehouse.
        fact: the table of the rows.
        where: the condition on the rows, which are `facts`.
    """
    cells = [cell for cell in CELLS if cell.rows.table == fact]
    return [(cell, row) for cell in cells for row in warehouse.rows(cell.added(where))]
