"""Names that existing queries of analysts use. Renaming one breaks queries that are not in this project."""

from __future__ import annotations

import pytest

from tests.python.warehouse import Warehouse

NAMES = {
    "dim_date": (
        "date_id date full_date year quarter month month_name day_of_month day_of_week_name week_of_year is_weekend"
    ),
    "dim_customer": "customer_id first_name last_name state credit_score signup_date",
    "dim_account": "account_id customer_id account_type balance",
    "dim_channel": "channel_id channel_name",
    "dim_location": "location_id country state city",
    "dim_currency": "currency_id currency_code currency_name",
    "dim_transaction_type": "transaction_type_id transaction_type_name",
    "dim_investment_type": "investment_type_id investment_type_name",
    "dim_loan": "loan_id loan_type loan_amount interest_rate",
    "fact_transaction": (
        "transaction_id account_id customer_id date_id transaction_type_id channel_id location_id currency_id "
        "transaction_amount amount_signed transaction_status transaction_ts"
    ),
    "fact_investment": "investment_id account_id date_id investment_type_id investment_amount investment_return",
    "fact_loan": "loan_fact_id loan_id customer_id date_id loan_status",
    "fact_loan_payment": "payment_id loan_id date_id payment_amount",
    "fact_customer_interactions": "interaction_id customer_id channel_id date_id interaction_type",
    "fact_daily_balances": "account_id date_id opening_balance closing_balance",
    "transaction_detail": (
        "transaction_id customer_id amount merchant_name merchant_category transaction_date status is_high_risk"
    ),
    "fact_sales": (
        "date_key product_key customer_key channel_key quantity unit_price gross_revenue net_revenue "
        "tax_amount shipping_charged_to_customer actual_shipping_cost unit_cogs calculated_total_cogs "
        "return_flag"
    ),
    "fact_marketing_spend": "date_key campaign_key impressions clicks spend",
    "dim_product": "product_key product_id product_name",
    "dim_campaign": "campaign_key campaign_id campaign_name ad_platform",
}
# A join on these must give one row per id, so that a query that ignores versions counts nothing twice.
IDS = {
    "dim_date": "date_id",
    "dim_customer": "customer_id",
    "dim_account": "account_id",
    "dim_channel": "channel_id",
    "dim_location": "location_id",
    "dim_currency": "currency_id",
    "dim_transaction_type": "transaction_type_id",
    "dim_investment_type": "investment_type_id",
    "dim_loan": "loan_id",
    "dim_product": "product_key",
    "dim_campaign": "campaign_key",
    "transaction_detail": "transaction_id",
}


@pytest.mark.parametrize("table", NAMES)
def test_tables_have_the_columns_that_queries_use(built_once: Warehouse, table: str) -> None:
    found = {row[0] for row in built_once.query(f"select column_name from (describe dev_gold.{table})")}
    assert set(NAMES[table].split()) - found == set()


@pytest.mark.parametrize("table", IDS)
def test_ids_are_unique(built_once: Warehouse, table: str) -> None:
    rows, ids = built_once.query(f"select count(*), count(distinct {IDS[table]}) from dev_gold.{table}")[0]
    assert rows == ids > 0
