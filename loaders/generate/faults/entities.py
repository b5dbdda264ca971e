"""The columns of each entity that faults can break, and the rules that this breaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from loaders.contract import Entity
from loaders.generate.faults.kinds import FILE_KINDS, Kind

UPDATED_AT = "updated_at"
RECORD_STATUS = "record_status"

_DATE_TYPES = ("date", "utc_time", "update_time")
_NUMBER_TYPES = ("amount", "decimal", "integer")


@dataclass(frozen=True)
class _Declared:
    """What a fault needs to know about an entity and the contract does not say.

    Attributes:
        number: identifies the random streams of the entity. The output depends on it: append, never renumber.
        required: columns of the key that break only `<column>_missing` if they are empty.
        positive: amounts that break `<column>_not_positive` if they are zero or negative.
        codes: columns that break `<column>_unknown` if they have an unknown code.
        texts: columns that break only `text_too_long` if they are too long.
        parents: columns with the keys of other entities.
        owner: the parent that every orphan lacks, so that it changes no balance; empty if orphans change none.
        correctable: a column that a source can correct without consequences; empty if there is none.
        has_history: true if silver keeps versions of the entity.
        moment: the business time, by which the audit finds a key that is used again; empty if the audit does not look.
    """

    number: int
    required: tuple[str, ...]
    positive: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    owner: str = ""
    correctable: str = ""
    has_history: bool = False
    moment: str = ""


@dataclass(frozen=True)
class Breakable(_Declared):
    """The columns of an entity, by the faults that they can have.

    Attributes:
        key: the business key.
        control_amount: the control amount; empty if the entity has none.
        dates: dates and times, which break `<column>_not_parsable`.
        numbers: amounts and other numbers, which break `<column>_not_parsable`.
        can_withdraw: true if a row can say that its record was deleted.
    """

    key: tuple[str, ...] = ()
    control_amount: str = ""
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    can_withdraw: bool = False

    def kinds(self, days_left: int) -> tuple[Kind, ...]:
        """Return the kinds of faults that rows can have, by the number of days left in the run."""
        possible = {
            Kind.CHANGED_RESEND: bool(self.correctable),
            Kind.OUT_OF_ORDER: bool(self.correctable),
            Kind.SEVERAL_CHANGES: bool(self.correctable) and self.has_history,
            Kind.SAME_DAY_CORRECTION: bool(self.correctable),
            Kind.LATE_ARRIVAL: days_left > 0,
            Kind.ORPHAN: bool(self.parents),
            Kind.WITHDRAWN: self.can_withdraw,
            Kind.REUSED_KEY: bool(self.moment) and days_left > 1,
            Kind.NULL_KEY: bool(self.required),
            Kind.ZERO_AMOUNT: bool(self.positive),
            Kind.NEGATIVE_AMOUNT: bool(self.positive),
            Kind.UNPARSABLE_DATE: bool(self.dates),
            Kind.UNPARSABLE_NUMBER: bool(self.numbers),
            Kind.UNKNOWN_CODE: bool(self.codes),
            Kind.TEXT_TOO_LONG: bool(self.texts),
            **dict.fromkeys(FILE_KINDS, False),
        }
        return tuple(kind for kind in Kind if possible.get(kind, True))


_DECLARED = {
    "customers": _Declared(
        1,
        required=("customer_id",),
        codes=("segment",),
        texts=("first_name", "address", "city"),
        parents=("location_id",),
        correctable="phone",
        has_history=True,
    ),
    "accounts": _Declared(
        2,
        required=("account_id",),
        codes=("account_type", "currency", "account_status"),
        texts=("branch",),
        parents=("customer_id",),
        correctable="branch",
        has_history=True,
    ),
    "transactions": _Declared(
        3,
        required=("transaction_id",),
        positive=("amount",),
        codes=("transaction_type", "currency", "channel", "transaction_status"),
        texts=("merchant_name", "counterparty_account"),
        parents=("account_id", "merchant_id", "location_id"),
        owner="account_id",
        correctable="counterparty_account",
        moment="transaction_ts",
    ),
    "loans": _Declared(
        4,
        required=("loan_id",),
        positive=("loan_amount",),
        codes=("loan_type", "currency", "loan_status"),
        texts=("account_id", "customer_id"),
        parents=("account_id", "customer_id", "application_id"),
        correctable="monthly_payment",
    ),
    "merchants": _Declared(
        5,
        required=("merchant_id",),
        codes=("category",),
        texts=("merchant_name",),
        parents=("location_id",),
        correctable="merchant_name",
    ),
    "locations": _Declared(
        6,
        required=("location_id",),
        texts=("state", "city"),
        correctable="city",
    ),
    "loan_applications": _Declared(
        7,
        required=("application_id",),
        positive=("requested_amount",),
        codes=("loan_type", "currency", "grade", "application_status"),
        texts=("product",),
        parents=("customer_id",),
        correctable="product",
    ),
    "loan_payments": _Declared(
        8,
        required=("payment_id",),
        positive=("payment_amount",),
        codes=("payment_status",),
        texts=("loan_id",),
        parents=("loan_id",),
    ),
    "investments": _Declared(
        9,
        required=("investment_id",),
        positive=("investment_amount",),
        codes=("investment_type", "currency"),
        texts=("account_id",),
        parents=("account_id",),
    ),
    "customer_interactions": _Declared(
        10,
        required=("interaction_id",),
        codes=("channel", "interaction_type"),
        texts=("customer_id",),
        parents=("customer_id",),
        correctable="duration_seconds",
    ),
    "daily_balances": _Declared(
        11,
        required=("account_id", "balance_date"),
        codes=("currency",),
        texts=("account_id",),
        parents=("account_id",),
    ),
    # Without a currency, a row would break a second rule, because the currency is also a code.
    "fx_rates": _Declared(
        12,
        required=("rate_date",),
        positive=("rate_to_usd",),
        codes=("currency",),
    ),
    "products": _Declared(
        13,
        required=("product_id",),
        positive=("list_price",),
        codes=("category",),
        texts=("product_name", "brand"),
        correctable="product_name",
        has_history=True,
    ),
    "cost_of_goods": _Declared(
        14,
        required=("product_id", "effective_date"),
        positive=("unit_cost",),
        texts=("product_id",),
        parents=("product_id",),
    ),
    "campaigns": _Declared(
        15,
        required=("campaign_id",),
        positive=("budget_amount",),
        codes=("ad_platform",),
        texts=("campaign_name",),
        correctable="campaign_name",
    ),
    "sales": _Declared(
        16,
        required=("order_line_id",),
        codes=("channel",),
        texts=("order_id", "product_id", "customer_id"),
        parents=("product_id", "customer_id"),
        correctable="actual_shipping_cost",
    ),
    "marketing_spend": _Declared(
        17,
        required=("campaign_id", "spend_date"),
        texts=("campaign_id",),
        parents=("campaign_id",),
    ),
}


@cache
def breakable_columns(entity: Entity) -> Breakable | None:
    """Return the columns of an entity that faults can break; None if the entity never has faults."""
    declared = _DECLARED.get(entity.name)
    if declared is None:
        return None
    return Breakable(
        **vars(declared),
        key=entity.key,
        control_amount=entity.amount or "",
        dates=_columns_of(entity, _DATE_TYPES),
        numbers=_columns_of(entity, _NUMBER_TYPES),
        can_withdraw=RECORD_STATUS in entity.delivered_columns,
    )


def _columns_of(entity: Entity, types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column.name for column in entity.columns if column.type.partition("(")[0] in types)
