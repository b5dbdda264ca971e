"""The tables of gold that are made of the shop's order lines and of what its campaigns cost."""

from __future__ import annotations

from loaders.audit.cell import Cell, Distinct, Formula, Quotient, Rows, Sum

_SALES = Rows("fact_sales", "commerce.sales", ("order_line_id",))
_SPEND = Rows("fact_marketing_spend", "commerce.marketing_spend", ("delivered_campaign_id", "spend_date"))
_BACK = "facts.return_flag or facts.is_return_line"
# A line that cannot be converted into the reporting currency is in no amount.
_BOOKED = "abs(coalesce(facts.gross_revenue_reporting - facts.discount_amount_reporting, 0.00))"
_NET_REVENUE = "coalesce(facts.net_revenue_reporting, 0.00)"
_NET_COST = (
    "case when facts.return_flag or facts.net_revenue_reporting is null then 0.00 "
    "else coalesce(facts.calculated_total_cogs, 0.00) end"
)
_IS_UNCOSTED = "facts.calculated_total_cogs is null and not facts.return_flag"
_COSTED_REVENUE = f"case when {_IS_UNCOSTED} then 0.00 else {_NET_REVENUE} end"
_PROFIT = f"{_COSTED_REVENUE} - ({_NET_COST})"
_GROSS = "case when facts.is_return_line then 0.00 else coalesce(facts.gross_revenue_reporting, 0.00) end"
_DISCOUNT = "case when facts.is_return_line then 0.00 else coalesce(facts.discount_amount_reporting, 0.00) end"
_RETURNED = f"case when {_BACK} then {_BOOKED} else 0.00 end"
_AMOUNTS = {
    name: f"coalesce(facts.{name}_reporting, 0.00)"
    for name in (
        *("tax_amount", "shipping_charged_to_customer", "actual_shipping_cost"),
        *("payment_fee_amount", "platform_fee_amount"),
    )
}
_COUNTS = {
    "uncosted_count": f"case when {_IS_UNCOSTED} then 1 else 0 end",
    "unconverted_count": "case when facts.net_revenue_reporting is null then 1 else 0 end",
}
_ORDERS = "case when facts.quantity > 0 then facts.order_id end"

COMMERCE_CELLS = (
    Cell(
        "product_profitability",
        _SALES,
        {"product_key": "facts.product_key", "sold_month": "facts.sold_month"},
        {
            "line_count": "1",
            "order_count": Distinct(_ORDERS),
            "quantity": "case when facts.is_return_line then 0 else facts.quantity end",
            "returned_quantity": f"case when {_BACK} then abs(facts.quantity) else 0 end",
            "return_rate": Formula("returned_quantity", "quantity", 6),
            "gross_revenue": _GROSS,
            "discount_amount": _DISCOUNT,
            "returned_revenue": _RETURNED,
            "net_revenue": _NET_REVENUE,
            "rounding_amount": "coalesce(facts.rounding_amount_reporting, 0.00)",
            "cogs": _NET_COST,
            "gross_profit": _PROFIT,
            "gross_margin": Quotient(Sum(_PROFIT), Sum(_COSTED_REVENUE), 6),
            **_AMOUNTS,
            **_COUNTS,
        },
    ),
    Cell(
        "monthly_income_statement",
        _SALES,
        {"statement_month": "facts.sold_month"},
        {
            "line_count": "1",
            "gross_revenue": _GROSS,
            "discount_amount": _DISCOUNT,
            "returned_revenue": _RETURNED,
            "net_revenue": _NET_REVENUE,
            "cogs": _NET_COST,
            **_AMOUNTS,
            "uncosted_net_revenue": f"case when {_IS_UNCOSTED} then {_NET_REVENUE} else 0.00 end",
            **_COUNTS,
            "contribution": Formula(
                "net_revenue - cogs - payment_fee_amount - platform_fee_amount + shipping_charged_to_customer "
                "- actual_shipping_cost - marketing_spend"
            ),
        },
    ),
    Cell(
        "monthly_income_statement",
        _SPEND,
        {"statement_month": "cast(date_trunc('month', facts.spend_date) as date)"},
        {"marketing_spend": "facts.spend"},
    ),
    Cell(
        "campaign_daily_revenue",
        _SALES,
        {
            "campaign_key": "facts.campaign_key",
            "sold_date": "facts.sold_date",
            "is_attributed": "(facts.delivered_campaign_id is not null)",
        },
        {
            "line_count": "1",
            "order_count": Distinct(_ORDERS),
            "gross_revenue": _GROSS,
            "net_revenue": _NET_REVENUE,
        },
    ),
    Cell(
        "campaign_performance",
        _SPEND,
        {
            "campaign_key": "facts.campaign_key",
            "performance_month": "cast(date_trunc('month', facts.spend_date) as date)",
        },
        {
            "impressions": "facts.impressions",
            "clicks": "facts.clicks",
            "spend": "facts.spend",
            "click_through_rate": Formula("clicks", "impressions", 6),
            "cost_per_click": Formula("spend", "clicks", 6),
            "conversion_rate": Formula("attributed_order_count", "clicks", 6),
            "return_on_ad_spend": Formula("attributed_net_revenue", "spend", 6),
        },
    ),
    Cell(
        "campaign_performance",
        _SALES,
        {"campaign_key": "facts.campaign_key", "performance_month": "facts.sold_month"},
        {"attributed_order_count": Distinct(_ORDERS), "attributed_net_revenue": _NET_REVENUE},
        where="facts.delivered_campaign_id is not null",
    ),
)
