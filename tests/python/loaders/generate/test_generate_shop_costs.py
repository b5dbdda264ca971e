"""`tieout generate`: the shop's cost of goods and marketing, from the delivered rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from tests.python.loaders.generate.bank import Delivered
from tests.python.loaders.generate.conftest import SHOP

DAYS, START = SHOP.days, SHOP.start
LAST = START + timedelta(days=DAYS - 1)


def test_some_costs_are_late_or_backdated(shop: Delivered) -> None:
    costs = defaultdict(list)
    for (product, effective), versions in shop.history["cost_of_goods"].items():
        costs[product].append((effective, Decimal(versions[0]["unit_cost"]), versions[0]["dt"]))
    before_cost = 0
    for row in shop.rows("sales"):
        valid = [cost for cost in sorted(costs[row["product_id"]]) if cost[0] <= row["sold_at"][:10]]
        if not valid:
            continue
        _, cost, told = valid[-1]
        assert 0 < cost < Decimal(row["unit_price"]) * Decimal("1.1")
        before_cost += told > row["dt"]
    assert before_cost > 10
    first_known = {product: min(told for *_, told in of) for product, of in costs.items()}
    launched = {key[0]: versions[0]["dt"] for key, versions in shop.history["products"].items()}
    late = {
        product for product, day in launched.items() if first_known.get(product, str(LAST + timedelta(days=1))) > day
    }
    assert 0 < len(late) < sum(day > str(START) for day in launched.values())
    backdated = [row for row in shop.rows("cost_of_goods") if str(START) < row["dt"] != row["effective_date"]]
    assert backdated
    for row in backdated:
        assert 0 < (date.fromisoformat(row["dt"]) - date.fromisoformat(row["effective_date"])).days <= 5
    on_the_first = sum(row["dt"] == "2025-02-01" for row in shop.rows("cost_of_goods"))
    assert on_the_first > 3 * sum(row["dt"] == "2025-02-02" for row in shop.rows("cost_of_goods"))


def test_campaigns_spend_while_they_run_and_have_at_most_one_order_per_click(shop: Delivered) -> None:
    orders = Counter(
        (order[0]["campaign_id"], order[0]["sold_at"][:10])
        for order in shop.history["sales"].values()
        if order[0]["campaign_id"] and order[0]["order_line_id"].endswith("-1")
    )
    assert orders
    for (campaign, day), versions in shop.history["marketing_spend"].items():
        of = [version for version in shop.history["campaigns"][(campaign,)] if version["dt"] <= day]
        assert of[-1]["start_date"] <= day <= of[-1]["end_date"]
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
