"""The steps in SQL that DuckDB and Spark both understand."""

from __future__ import annotations

DIMENSIONS = {
    "accounts": "dev_gold.dim_account_history",
    "customers": "dev_gold.dim_customer_history",
    "merchants": "dev_gold.dim_merchant_history",
    "locations": "dev_gold.dim_location",
    "rates": "dev_gold.dim_fx_rate",
    "types": "dev_silver.transaction_types",
    "currencies": "dev_silver.currencies",
    "channels": "dev_silver.channels",
    "statuses": "dev_silver.transaction_statuses",
}
"""The tables that the steps take as given, and where they are in the warehouse."""

TEXTS = (
    *("transaction_id", "account_id", "transaction_type", "amount", "currency", "transaction_ts", "channel"),
    *("transaction_status", "merchant_name", "category", "counterparty_account", "balance_after"),
    *("merchant_id", "location_id"),
)
"""The delivered columns that are content: all but the update time."""

_IN_REPORTING = "cast(round(cast({amount} as decimal(19, 2)) * rates.rate_to_reporting, 2) as decimal(18, 2))"
_TRIMMED = ",\n".join(f"nullif(trim({column}), '') as {column}" for column in (*TEXTS, "updated_at"))
_NUMBERS_AND_TIMES = {"amount", "transaction_ts", "balance_after"}
_TYPED = ",\n".join(f"trimmed.{column}" for column in TEXTS if column not in _NUMBERS_AND_TIMES)
_HASHED = ", ".join(f"trimmed.{column}" for column in TEXTS)
_FAILED_RULES = ",\n".join(
    f"case when {condition} then '{rule}' end"
    for rule, condition in {
        "transaction_id_missing": "typed.transaction_id is null",
        "account_id_missing": "typed.account_id is null",
        "transaction_type_unknown": "types.transaction_type_name is null",
        "amount_not_parsable": "typed.amount is null",
        "amount_not_positive": "typed.amount <= 0",
        "currency_unknown": "currencies.currency_code is null",
        "transaction_ts_not_parsable": "typed.transaction_ts is null",
        "transaction_ts_out_of_calendar": "not (typed.transaction_ts >= timestamp '1970-01-01 00:00:00' "
        "and typed.transaction_ts < timestamp '2050-01-01 00:00:00')",
        "channel_unknown": "typed.channel is not null and channels.channel_name is null",
        "transaction_status_unknown": "statuses.transaction_status is null",
        "updated_at_not_parsable": "typed.updated_at is null",
    }.items()
)


