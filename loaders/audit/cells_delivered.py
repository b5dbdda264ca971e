"""The tables of gold with one row per delivered record: what the record says is what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from loaders.audit.cell import Cell, Measure, Rows


def _delivered(
    table: str, entity: str, key: Mapping[str, str], measures: Mapping[str, Measure] | tuple[str, ...], joins: str = ""
) -> Cell:
    """Return the cell of a table that has a row for each current row of an entity.

    Args:
        table: the table.
        entity: the entity, as `banking.loans`.
        key: the columns of the key in the table, with their names in the entity.
        measures: the measures with what they are of the row, or only their names, if the entity has the same.
        joins: what the measures need.
    """
    domain, name = entity.split(".")
    rows = Rows(f"stg_{domain}__{name}", entity, tuple(key.values()), joins=joins)
    made = measures if isinstance(measures, Mapping) else {measure: f"facts.{measure}" for measure in measures}
    keys = {column: f"facts.{delivered}" for column, delivered in key.items()}
    return Cell(table, rows, keys, made, expected="false")


# An application without a loan has the terms that were requested.
_TERMS = Rows(
    "stg_banking__loans",
    "banking.loans",
    ("loan_id",),
    relation="""
        select loan_id, loan_amount, interest_rate, term_months, monthly_payment, _source_file, _source_line
        from {silver}.stg_banking__loans
        union all
        select
            'application ' || application_id as loan_id,
            requested_amount as loan_amount,
            cast(null as decimal(9, 4)) as interest_rate,
            term_months,
            cast(null as decimal(18, 2)) as monthly_payment,
            _source_file,
            _source_line
        from {silver}.stg_banking__loan_applications
    """,
)
_TAKEN_BACK = "facts.is_returned and facts.quantity > 0"

DELIVERED_CELLS = (
    _delivered(
        "fact_transaction",
        "banking.transactions",
        {"transaction_id": "transaction_id"},
        {
            "transaction_amount": "facts.amount",
            "amount_signed": "facts.amount_signed",
            "posted_amount": "case when statuses.moves_balance then facts.amount_signed else 0.00 end",
        },
        joins="left join {silver}.transaction_statuses as statuses "
        "on facts.transaction_status = statuses.transaction_status",
    ),
    _delivered(
        "fact_daily_balances",
        "banking.daily_balances",
        {"delivered_account_id": "account_id", "balance_date": "balance_date"},
        ("opening_balance", "closing_balance"),
    ),
    _delivered(
        "fact_loan_payment",
        "banking.loan_payments",
        {"payment_id": "payment_id"},
        ("payment_amount", "principal_amount", "interest_amount"),
    ),
    _delivered(
        "fact_investment",
        "banking.investments",
        {"investment_id": "investment_id"},
        ("investment_amount", "investment_return"),
    ),
    _delivered(
        "fact_customer_interactions",
        "banking.customer_interactions",
        {"interaction_id": "interaction_id"},
        ("duration_seconds", "satisfaction_score"),
    ),
    Cell(
        "dim_loan",
        _TERMS,
        {"loan_id": "facts.loan_id"},
        {name: f"facts.{name}" for name in ("loan_amount", "interest_rate", "term_months", "monthly_payment")},
        expected="false",
    ),
    _delivered(
        "fact_sales",
        "commerce.sales",
        {"order_line_id": "order_line_id"},
        {
            "quantity": "facts.quantity",
            "unit_price": "facts.unit_price",
            "gross_revenue": "facts.gross_amount",
            "rounding_amount": "case when facts.quantity = 0 then 0.00 else cast(facts.gross_amount - facts.quantity "
            "* cast(facts.unit_price as decimal(19, 6)) as decimal(18, 6)) end",
            "discount_amount": "facts.discount_amount",
            "net_revenue": f"case when {_TAKEN_BACK} then 0.00 else facts.gross_amount - facts.discount_amount end",
            "tax_amount": "facts.tax_amount",
            "shipping_charged_to_customer": "facts.shipping_charged_to_customer",
            "actual_shipping_cost": "facts.actual_shipping_cost",
            "payment_fee_amount": "coalesce(facts.payment_fee_amount, 0.00)",
            "platform_fee_amount": "coalesce(facts.platform_fee_amount, 0.00)",
            "unit_cogs": "costs.unit_cost",
            "calculated_total_cogs": "case when facts.quantity = 0 then 0.00 "
            "else facts.quantity * cast(costs.unit_cost as decimal(19, 2)) end",
        },
        joins="""
            left join {gold}.dim_product_cost as costs
                on
                    facts.product_id = costs.delivered_product_id
                    and facts.sold_date >= costs.valid_from
                    and facts.sold_date < costs.valid_to
        """,
    ),
    _delivered(
        "fact_marketing_spend",
        "commerce.marketing_spend",
        {"delivered_campaign_id": "campaign_id", "spend_date": "spend_date"},
        ("impressions", "clicks", "spend"),
    ),
    _delivered(
        "dim_product_cost",
        "commerce.cost_of_goods",
        {"delivered_product_id": "product_id", "valid_from": "effective_date"},
        ("unit_cost",),
    ),
    _delivered("dim_product", "commerce.products", {"product_id": "product_id"}, ("list_price",)),
    _delivered("dim_campaign", "commerce.campaigns", {"campaign_id": "campaign_id"}, ("budget_amount",)),
    _delivered("dim_customer", "banking.customers", {"customer_id": "customer_id"}, ("credit_score",)),
    _delivered("dim_location", "banking.locations", {"location_id": "location_id"}, ("latitude", "longitude")),
)
