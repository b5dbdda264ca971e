"""What can be broken in each entity, and which rule of its base model that breaks."""

from __future__ import annotations

from dataclasses import dataclass

from loaders.generate.faults.kinds import Kind


@dataclass(frozen=True)
class Breakable:
    """The columns of an entity by what can be done to them. All columns named here hold a value in every row.

    The rules are named by their column: `<column>_missing`, `<column>_not_parsable`, `<column>_not_positive`,
    `<column>_unknown`; and `text_too_long`.

    Attributes:
        number: of the entity's random streams; part of the output, so append, never renumber.
        key: the business key.
        required: columns of the key whose absence breaks `_missing` and nothing else.
        dates: days and times; for columns that may be empty too.
        numbers: amounts, counts, rates; for columns that may be empty too.
        positive: amounts that must be above zero.
        codes: codes of a reference table; for columns that may be empty too.
        texts: texts of limited length, of which no rule judges the content.
        parents: keys of rows of other entities; may be empty too.
        owner: the parent without which an orphan is in any case, so that it moves no balance of another row; empty if
            an orphan moves none.
        money: the amount by which the audit follows the entity; empty if it does not.
        correctable: a column that a source may correct without consequences; empty if there is none.
        has_history: its states are kept as versions.
    """

    number: int
    key: tuple[str, ...]
    required: tuple[str, ...]
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    owner: str = ""
    money: str = ""
    correctable: str = ""
    has_history: bool = False

    def kinds(self, days_left: int) -> tuple[Kind, ...]:
        """Return the kinds of faults that rows can have, by the number of days that follow in the run."""
        possible = {
            Kind.CHANGED_RESEND: bool(self.correctable),
            Kind.OUT_OF_ORDER: bool(self.correctable),
            Kind.SEVERAL_CHANGES: bool(self.correctable) and self.has_history,
            Kind.LATE_ARRIVAL: days_left > 0,
            Kind.ORPHAN: bool(self.parents),
            Kind.NULL_KEY: bool(self.required),
            Kind.ZERO_AMOUNT: bool(self.positive),
            Kind.NEGATIVE_AMOUNT: bool(self.positive),
            Kind.UNPARSABLE_DATE: bool(self.dates),
            Kind.UNPARSABLE_NUMBER: bool(self.numbers),
            Kind.UNKNOWN_CODE: bool(self.codes),
            Kind.TEXT_TOO_LONG: bool(self.texts),
            Kind.ADDED_COLUMN: False,
            Kind.MISSING_COLUMN: False,
        }
        return tuple(kind for kind in Kind if possible.get(kind, True))


UPDATED_AT = "updated_at"

