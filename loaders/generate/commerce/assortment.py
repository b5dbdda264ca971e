"""The categories of the shop's products: demand, prices, seasons, promotions and product names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from loaders.generate.tables import Floats


@dataclass(frozen=True)
class Category:
    """A category of products.

    Attributes:
        name: the code in the seed `product_categories`.
        products: share of the products.
        demand: share of the order lines on an ordinary day.
        price: median list price, in dollars.
        cost: cost of goods, as a share of the list price.
        returned: share of the order lines that are returned.
        freight: shipping cost per unit, in cents, in addition to the cost per order.
        seasons: factors of the demand in spring, summer, autumn, and from Black Friday to Christmas.
        nouns: nouns for product names.
    """

    name: str
    products: float
    demand: float
    price: float
    cost: float
    returned: float
    freight: int
    seasons: tuple[float, float, float, float]
    nouns: tuple[str, ...]


CATEGORIES = (
    Category(
        *("Electronics", 0.16, 0.15, 89.0, 0.68, 0.08, 210, (0.9, 0.9, 1.0, 1.9)),
        ("Headphones", "Bluetooth Speaker", 'Monitor 27"', "Keyboard", "Webcam", "Power Bank", "Smart Watch", "Router"),
    ),
    Category(
        *("Home and Kitchen", 0.18, 0.19, 42.0, 0.52, 0.06, 260, (1.0, 0.9, 1.0, 1.5)),
        ("Frying Pan", "Coffee Maker", "Desk Lamp", "Towel Set", "Knife Block", "Storage Box", "Kettle", "Duvet"),
    ),
    Category(
        *("Clothing", 0.22, 0.21, 38.0, 0.45, 0.19, 90, (1.1, 1.0, 1.1, 1.4)),
        ("T-Shirt", "Jeans", "Rain Jacket", "Sneakers", "Wool Sweater", "Summer Dress", "Scarf", "Socks, 5 Pairs"),
    ),
    Category(
        *("Sports", 0.10, 0.09, 47.0, 0.55, 0.08, 240, (1.2, 1.4, 0.9, 1.1)),
        ("Yoga Mat", "Water Bottle", "Tennis Racket", "Running Belt", "Tent", "Dumbbell Set", "Bike Light", "Backpack"),
    ),
    Category(
        *("Beauty", 0.10, 0.12, 21.0, 0.38, 0.03, 60, (1.0, 1.0, 1.0, 1.3)),
        ("Hand Cream", "Shampoo", "Perfume", "Lip Balm", "Face Mask", "Hair Dryer", "Sun Lotion", "Beard Oil"),
    ),
    Category(
        *("Books", 0.10, 0.11, 17.0, 0.58, 0.02, 110, (0.9, 1.1, 1.0, 1.5)),
        ("Crime Novel", "Cookbook", "City Guide", "Biography", "Picture Book", "Atlas", "Dictionary", "Art Book"),
    ),
    Category(
        *("Toys", 0.08, 0.08, 26.0, 0.50, 0.05, 150, (0.9, 0.9, 1.0, 2.4)),
        ("Building Blocks", "Board Game", "Puzzle", "Doll", "Race Track", "Teddy Bear", "Card Game", "Kite"),
    ),
    Category(
        *("Garden", 0.06, 0.05, 34.0, 0.53, 0.05, 340, (2.0, 1.6, 0.8, 0.4)),
        ("Pruning Shears", "Flower Pot", "Garden Hose", "Lantern", "Bird House", "Gloves", "Watering Can", "Hammock"),
    ),
)
BRANDS = ("Norvik", "Alder & Finch", "Brightwell", "Casa Luma", "Tallow", "Everpine", "Kestrel", "Moonrise", "Ostrava")
LINES = ("Classic", "Plus", "Pro", "Lite", "Prime", "Urban", "Nova", "Terra", "Duo", "Max")

COSTS: Floats = np.array([category.cost for category in CATEGORIES])
RETURNED: Floats = np.array([category.returned for category in CATEGORIES])
FREIGHT = np.array([category.freight for category in CATEGORIES])
_DEMAND: Floats = np.array([category.demand for category in CATEGORIES])
_SEASONS: Floats = np.array([category.seasons for category in CATEGORIES]).T
_SPRING, _SUMMER, _AUTUMN, _GIFTS = range(4)
_SEASON_OF_MONTH = {3: _SPRING, 4: _SPRING, 5: _SPRING, 6: _SUMMER, 7: _SUMMER, 8: _SUMMER, 9: _AUTUMN, 10: _AUTUMN}
NOVEMBER, DECEMBER = 11, 12
BLACK_FRIDAY, CHRISTMAS_EVE = 24, 24  # days of November and December between which people buy gifts

_WEEKDAYS = (0.94, 0.90, 0.91, 0.95, 1.02, 1.12, 1.16)  # factors of the number of orders, Monday to Sunday


@dataclass(frozen=True)
class Promotion:
    """A discount on some categories.

    Attributes:
        first: the first day, as (month, day).
        last: the last day, as (month, day).
        discount: share of the price.
        categories: names of the categories.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    discount: float
    categories: tuple[str, ...]


PROMOTIONS = (
    Promotion((1, 2), (1, 20), 0.25, ("Clothing", "Sports")),
    Promotion((4, 1), (4, 14), 0.15, ("Garden", "Home and Kitchen")),
    Promotion((7, 1), (7, 21), 0.20, ("Clothing", "Garden")),
    Promotion((11, BLACK_FRIDAY), (11, 30), 0.20, ("Electronics", "Toys", "Home and Kitchen")),
)


def demand(day: date) -> Floats:
    """Return the demand for each category on a day; the demand of an ordinary day adds up to 1."""
    return _DEMAND if (season := _season(day)) is None else _DEMAND * _SEASONS[season]


def orders_factor(day: date) -> float:
    """Return the factor of the number of orders on a day, by weekday and season."""
    return _WEEKDAYS[day.weekday()] * float(demand(day).sum() / _DEMAND.sum())


def discounts(day: date) -> Floats:
    """Return the discount on each category on a day, as a share of the price."""
    result: Floats = np.zeros(len(CATEGORIES))
    for promotion in PROMOTIONS:
        if promotion.first <= (day.month, day.day) <= promotion.last:
            is_promoted = np.array([category.name in promotion.categories for category in CATEGORIES])
            result = np.maximum(result, promotion.discount * is_promoted)
    return result


def _season(day: date) -> int | None:
    if (day.month == NOVEMBER and day.day >= BLACK_FRIDAY) or (day.month == DECEMBER and day.day <= CHRISTMAS_EVE):
        return _GIFTS
    return _SEASON_OF_MONTH.get(day.month)
