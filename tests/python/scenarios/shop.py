"""The figures that SHOP_DELIVERIES must give, stated by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.python.warehouse import Warehouse

SALES = (
    "select order_line_id, product_name, campaign_key, unit_cogs, net_revenue, sold_month::varchar "
    "from dev_gold.fact_sales join dev_gold.dim_product_history using (product_sk) order by 1"
)
PRODUCTS = (
    "select product_key, date_key, line_count, returned_quantity, net_revenue, cogs, gross_profit, uncosted_count "
    "from dev_gold.product_profitability order by 1, 2"
)
DAYS = "select date_key, campaign_key, is_attributed, line_count from dev_gold.campaign_daily_revenue order by 1, 3"
CAMPAIGNS = (
    "select campaign_key, date_key, clicks, spend, attributed_order_count, attributed_net_revenue "
    "from dev_gold.campaign_performance order by 1, 2"
)


def figures(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(float(value) if isinstance(value, Decimal) else value for value in row) for row in rows]


def check_first_part(warehouse: Warehouse) -> None:
    """Check a warehouse that has the first part: products, the campaign and some costs are missing."""
    assert figures(warehouse.query(SALES)) == [
        ("E1", "Unknown", "unknown", 7.0, 18.0, "2025-01-01"),
        ("S1", "Unknown", "unknown", None, 18.0, "2025-01-01"),
        ("S2", "Unknown", "unknown", 7.0, 18.0, "2025-01-01"),
        ("S3", "Unknown", "unknown", 7.0, 18.0, "2025-01-01"),
        ("S4", "Unknown", "unknown", None, 18.0, "2025-03-01"),
    ]
    assert figures(warehouse.query(PRODUCTS)) == [
        # E1 has no rate yet: neither its revenue nor its cost counts.
        ("unknown", 20250101, 4, 0, 54.0, 28.0, 8.0, 1),
        ("unknown", 20250301, 1, 0, 18.0, 0.0, 0.0, 1),
    ]
    assert figures(warehouse.query(CAMPAIGNS)) == [
        ("unknown", 20250101, 50, 25.0, 2, 36.0),
        ("unknown", 20250301, 0, 0.0, 1, 18.0),
    ]


def check_both_parts(warehouse: Warehouse) -> None:
    """Check a warehouse that has both parts: late costs, products and returns have changed the earlier figures."""
    assert figures(warehouse.query(SALES)) == [
        ("E1", "Kettle", "unknown", 7.5, 18.0, "2025-01-01"),
        ("E1-amounts", "Unknown", "unknown", None, -1.5, "2025-02-01"),
        ("E1-back", "Kettle 2", "unknown", 8.0, -9.0, "2025-02-01"),
        ("E1-refund", "Unknown", "unknown", None, -3.0, "2025-02-01"),
        ("S1", "Kettle", "M1", 6.0, 18.0, "2025-01-01"),
        ("S2", "Kettle", "unknown", 7.5, 18.0, "2025-01-01"),
        ("S3", "Kettle 2", "M1", 8.0, 0.0, "2025-01-01"),
        ("S4", 'Monitor 27"', "M1", None, 18.0, "2025-02-01"),
        ("S6", "Pen", "unknown", 0.01, 10.0, "2025-02-01"),
        ("S7", "Pen", "M1", 0.01, 3.5, "2025-02-01"),
        ("S8", "Pen", "unknown", 0.01, 0.0, "2025-02-01"),
        ("S9", "Pen", "M1", 0.01, -3.33, "2025-02-01"),
    ]
    assert figures(warehouse.query(PRODUCTS)) == [
        ("P1", 20250101, 4, 2, 55.8, 42.0, 13.8, 0),
        ("P1", 20250201, 1, 1, 0.0, 0.0, 0.0, 0),
        ("P2", 20250201, 1, 0, 18.0, 0.0, 0.0, 1),
        ("P3", 20250201, 4, 1, 10.17, 10.04, 0.13, 0),
        ("unknown", 20250201, 2, 0, -4.5, 0.0, -4.5, 0),
    ]
    # A line that takes goods back reduces units, revenue and cost. What the shop rounds is shown.
    assert figures(
        warehouse.query(
            "select quantity, gross_revenue, returned_revenue, rounding_amount, order_count "
            "from dev_gold.product_profitability where product_key = 'P3'"
        )
    ) == [(1005, 13.5, 3.33, 0.01, 3)]
    assert figures(
        warehouse.query(
            "select order_line_id, quantity, unit_price, gross_revenue, rounding_amount, return_flag, is_return_line, "
            "calculated_total_cogs from dev_gold.fact_sales where delivered_product_id = 'P3' order by 1"
        )
    ) == [
        ("S6", 3, 3.33, 10.0, 0.01, False, False, 0.03),
        ("S7", 1000, 0.0035, 3.5, 0.0, False, False, 10.0),
        ("S8", 2, 0.0, 0.0, 0.0, False, False, 0.02),
        ("S9", -1, 3.33, -3.33, 0.0, False, True, -0.01),
    ]
    # A returned line counts in the month of the sale, and says when it came back.
    assert warehouse.query(
        "select order_line_id, sold_month::text, returned_on::text from dev_gold.fact_sales "
        "where returned_on is not null order by 1"
    ) == [
        ("E1-back", "2025-02-01", "2025-02-01"),
        ("E1-refund", "2025-02-01", "2025-02-01"),
        ("S3", "2025-01-01", "2025-02-01"),
        ("S9", "2025-02-01", "2025-02-01"),
    ]
    assert warehouse.query(DAYS) == [
        (20250110, "M1", True, 1),
        (20250120, "unknown", False, 2),
        (20250130, "M1", True, 1),
        (20250201, "unknown", False, 5),
        (20250201, "M1", True, 3),
    ]
    assert figures(warehouse.query(CAMPAIGNS)) == [
        ("M1", 20250101, 40, 20.0, 2, 18.0),
        ("M1", 20250201, 0, 0.0, 2, 18.17),
    ]
    check_income_statement(warehouse)
    assert warehouse.query(
        "select order_line_id, _failed_rules from dev_silver.base_commerce__sales where _failed_rules <> '' order by 1"
    ) == [
        ("B1", "gross_amount_not_quantity_times_price"),
        ("B2", "quantity_zero"),
        ("B3", "gross_amount_wrong_sign"),
        ("S5", "is_returned_not_parsable"),
    ]


def check_income_statement(warehouse: Warehouse) -> None:
    """Check the months: E1 at 1.10 counts in January; its return has no rate and is counted, not converted."""
    amounts = (
        "gross_revenue, discount_amount, returned_revenue, net_revenue, cogs, payment_fee_amount, platform_fee_amount, "
        "shipping_charged_to_customer, actual_shipping_cost, marketing_spend, contribution, uncosted_net_revenue, "
        "line_count, uncosted_count, unconverted_count"
    )
    assert figures(
        warehouse.query(f"select statement_month::text, {amounts} from dev_gold.monthly_income_statement order by 1")
    ) == [
        ("2025-01-01", 82.0, 8.2, 18.0, 55.8, 42.0, 0.88, 0.22, 23.35, 16.7, 20.0, -0.65, 0.0, 4, 0, 0),
        ("2025-02-01", 33.5, 3.5, 6.33, 23.67, 10.04, 0.3, 0.0, 7.95, 4.1, 0.0, 17.18, 18.0, 8, 1, 1),
    ]
    assert warehouse.query(
        "select currency_code, unconverted_count, unconverted_amount::text from dev_audit.unconverted_amounts "
        "where fact = 'fact_sales'"
    ) == [("EUR", 1, "-10.00")]
