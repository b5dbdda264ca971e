"""`tieout generate`: the shop's cost of goods and marketing, from the delivered rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.python.loaders.generate.bank import Delivered, Row
from tests.python.loaders.generate.conftest import SHOP

pytestmark = pytest.mark.extended

DAYS, START = SHOP.days, SHOP.start
LAST = START + timedelta(days=DAYS - 1)


def costs_by_product(shop: Delivered) -> dict[str, list[Row]]:
    """The first version of each cost by product, in the order of the effective dates."""
    costs: dict[str, list[Row]] = defaultdict(list)
    for (product, _), versions in sorted(shop.history["cost_of_goods"].items()):
        costs[product].append(versions[0])
    return costs


def test_costs_are_lower_than_prices_and_some_arrive_after_the_sale(shop: Delivered) -> None:
    costs = costs_by_product(shop)
    sold_before = 0
    for row in shop.rows("sales"):
        effective = [cost for cost in costs[row["product_id"]] if cost["effective_date"] <= row["sold_at"][:10]]
        if effective:
            assert 0 < Decimal(effective[-1]["unit_cost"]) < Decimal(row["unit_price"]) * Decimal("1.1")
            sold_before += effective[-1]["dt"] > row["dt"]
    assert sold_before > 10


def test_the_first_cost_of_some_new_products_is_late(shop: Delivered) -> None:
    after_the_run = str(LAST + timedelta(days=1))
    costs = costs_by_product(shop)
    launched = {product: versions[0]["dt"] for (product,), versions in shop.history["products"].items()}
    first_cost = {product: min((cost["dt"] for cost in costs[product]), default=after_the_run) for product in launched}
    late = [product for product, day in launched.items() if first_cost[product] > day]
    assert 0 < len(late) < sum(day > str(START) for day in launched.values())


def test_some_costs_are_backdated(shop: Delivered) -> None:
    backdated = [row for row in shop.rows("cost_of_goods") if str(START) < row["dt"] != row["effective_date"]]
    assert backdated
    for row in backdated:
        assert 0 < (date.fromisoformat(row["dt"]) - date.fromisoformat(row["effective_date"])).days <= 5


def test_most_costs_change_on_the_first_of_a_month(shop: Delivered) -> None:
    changes = Counter(row["dt"] for row in shop.rows("cost_of_goods"))
    assert changes["2025-02-01"] > 3 * changes["2025-02-02"]


def test_campaigns_spend_while_they_run_and_have_at_most_one_order_per_click(shop: Delivered) -> None:
    orders = Counter(
        (order[0]["campaign_id"], order[0]["sold_at"][:10])
        for order in shop.history["sales"].values()
        if order[0]["campaign_id"] and order[0]["order_line_id"].endswith("-1")
    )
    assert orders
    for (campaign, day), versions in shop.history["marketing_spend"].items():
        known = [version for version in shop.history["campaigns"][campaign,] if version["dt"] <= day]
        assert known[-1]["start_date"] <= day <= known[-1]["end_date"]
        for row in versions:
            assert orders[campaign, day] <= int(row["clicks"]) <= int(row["impressions"])
        assert versions[0]["dt"] == day
    assert set(orders) <= set(shop.history["marketing_spend"])
    running = Counter(day for _, day in shop.history["marketing_spend"])
    assert set(running.values()) == {12}
    assert len(running) == DAYS
    extended = [versions for versions in shop.history["campaigns"].values() if len(versions) > 1]
    for before, after in (pair for versions in extended for pair in pairwise(versions)):
        assert before["end_date"] < after["end_date"]
        assert Decimal(before["budget_amount"]) < Decimal(after["budget_amount"])


def test_platforms_correct_their_figures_two_days_later(shop: Delivered) -> None:
    corrected = [versions for versions in shop.history["marketing_spend"].values() if len(versions) > 1]
    assert len(corrected) > 10
    for first, second in corrected:
        assert date.fromisoformat(second["dt"]) == date.fromisoformat(first["dt"]) + timedelta(days=2)
        assert int(second["clicks"]) < int(first["clicks"])
        assert Decimal(second["spend"]) < Decimal(first["spend"])
        assert second["impressions"] == first["impressions"]


def test_campaigns_bring_more_revenue_than_they_cost(shop: Delivered) -> None:
    revenue = sum(
        Decimal(versions[-1]["gross_amount"])
        for versions in shop.history["sales"].values()
        if versions[0]["campaign_id"]
    )
    spend = sum(Decimal(versions[-1]["spend"]) for versions in shop.history["marketing_spend"].values())
    assert 2 < revenue / spend < 8
