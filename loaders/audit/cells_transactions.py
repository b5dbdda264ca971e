"""The tables of gold that are made of transactions."""

from __future__ import annotations

from loaders.audit.cell import Cell, Distinct, Formula, Measure, Rows

MONTH = "cast(date_trunc('month', facts.transaction_date) as date)"
COUNT: dict[str, Measure] = {"transaction_count": "1"}
_DEBIT = "case when facts.posted_amount < 0 then -facts.posted_amount else 0.00 end"
_CREDIT = "case when facts.posted_amount > 0 then facts.posted_amount else 0.00 end"
_DEBIT_REPORTING = "case when facts.posted_amount_reporting < 0 then -facts.posted_amount_reporting else 0.00 end"
_CREDIT_REPORTING = "case when facts.posted_amount_reporting > 0 then facts.posted_amount_reporting else 0.00 end"
_SPEND_REPORTING = (
    "case when facts.merchant_id <> 'unknown' and facts.posted_amount_reporting < 0 "
    "then -facts.posted_amount_reporting else 0.00 end"
)
_COMPLETED_REPORTING = "case when facts.is_completed then facts.transaction_amount_reporting else 0.00 end"
_COMPLETED_UNCONVERTED = "case when facts.is_completed and facts.transaction_amount_reporting is null then 1 else 0 end"
_COMPLETED: dict[str, Measure] = {"completed_count": "case when facts.is_completed then 1 else 0 end"}
_UNCONVERTED: dict[str, Measure] = {
    "unconverted_count": "case when facts.posted_amount_reporting is null then 1 else 0 end"
}
_MERCHANTS = "case when facts.merchant_id <> 'unknown' then facts.merchant_id end"
_SUBJECT = (
    "case when facts.customer_id = 'unknown' then 'account ' || facts.delivered_account_id else facts.customer_id end"
)
_OF_LAST_DAYS = "facts.transaction_date > cells.as_of_date - 90"
_DAY = {"transaction_date": "facts.transaction_date"}
_CURRENCY = {"currency_id": "facts.currency_id"}
_CUSTOMER = {"customer_id": "facts.customer_id"}
_CATEGORY = {"merchant_category": "merchants.merchant_category"}
_IN_MONTH = {"month_start_date": MONTH}
_ITSELF = {"transaction_id": "facts.transaction_id"}
_WITH_MERCHANT = "merchants.merchant_category <> 'Unknown'"

TRANSACTIONS = Rows(
    "fact_transaction",
    "banking.transactions",
    ("transaction_id",),
    joins="""
        inner join {gold}.dim_merchant_history as merchants on facts.merchant_sk = merchants.merchant_sk
        inner join {gold}.dim_currency as currencies on facts.currency_id = currencies.currency_id
        inner join {gold}.dim_transaction_type as types on facts.transaction_type_id = types.transaction_type_id
    """,
)
# A month of a customer counts the days on which the customer spent something.
_ON_SPEND_DAYS = Rows(
    "fact_transaction",
    "banking.transactions",
    ("transaction_id",),
    joins="""
        inner join {gold}.customer_daily_summary as days
            on facts.customer_id = days.customer_id and facts.transaction_date = days.transaction_date
    """,
)