BREAKABLE = {
    "customers": Breakable(
        1,
        key=("customer_id",),
        required=("customer_id",),
        dates=("date_of_birth", "signup_date", UPDATED_AT),
        numbers=("credit_score",),
        codes=("segment",),
        texts=("first_name", "address", "city"),
        parents=("location_id",),
        correctable="phone",
        has_history=True,
    ),
    "accounts": Breakable(
        2,
        key=("account_id",),
        required=("account_id",),
        dates=("opened_date", UPDATED_AT),
        codes=("account_type", "currency", "account_status"),
        texts=("branch",),
        parents=("customer_id",),
        correctable="branch",
        has_history=True,
    ),
    "transactions": Breakable(
        3,
        key=("transaction_id",),
        required=("transaction_id",),
        dates=("transaction_ts", UPDATED_AT),
        numbers=("amount", "balance_after"),
        positive=("amount",),
        codes=("transaction_type", "currency", "channel", "transaction_status"),
        texts=("merchant_name", "counterparty_account"),
        parents=("account_id", "merchant_id", "location_id"),
        owner="account_id",
        money="amount",
        correctable="counterparty_account",
    ),
    "loans": Breakable(
        4,
        key=("loan_id",),
        required=("loan_id",),
        dates=("start_date", UPDATED_AT),
        numbers=("loan_amount", "interest_rate", "term_months", "monthly_payment"),
        positive=("loan_amount",),
        codes=("loan_type", "currency", "loan_status"),
        texts=("account_id", "customer_id"),
        parents=("account_id", "customer_id", "application_id"),
        money="loan_amount",
        correctable="monthly_payment",
    ),
    "merchants": Breakable(
        5,
        key=("merchant_id",),
        required=("merchant_id",),
        dates=(UPDATED_AT,),
        codes=("category",),
        texts=("merchant_name",),
        parents=("location_id",),
        correctable="merchant_name",
    ),
    "locations": Breakable(
        6,
        key=("location_id",),
        required=("location_id",),
        dates=(UPDATED_AT,),
        numbers=("latitude", "longitude"),
        texts=("state", "city"),
        correctable="city",
    ),
    "loan_applications": Breakable(
        7,
        key=("application_id",),
        required=("application_id",),
        dates=("applied_date", "decided_date", UPDATED_AT),
        numbers=("requested_amount", "term_months"),
        positive=("requested_amount",),
        codes=("loan_type", "currency", "grade", "application_status"),
        texts=("product",),
        parents=("customer_id",),
        money="requested_amount",
        correctable="product",
    ),
    "loan_payments": Breakable(
        8,
        key=("payment_id",),
        required=("payment_id",),
        dates=("due_date", "paid_date", UPDATED_AT),
        numbers=("days_late", "payment_amount", "principal_amount", "interest_amount"),
        positive=("payment_amount",),
        codes=("payment_status",),
        texts=("loan_id",),
        parents=("loan_id",),
        money="payment_amount",
    ),
    "investments": Breakable(
        9,
        key=("investment_id",),
        required=("investment_id",),
        dates=("investment_date", UPDATED_AT),
        numbers=("investment_amount", "investment_return"),
        positive=("investment_amount",),
        codes=("investment_type", "currency"),
        texts=("account_id",),
        parents=("account_id",),
        money="investment_amount",
    ),
    "customer_interactions": Breakable(
        10,
        key=("interaction_id",),
        required=("interaction_id",),
        dates=("interaction_ts", UPDATED_AT),
        numbers=("duration_seconds", "satisfaction_score"),
        codes=("channel", "interaction_type"),
        texts=("customer_id",),
        parents=("customer_id",),
        correctable="duration_seconds",
    ),
    "daily_balances": Breakable(
        11,
        key=("account_id", "balance_date"),
        required=("account_id", "balance_date"),
        dates=("balance_date", UPDATED_AT),
        numbers=("opening_balance", "closing_balance"),
        codes=("currency",),
        texts=("account_id",),
        parents=("account_id",),
        money="closing_balance",
    ),
    # The currency is a code too, so its absence would break two rules.
    "fx_rates": Breakable(
        12,
        key=("currency", "rate_date"),
        required=("rate_date",),
        dates=("rate_date", UPDATED_AT),
        numbers=("rate_to_usd",),
        positive=("rate_to_usd",),
        codes=("currency",),
    ),
    "products": Breakable(
        13,
        key=("product_id",),
        required=("product_id",),
        dates=(UPDATED_AT,),
        numbers=("list_price",),
        positive=("list_price",),
        codes=("category",),
        texts=("product_name", "brand"),
        correctable="product_name",
        has_history=True,
    ),
    "cost_of_goods": Breakable(
        14,
        key=("product_id", "effective_date"),
        required=("product_id", "effective_date"),
        dates=("effective_date", UPDATED_AT),
        numbers=("unit_cost",),
        positive=("unit_cost",),
        texts=("product_id",),
        parents=("product_id",),
    ),
    "campaigns": Breakable(
        15,
        key=("campaign_id",),
        required=("campaign_id",),
        dates=("start_date", "end_date", UPDATED_AT),
        numbers=("budget_amount",),
        positive=("budget_amount",),
        codes=("ad_platform",),
        texts=("campaign_name",),
        correctable="campaign_name",
    ),
    "sales": Breakable(
        16,
        key=("order_line_id",),
        required=("order_line_id",),
        dates=("sold_at", UPDATED_AT),
        numbers=(
            *("quantity", "unit_price", "gross_amount", "discount_amount", "tax_amount"),
            *("shipping_charged_to_customer", "actual_shipping_cost"),
        ),
        positive=("unit_price", "gross_amount"),
        codes=("channel",),
        texts=("order_id", "product_id", "customer_id"),
        parents=("product_id", "customer_id"),
        money="gross_amount",
        correctable="actual_shipping_cost",
    ),
    "marketing_spend": Breakable(
        17,
        key=("campaign_id", "spend_date"),
        required=("campaign_id", "spend_date"),
        dates=("spend_date", UPDATED_AT),
        numbers=("impressions", "clicks", "spend"),
        texts=("campaign_id",),
        parents=("campaign_id",),
        money="spend",
    ),
}
