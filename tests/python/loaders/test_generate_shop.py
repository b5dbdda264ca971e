"""`tieout generate`: the shop hangs together, by the delivered rows alone, and the bank does not see it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest

from loaders.contract import load_contract
from loaders.deliveries import Inbox
from loaders.errors import TieoutError
from loaders.generate.command import write
from loaders.generate.commerce import assortment
from loaders.generate.settings import Settings

DAYS, START, CUSTOMERS, ORDERS, SEED = 40, date(2025, 1, 10), 200, 60, 4
SETTINGS = Settings(DAYS, START, CUSTOMERS, 20, SEED, orders_per_day=ORDERS)
LAST = START + timedelta(days=DAYS - 1)
ENTITIES = [entity for entity in load_contract().deliverable() if entity.domain == "commerce"]
KEYS = {
    "products": ["product_id"],
    "cost_of_goods": ["product_id", "effective_date"],
    "campaigns": ["campaign_id"],
    "sales": ["order_line_id"],
    "marketing_spend": ["campaign_id", "spend_date"],
}
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def inbox(tmp_path_factory, read_inbox):
    root = tmp_path_factory.mktemp("shop") / "inbox"
    write(SETTINGS, Inbox(root))
    return read_inbox(root)


@pytest.fixture(scope="module")
def rows(inbox):
    return {name: inbox.rows(name) for name in [*KEYS, "customers"]}


@pytest.fixture(scope="module")
def history(rows):
    """By entity and key, its versions in the order of their arrival."""
    found = {name: defaultdict(list) for name in KEYS}
    for name, columns in KEYS.items():
        for row in rows[name]:
            found[name][tuple(row[column] for column in columns)].append(row)
    return found


# Contract and references


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_entity_comes_with_the_columns_of_the_contract(entity, rows):
    assert rows[entity.name]
    assert tuple(rows[entity.name][0])[:-1] == entity.delivered_columns


@pytest.mark.parametrize("entity", KEYS)
def test_versions_of_a_key_are_each_later_than_the_one_before_and_differ(history, entity):
    for versions in history[entity].values():
        for before, after in pairwise(versions):
            assert before["updated_at"] < after["updated_at"]
            assert {column for column in before if before[column] != after[column]} > {"dt", "updated_at"}
        assert all(row["updated_at"][:10] <= row["dt"] for row in versions)
    assert max(len(versions) for versions in history[entity].values()) > (entity != "cost_of_goods")


@pytest.mark.parametrize(
    ("entity", "column", "to"),
    [
        ("cost_of_goods", "product_id", "products"),
        ("sales", "product_id", "products"),
        ("sales", "customer_id", "customers"),
        ("sales", "campaign_id", "campaigns"),
        ("marketing_spend", "campaign_id", "campaigns"),
    ],
)
def test_what_is_referred_to_has_arrived(rows, entity, column, to):
    arrived = {}
    for row in rows[to]:
        arrived.setdefault(row[column], row["dt"])
    references = [row for row in rows[entity] if row[column]]
    assert references
    assert all(arrived[row[column]] <= row["dt"] for row in references)


# Sales


def test_amounts_of_an_order_line_tie(rows):
    for row in rows["sales"]:
        gross, discount = Decimal(row["gross_amount"]), Decimal(row["discount_amount"])
        assert gross == int(row["quantity"]) * Decimal(row["unit_price"])
        assert 0 <= discount < gross
        assert 0 <= Decimal(row["tax_amount"]) < Decimal("0.1") * gross
        if row["channel"] == "In-Store":
            assert Decimal(row["shipping_charged_to_customer"]) == Decimal(row["actual_shipping_cost"]) == 0
        else:
            assert Decimal(row["actual_shipping_cost"]) > 0
    assert {row["channel"] for row in rows["sales"]} == {"Online", "Mobile App", "In-Store", "Telephone"}


def test_a_product_is_sold_at_its_list_price_of_that_moment(rows, history):
    for row in rows["sales"]:
        known = [
            version for version in history["products"][(row["product_id"],)] if version["updated_at"] <= row["sold_at"]
        ]
        assert row["unit_price"] == known[-1]["list_price"]


def test_promotions_take_off_what_they_say(rows, history):
    """The clothing sale of January ends on the 20th; behind it only coupons of campaigns take something off."""
    shares = defaultdict(set)
    for row in rows["sales"]:
        if history["products"][(row["product_id"],)][0]["category"] == "Clothing":
            gross, discount = Decimal(row["gross_amount"]), Decimal(row["discount_amount"])
            is_sale = row["sold_at"] < "2025-01-21"
            share = Decimal("0.25") if is_sale else Decimal("0.10") if discount else Decimal(0)
            assert abs(discount - (gross * share).quantize(CENT, ROUND_HALF_UP)) <= CENT
            assert is_sale or not discount or row["campaign_id"]
            shares[is_sale].add(share)
    assert shares == {True: {Decimal("0.25")}, False: {Decimal(0), Decimal("0.10")}}


def test_orders_are_of_one_customer_campaign_and_moment_and_name_no_product_twice(history):
    orders = defaultdict(list)
    for versions in history["sales"].values():
        orders[versions[0]["order_id"]].append(versions[0])
    for lines in orders.values():
        assert [row["order_line_id"] for row in lines] == [
            f"{lines[0]['order_id']}-{number}" for number in range(1, len(lines) + 1)
        ]
        assert len({(row["customer_id"], row["campaign_id"], row["sold_at"], row["channel"]) for row in lines}) == 1
        assert len({row["product_id"] for row in lines}) == len(lines)
        fees = [Decimal(row["shipping_charged_to_customer"]) for row in lines]
        paid = sum(Decimal(row["gross_amount"]) - Decimal(row["discount_amount"]) for row in lines)
        is_free = paid >= 50 or lines[0]["channel"] == "In-Store"
        assert fees == [Decimal(0) if is_free else Decimal("5.95"), *[Decimal(0)] * (len(lines) - 1)]
    assert 0.85 * ORDERS * DAYS < len(orders) < 1.05 * ORDERS * DAYS
    assert max(len(lines) for lines in orders.values()) == 4


def test_goods_come_back_as_the_same_line_weeks_later(history):
    returned = 0
    for first, *later in history["sales"].values():
        assert (first["is_returned"], first["updated_at"]) == ("false", first["sold_at"])
        assert len(later) <= 1
        for row in later:
            returned += 1
            days = datetime.fromisoformat(row["dt"]) - datetime.fromisoformat(first["dt"])
            assert 3 <= days.days <= 24
            assert {column for column in row if row[column] != first[column]} == {"is_returned", "updated_at", "dt"}
    assert 0.02 < returned / len(history["sales"]) < 0.09


def test_a_few_products_and_customers_make_most_of_the_sales(history):
    for column, count in (("product_id", len(history["products"])), ("customer_id", CUSTOMERS)):
        sold = Counter(versions[0][column] for versions in history["sales"].values())
        top = sum(number for _, number in sold.most_common(count // 5))
        assert 0.5 < top / sold.total() < 0.9


def test_seasons_weekdays_and_promotions():
    usual, saturday = date(2025, 2, 4), date(2025, 2, 8)
    black_friday, christmas, may = date(2025, 11, 28), date(2025, 12, 25), date(2025, 5, 6)
    assert assortment.orders_factor(usual) == 0.90
    assert assortment.orders_factor(saturday) > 1.1
    assert assortment.orders_factor(black_friday) > 1.4
    names = [category.name for category in assortment.CATEGORIES]
    toys, garden = names.index("Toys"), names.index("Garden")
    assert assortment.demand(black_friday)[toys] > 2 * assortment.demand(usual)[toys]
    assert assortment.demand(may)[garden] == 2 * assortment.demand(usual)[garden]
    assert (assortment.demand(christmas) == assortment.demand(usual)).all()
    assert assortment.discounts(black_friday)[toys] == 0.20
    assert not assortment.discounts(usual).any()


# Costs


def test_every_sale_has_a_cost_by_the_end_but_late_ones_come_after_it(rows, history):
    costs = defaultdict(list)
    for (product, effective), versions in history["cost_of_goods"].items():
        costs[product].append((effective, Decimal(versions[0]["unit_cost"]), versions[0]["dt"]))
    before_cost = 0
    for row in rows["sales"]:
        valid = [cost for cost in sorted(costs[row["product_id"]]) if cost[0] <= row["sold_at"][:10]]
        if not valid:
            continue
        _, cost, told = valid[-1]
        assert 0 < cost < Decimal(row["unit_price"]) * Decimal("1.1")
        before_cost += told > row["dt"]
    assert before_cost > 10
    first_known = {product: min(told for *_, told in of) for product, of in costs.items()}
    launched = {key[0]: versions[0]["dt"] for key, versions in history["products"].items()}
    late = {
        product for product, day in launched.items() if first_known.get(product, str(LAST + timedelta(days=1))) > day
    }
    assert 0 < len(late) < sum(day > str(START) for day in launched.values())
    backdated = [row for row in rows["cost_of_goods"] if str(START) < row["dt"] != row["effective_date"]]
    assert backdated
    for row in backdated:
        assert 0 < (date.fromisoformat(row["dt"]) - date.fromisoformat(row["effective_date"])).days <= 5
    on_the_first = sum(row["dt"] == "2025-02-01" for row in rows["cost_of_goods"])
    assert on_the_first > 3 * sum(row["dt"] == "2025-02-02" for row in rows["cost_of_goods"])


# Marketing


def test_campaigns_spend_while_they_run_and_no_order_comes_without_a_click(rows, history):
    orders = Counter(
        (order[0]["campaign_id"], order[0]["sold_at"][:10])
        for order in history["sales"].values()
        if order[0]["campaign_id"] and order[0]["order_line_id"].endswith("-1")
    )
    assert orders
    for (campaign, day), versions in history["marketing_spend"].items():
        of = [version for version in history["campaigns"][(campaign,)] if version["dt"] <= day]
        assert of[-1]["start_date"] <= day <= of[-1]["end_date"]
        for row in versions:
            assert orders[campaign, day] <= int(row["clicks"]) <= int(row["impressions"])
        assert versions[0]["dt"] == day
    assert set(orders) <= set(history["marketing_spend"])
    running = Counter(day for _, day in history["marketing_spend"])
    assert set(running.values()) == {12}
    assert len(running) == DAYS
    prolonged = [versions for versions in history["campaigns"].values() if len(versions) > 1]
    for before, after in (pair for versions in prolonged for pair in pairwise(versions)):
        assert before["end_date"] < after["end_date"]
        assert Decimal(before["budget_amount"]) < Decimal(after["budget_amount"])


def test_platforms_correct_their_figures_two_days_later(history):
    corrected = [versions for versions in history["marketing_spend"].values() if len(versions) > 1]
    assert len(corrected) > 10
    for first, second in corrected:
        assert date.fromisoformat(second["dt"]) == date.fromisoformat(first["dt"]) + timedelta(days=2)
        assert int(second["clicks"]) < int(first["clicks"])
        assert Decimal(second["spend"]) < Decimal(first["spend"])
        assert second["impressions"] == first["impressions"]


def test_advertising_pays(rows, history):
    revenue = sum(
        Decimal(versions[-1]["gross_amount"]) for versions in history["sales"].values() if versions[0]["campaign_id"]
    )
    spend = sum(Decimal(versions[-1]["spend"]) for versions in history["marketing_spend"].values())
    assert 2 < revenue / spend < 8


# Beside the bank


def test_the_bank_is_the_same_with_and_without_a_shop(inbox, read_inbox, tieout, tmp_path):
    options = ["--start", START, "--customers", CUSTOMERS, "--transactions-per-day", 20, "--seed", SEED, "--days", 4]
    assert tieout("generate", *options, "--inbox", tmp_path, "--orders-per-day", 0).code == 0
    without = read_inbox(tmp_path).digests()
    assert {name.split("/")[1] for name in without} == {"banking"}
    days = {name[:10] for name in without}
    with_shop = {name: digest for name, digest in inbox.digests().items() if name[:10] in days}
    assert {name: digest for name, digest in with_shop.items() if "/banking/" in name} == without
    assert len(with_shop) > len(without)


def test_a_longer_run_begins_as_a_shorter_one(inbox, read_inbox, tmp_path):
    write(Settings(5, START, CUSTOMERS, 20, SEED, orders_per_day=ORDERS), Inbox(tmp_path))
    assert read_inbox(tmp_path).digests().items() <= inbox.digests().items()


@pytest.mark.parametrize("orders", [1, 2])
def test_a_tiny_shop_works(read_inbox, tmp_path, orders):
    write(Settings(6, START, 1, 0, orders, orders_per_day=orders), Inbox(tmp_path))
    assert len(read_inbox(tmp_path).rows("products")) >= 240


def test_orders_are_a_tenth_of_the_transactions_unless_told():
    assert Settings(1, START, 1, 2000, 1).orders == 200
    assert Settings(1, START, 1, 2000, 1, orders_per_day=7).orders == 7
    with pytest.raises(TieoutError, match="--orders-per-day must be at least 0, not -1"):
        Settings(1, START, 1, 2000, 1, orders_per_day=-1)
