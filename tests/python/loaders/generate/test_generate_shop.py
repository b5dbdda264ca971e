"""`tieout generate`: the shop, from the delivered rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from loaders.deliveries import Inbox
from loaders.errors import TieoutError
from loaders.generate.command import write
from loaders.generate.commerce import assortment
from loaders.generate.settings import Settings
from tests.python.loaders.conftest import ReadInbox, Tieout
from tests.python.loaders.generate.bank import COMMERCE, ENTITIES, Delivered, Row
from tests.python.loaders.generate.conftest import SHOP

pytestmark = pytest.mark.extended

DAYS, START, CUSTOMERS, SEED, ORDERS = SHOP.days, SHOP.start, SHOP.customers, SHOP.seed, SHOP.orders
LAST = START + timedelta(days=DAYS - 1)
CENT = Decimal("0.01")


@pytest.mark.parametrize("entity", COMMERCE)
def test_every_entity_is_delivered_with_the_columns_of_the_contract(entity: str, shop: Delivered) -> None:
    assert shop.rows(entity)
    assert tuple(shop.rows(entity)[0])[:-1] == ENTITIES[entity].delivered_columns


@pytest.mark.parametrize("entity", COMMERCE)
def test_each_version_is_later_than_the_one_before_and_differs(shop: Delivered, entity: str) -> None:
    for versions in shop.history[entity].values():
        for before, after in pairwise(versions):
            assert before["updated_at"] < after["updated_at"]
            assert {column for column in before if before[column] != after[column]} > {"dt", "updated_at"}
        assert all(row["updated_at"][:10] <= row["dt"] for row in versions)
    assert max(len(versions) for versions in shop.history[entity].values()) > (entity != "cost_of_goods")


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
def test_rows_refer_only_to_rows_that_have_arrived(shop: Delivered, entity: str, column: str, to: str) -> None:
    arrived: dict[str, str] = {}
    for row in shop.rows(to):
        arrived.setdefault(row[column], row["dt"])
    references = [row for row in shop.rows(entity) if row[column]]
    assert references
    assert all(arrived[row[column]] <= row["dt"] for row in references)


def sold(shop: Delivered) -> Iterator[Row]:
    """Yield the lines that sell goods, each version of them."""
    return (row for row in shop.rows("sales") if not row["returned_line_id"])


def test_amounts_of_order_lines_are_consistent(shop: Delivered) -> None:
    for row in sold(shop):
        gross, discount = Decimal(row["gross_amount"]), Decimal(row["discount_amount"])
        assert gross == int(row["quantity"]) * Decimal(row["unit_price"])
        assert 0 <= discount < gross
        assert 0 <= Decimal(row["tax_amount"]) < Decimal("0.1") * gross
        if row["channel"] == "In-Store":
            assert Decimal(row["shipping_charged_to_customer"]) == Decimal(row["actual_shipping_cost"]) == 0
        else:
            assert Decimal(row["actual_shipping_cost"]) > 0
    assert {row["channel"] for row in shop.rows("sales")} == {"Online", "Mobile App", "In-Store", "Telephone"}


def test_orders_have_a_currency_and_fees(shop: Delivered) -> None:
    first, euros = set(), 0
    for row in sold(shop):
        net = Decimal(row["gross_amount"]) - Decimal(row["discount_amount"])
        paid = net + Decimal(row["tax_amount"]) + Decimal(row["shipping_charged_to_customer"])
        share, per_order = (26, 10) if row["channel"] == "In-Store" else (29, 30)
        expected = paid * share / 1000 + (Decimal(per_order) / 100 if row["order_line_id"].endswith("-1") else 0)
        assert abs(Decimal(row["payment_fee_amount"]) - expected) <= CENT / 2
        part = {"Online": Decimal("0.01"), "Mobile App": Decimal("0.03")}.get(row["channel"], Decimal(0))
        assert abs(Decimal(row["platform_fee_amount"]) - net * part) <= CENT / 2
        assert row["currency"] == "USD" or row["channel"] != "In-Store"
        first.add((row["order_id"], row["currency"]))
        euros += row["currency"] == "EUR"
    assert len(first) == len({order for order, _ in first}), "an order has one currency"
    assert {currency for _, currency in first} == {"USD", "EUR"}
    assert 0.01 < euros / len(first) < 0.10


def test_products_are_sold_at_the_list_price_of_the_moment(shop: Delivered) -> None:
    for row in sold(shop):
        known = [
            version
            for version in shop.history["products"][row["product_id"],]
            if version["updated_at"] <= row["sold_at"]
        ]
        listed = Decimal(known[-1]["list_price"])
        in_currency = listed if row["currency"] == "USD" else (listed * Decimal("0.9")).quantize(CENT)
        assert abs(Decimal(row["unit_price"]) - in_currency) <= (0 if row["currency"] == "USD" else CENT)


def test_promotions_and_coupons_give_their_discount(shop: Delivered) -> None:
    """The January sale of clothing ends on the 20th. Later, only coupons of campaigns give a discount."""
    shares = defaultdict(set)
    for row in sold(shop):
        if shop.history["products"][row["product_id"],][0]["category"] == "Clothing":
            gross, discount = Decimal(row["gross_amount"]), Decimal(row["discount_amount"])
            is_sale = row["sold_at"] < "2025-01-21"
            share = Decimal("0.25") if is_sale else Decimal("0.10") if discount else Decimal(0)
            assert abs(discount - (gross * share).quantize(CENT, ROUND_HALF_UP)) <= CENT
            assert is_sale or not discount or row["campaign_id"]
            shares[is_sale].add(share)
    assert shares == {True: {Decimal("0.25")}, False: {Decimal(0), Decimal("0.10")}}


def test_an_order_has_one_customer_campaign_and_time_and_each_product_once(shop: Delivered) -> None:
    orders = defaultdict(list)
    for versions in shop.history["sales"].values():
        if not versions[0]["returned_line_id"]:
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


def test_some_units_come_back_as_a_line_of_their_own(shop: Delivered) -> None:
    lines = {key: versions[-1] for (key,), versions in shop.history["sales"].items()}
    back = [row for row in lines.values() if row["returned_line_id"]]
    assert back
    for row in back:
        line = lines[row["returned_line_id"]]
        units = -int(row["quantity"])
        assert 1 <= units < int(line["quantity"])
        assert line["is_returned"] == "false"
        assert row["sold_at"] == row["updated_at"] > line["sold_at"]
        assert Decimal(row["gross_amount"]) == -units * Decimal(line["unit_price"])
        for column in ("discount_amount", "tax_amount", "platform_fee_amount"):
            expected = -Decimal(line[column]) * units / int(line["quantity"])
            assert abs(Decimal(row[column]) - expected) <= CENT / 2, column
        for column in ("shipping_charged_to_customer", "actual_shipping_cost", "payment_fee_amount"):
            assert Decimal(row[column]) == 0, column
        same = ("order_id", "product_id", "customer_id", "channel", "campaign_id", "unit_price", "currency")
        assert [row[column] for column in same] == [line[column] for column in same]


def test_a_return_of_all_units_is_a_new_version_of_the_order_line(shop: Delivered) -> None:
    returned = 0
    for first, *later in shop.history["sales"].values():
        if first["returned_line_id"]:
            continue
        assert (first["is_returned"], first["updated_at"]) == ("false", first["sold_at"])
        assert len(later) <= 1
        for row in later:
            returned += 1
            days = datetime.fromisoformat(row["dt"]) - datetime.fromisoformat(first["dt"])
            assert 3 <= days.days <= 24
            assert {column for column in row if row[column] != first[column]} == {"is_returned", "updated_at", "dt"}
    assert 0.02 < returned / len(shop.history["sales"]) < 0.09


def test_a_few_products_and_customers_have_most_of_the_sales(shop: Delivered) -> None:
    for column, count in (("product_id", len(shop.history["products"])), ("customer_id", CUSTOMERS)):
        sold = Counter(versions[0][column] for versions in shop.history["sales"].values())
        top = sum(number for _, number in sold.most_common(count // 5))
        assert 0.5 < top / sold.total() < 0.9


def test_seasons_weekdays_and_promotions() -> None:
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


def test_the_bank_does_not_depend_on_the_shop(
    shop: Delivered, read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path
) -> None:
    options = ["--start", START, "--customers", CUSTOMERS, "--transactions-per-day", 20, "--seed", SEED, "--days", 4]
    assert tieout("generate", *options, "--inbox", tmp_path, "--orders-per-day", 0).code == 0
    without = read_inbox(tmp_path).digests()
    assert {name.split("/")[1] for name in without} == {"banking"}
    days = {name[:10] for name in without}
    with_shop = {name: digest for name, digest in shop.inbox.digests().items() if name[:10] in days}
    assert {name: digest for name, digest in with_shop.items() if "/banking/" in name} == without
    assert len(with_shop) > len(without)


def test_the_first_days_of_a_longer_run_equal_a_shorter_run(
    shop: Delivered, read_inbox: ReadInbox, tmp_path: Path
) -> None:
    write(Settings(5, START, CUSTOMERS, 20, SEED, orders_per_day=ORDERS), Inbox(tmp_path))
    assert read_inbox(tmp_path).digests().items() <= shop.inbox.digests().items()


@pytest.mark.parametrize("orders", [1, 2])
def test_a_shop_with_few_orders_has_products(read_inbox: ReadInbox, tmp_path: Path, orders: int) -> None:
    write(Settings(6, START, 1, 0, orders, orders_per_day=orders), Inbox(tmp_path))
    assert len(read_inbox(tmp_path).rows("products")) >= 240


def test_orders_are_a_tenth_of_the_transactions_by_default() -> None:
    assert Settings(1, START, 1, 2000, 1).orders == 200
    assert Settings(1, START, 1, 2000, 1, orders_per_day=7).orders == 7
    with pytest.raises(TieoutError, match="--orders-per-day must be at least 0, not -1"):
        Settings(1, START, 1, 2000, 1, orders_per_day=-1)