def steps(sha256: str) -> dict[str, str]:
    """Return the query of each step, by the name of its table. `sha256` is a template of the engine's function."""
    row_hash = sha256.format(f"concat_ws(chr(31), {_HASHED})")
    return {
        "base": f"""
            with trimmed as (select {_TRIMMED}, source_file, source_line from delivered),
            typed as (
                select
                    {_TYPED},
                    try_cast(trimmed.amount as decimal(18, 2)) as amount,
                    try_cast(trimmed.transaction_ts as timestamp) as transaction_ts,
                    try_cast(trimmed.balance_after as decimal(18, 2)) as balance_after,
                    try_cast(coalesce(trimmed.updated_at, trimmed.transaction_ts) as timestamp) as updated_at,
                    source_file, cast(source_line as integer) as source_line, {row_hash} as row_hash
                from trimmed
            )
            select typed.*, concat_ws(',', {_FAILED_RULES}) as failed_rules
            from typed
            left join types on typed.transaction_type = types.transaction_type_name
            left join currencies on typed.currency = currencies.currency_code
            left join channels on typed.channel = channels.channel_name
            left join statuses on typed.transaction_status = statuses.transaction_status
        """,
        "stg": """
            with ranked as (
                select *, row_number() over (
                    partition by transaction_id order by updated_at desc, source_file desc, source_line desc
                ) as version_rank
                from base
                where failed_rules = ''
            )
            select ranked.*, cast(transaction_ts as date) as transaction_date,
                cast(ranked.amount * types.amount_sign as decimal(18, 2)) as amount_signed
            from ranked
            left join types on ranked.transaction_type = types.transaction_type_name
            where version_rank = 1
        """,
        "fact": f"""
            select
                stg.transaction_id,
                coalesce(accounts.account_id, 'unknown') as account_id,
                coalesce(accounts.account_sk, 'unknown') as account_sk,
                coalesce(customers.customer_id, 'unknown') as customer_id,
                coalesce(customers.customer_sk, 'unknown') as customer_sk,
                coalesce(merchants.merchant_id, 'unknown') as merchant_id,
                coalesce(merchants.merchant_sk, 'unknown') as merchant_sk,
                coalesce(locations.location_id, 'unknown') as location_id,
                stg.transaction_type, stg.currency, stg.channel, stg.transaction_status, stg.transaction_ts,
                stg.transaction_date, stg.category, stg.updated_at, stg.amount, stg.amount_signed,
                statuses.moves_balance as is_completed,
                case when statuses.moves_balance then stg.amount_signed else cast(0 as decimal(18, 2)) end
                    as posted_amount,
                {_IN_REPORTING.format(amount="stg.amount")} as amount_reporting,
                case
                    when statuses.moves_balance then {_IN_REPORTING.format(amount="stg.amount_signed")}
                    when rates.rate_to_reporting is not null then cast(0 as decimal(18, 2))
                end as posted_amount_reporting
            from stg
            left join statuses on stg.transaction_status = statuses.transaction_status
            left join accounts
                on stg.account_id = accounts.account_id
                and stg.transaction_ts >= accounts.valid_from and stg.transaction_ts < accounts.valid_to
            left join customers
                on accounts.delivered_customer_id = customers.customer_id
                and stg.transaction_ts >= customers.valid_from and stg.transaction_ts < customers.valid_to
            left join merchants
                on stg.merchant_id = merchants.merchant_id
                and stg.transaction_ts >= merchants.valid_from and stg.transaction_ts < merchants.valid_to
            left join locations on stg.location_id = locations.location_id
            left join rates on stg.currency = rates.currency_code and stg.transaction_date = rates.rate_date
        """,
        "customer": """
            select
                customer_id, transaction_date, count(*) as transaction_count,
                sum(case when is_completed then 1 else 0 end) as completed_count,
                count(distinct account_id) as account_count,
                count(distinct case when merchant_id <> 'unknown' then merchant_id end) as merchant_count,
                sum(case when posted_amount_reporting < 0 then -posted_amount_reporting else 0 end)
                    as debit_amount_reporting,
                sum(case when posted_amount_reporting > 0 then posted_amount_reporting else 0 end)
                    as credit_amount_reporting
            from fact
            group by customer_id, transaction_date
        """,
        "merchant": """
            select
                fact.merchant_id, merchants.merchant_category, fact.transaction_date, count(*) as transaction_count,
                sum(case when fact.is_completed then 1 else 0 end) as completed_count,
                count(distinct fact.customer_id) as customer_count,
                sum(case when fact.posted_amount_reporting < 0 then -fact.posted_amount_reporting else 0 end)
                    as revenue_reporting
            from fact
            inner join merchants on fact.merchant_sk = merchants.merchant_sk
            group by fact.merchant_id, merchants.merchant_category, fact.transaction_date
        """,
    }


_TOTALS = {
    "base": ("sum(amount)", "count(distinct row_hash)"),
    "stg": ("sum(amount_signed)",),
    "fact": ("sum(posted_amount)", "sum(amount_reporting)", "sum(posted_amount_reporting)"),
    "customer": (
        "sum(debit_amount_reporting)",
        "sum(credit_amount_reporting)",
        "sum(merchant_count)",
        "sum(account_count)",
    ),
    "merchant": ("sum(revenue_reporting)", "sum(customer_count)", "sum(completed_count)"),
}
# The same totals of the tables of the warehouse.
WAREHOUSE = {
    "base": ("dev_silver.base_banking__transactions", {"row_hash": "_row_hash"}),
    "stg": ("dev_silver.stg_banking__transactions", {}),
    "fact": ("dev_gold.fact_transaction", {"amount_reporting": "transaction_amount_reporting"}),
    "customer": ("dev_gold.customer_daily_summary", {}),
    "merchant": ("dev_gold.merchant_daily_revenue", {}),
}


def totals_query(step: str, table: str | None = None) -> str:
    """Return the query for the number of rows and the sums of a step's table, as texts."""
    renamed: dict[str, str] = WAREHOUSE[step][1] if table else {}
    totals = ["count(*)", *_TOTALS[step]]
    for name, actual in renamed.items():
        totals = [total.replace(f"({name})", f"({actual})").replace(f" {name})", f" {actual})") for total in totals]
    return f"select {', '.join(f'cast({total} as varchar(50))' for total in totals)} from {table or step}"