TRANSACTION_CELLS = (
    Cell(
        "transaction_features",
        TRANSACTIONS,
        _ITSELF,
        {"transaction_amount_reporting": "facts.transaction_amount_reporting"},
    ),
    Cell(
        "transaction_risk",
        TRANSACTIONS,
        _ITSELF,
        {"transaction_amount_reporting": "facts.transaction_amount_reporting"},
    ),
    Cell(
        "transaction_detail",
        TRANSACTIONS,
        _ITSELF,
        {
            "amount": "facts.transaction_amount",
            "amount_signed": "facts.amount_signed",
            "posted_amount": "facts.posted_amount",
            "amount_reporting": "facts.transaction_amount_reporting",
            "posted_amount_reporting": "facts.posted_amount_reporting",
        },
    ),
    Cell(
        "transaction_habits",
        TRANSACTIONS,
        {
            "subject_id": _SUBJECT,
            "transaction_type_id": "facts.transaction_type_id",
            "week_start_date": "cast(date_trunc('week', facts.event_date) as date)",
        },
        COUNT,
    ),
    *(
        Cell(
            name,
            TRANSACTIONS,
            _DAY | _CURRENCY,
            COUNT
            | _COMPLETED
            | {
                "debit_count": "case when facts.is_completed and types.amount_sign < 0 then 1 else 0 end",
                "credit_count": "case when facts.is_completed and types.amount_sign > 0 then 1 else 0 end",
                "transaction_amount": "facts.transaction_amount",
                "debit_amount": _DEBIT,
                "credit_amount": _CREDIT,
            },
        )
        for name in ("daily_transaction_totals", "daily_transaction_volume")
    ),
    Cell(
        "daily_net_balance_change",
        TRANSACTIONS,
        _DAY | {"account_id": "facts.account_id"} | _CURRENCY,
        COUNT | {"debit_amount": _DEBIT, "credit_amount": _CREDIT, "net_change": "facts.posted_amount"},
    ),
    # What was posted is added up in the account's own currency.
    Cell(
        "dim_account",
        TRANSACTIONS,
        {"account_id": "facts.account_id", "currency": "currencies.currency_code"},
        {
            "posted_amount": "facts.posted_amount",
            "posted_later_amount": "case when facts.transaction_date <= cells.delivered_balance_date then 0.00 "
            "else facts.posted_amount end",
            "balance": Formula("coalesce(delivered_balance, 0) + posted_later_amount"),
        },
        expected="false",
    ),
    Cell(
        "customer_daily_summary",
        TRANSACTIONS,
        _DAY | _CUSTOMER,
        COUNT
        | _COMPLETED
        | {
            "account_count": Distinct("facts.account_id"),
            "merchant_count": Distinct(_MERCHANTS),
            "debit_amount_reporting": _DEBIT_REPORTING,
            "credit_amount_reporting": _CREDIT_REPORTING,
            "spend_amount_reporting": _SPEND_REPORTING,
        }
        | _UNCONVERTED,
    ),
    Cell(
        "customer_spend",
        TRANSACTIONS,
        _DAY | _CUSTOMER,
        COUNT | {"merchant_count": Distinct(_MERCHANTS), "spend_amount_reporting": _SPEND_REPORTING},
        expected=f"sum({_SPEND_REPORTING}) > 0",
    ),
    Cell(
        "customer_spend_monthly",
        _ON_SPEND_DAYS,
        _IN_MONTH | _CUSTOMER,
        COUNT | {"spend_day_count": Distinct("facts.transaction_date"), "spend_amount_reporting": _SPEND_REPORTING},
        where="days.spend_amount_reporting > 0",
    ),
    # Customers who were deleted have no segment.
    Cell(
        "customer_segments",
        TRANSACTIONS,
        _CUSTOMER,
        {
            "lifetime_value_reporting": "abs(facts.posted_amount_reporting)",
            "frequency": f"case when facts.is_completed and {_OF_LAST_DAYS} then 1 else 0 end",
            "monetary_reporting": f"case when {_OF_LAST_DAYS} then abs(facts.posted_amount_reporting) else 0.00 end",
        },
        expected="false",
    ),
    Cell(
        "merchant_daily_revenue",
        TRANSACTIONS,
        _DAY | {"merchant_id": "facts.merchant_id"} | _CATEGORY,
        COUNT
        | _COMPLETED
        | {"customer_count": Distinct("facts.customer_id"), "revenue_reporting": _DEBIT_REPORTING}
        | _UNCONVERTED,
    ),
    Cell(
        "merchant_category_totals",
        TRANSACTIONS,
        _DAY | _CATEGORY,
        COUNT | _COMPLETED | {"spend_amount_reporting": _DEBIT_REPORTING} | _UNCONVERTED,
    ),
    Cell(
        "merchant_category_spend",
        TRANSACTIONS,
        _DAY | _CATEGORY,
        _COMPLETED | {"spend_amount_reporting": _DEBIT_REPORTING} | _UNCONVERTED,
        where=_WITH_MERCHANT,
    ),
    Cell(
        "merchant_category_spend_monthly",
        TRANSACTIONS,
        _IN_MONTH | _CATEGORY,
        _COMPLETED
        | {
            "spend_amount_reporting": _DEBIT_REPORTING,
            "change_amount_reporting": Formula("spend_amount_reporting - previous_spend_amount_reporting"),
            "change_percent": Formula("100 * change_amount_reporting", "previous_spend_amount_reporting", 2),
        }
        | _UNCONVERTED,
        where=_WITH_MERCHANT,
    ),
    Cell(
        "geographic_distribution",
        TRANSACTIONS,
        _DAY | {"location_id": "facts.location_id"},
        COUNT
        | _COMPLETED
        | {
            "customer_count": Distinct("facts.customer_id"),
            "completed_amount_reporting": _COMPLETED_REPORTING,
            "unconverted_count": _COMPLETED_UNCONVERTED,
        },
    ),
    Cell(
        "channel_effectiveness",
        TRANSACTIONS,
        _IN_MONTH | {"channel_id": "facts.channel_id"},
        COUNT
        | _COMPLETED
        | {
            "failed_count": "case when facts.is_completed or facts.is_pending then 0 else 1 end",
            "pending_count": "case when facts.is_pending then 1 else 0 end",
            "completion_rate": Formula("completed_count", "completed_count + failed_count", 6),
            "customer_count": Distinct("case when facts.customer_id <> 'unknown' then facts.customer_id end"),
            "completed_amount_reporting": _COMPLETED_REPORTING,
            "mean_amount_reporting": Formula("completed_amount_reporting", "completed_count - unconverted_count", 2),
            "unconverted_count": _COMPLETED_UNCONVERTED,
        },
    ),
)
