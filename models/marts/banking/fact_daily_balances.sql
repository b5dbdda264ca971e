-- One row per account and day by the bank's own books, with the versions of account and customer at its end.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    unique_key=['delivered_account_id', 'balance_date'],
    on_schema_change='fail',
    dist='account_id',
    sort='balance_date',
) }}

{%- set news = news_of({
    '_loaded_at': ref('stg_banking__daily_balances'),
    '_account_loaded_at': ref('dim_account_history'),
    '_customer_loaded_at': ref('dim_customer_history'),
    '_fx_rate_loaded_at': ref('dim_fx_rate'),
}) if is_incremental() else none %}

with

account_history as (select * from {{ ref('dim_account_history') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

fx_rates as (select * from {{ ref('dim_fx_rate') }}),

currencies as (select * from {{ ref('dim_currency') }}),

{% if is_incremental() -%}
-- A new version changes the keys of the balances in its interval, even if that interval is long past.
new_account_versions as (
    select *
    from account_history
    where _loaded_at > {{ news.since['_account_loaded_at'] }}
),

new_customer_versions as (
    select *
    from customer_history
    where _loaded_at > {{ news.since['_customer_loaded_at'] }}
),

new_fx_rates as (
    select *
    from fx_rates
    where _loaded_at > {{ news.since['_fx_rate_loaded_at'] }}
),

-- Each part reads staging itself. A CTE for all of them would hold every row and column in memory.
affected as (
    select
        account_id,
        balance_date
    from {{ ref('stg_banking__daily_balances') }}
    where _loaded_at > {{ news.since['_loaded_at'] }}
    union
    select
        balances.account_id,
        balances.balance_date
    from {{ ref('stg_banking__daily_balances') }} as balances
    inner join new_account_versions
        on
            balances.account_id = new_account_versions.account_id
            and {{ valid_at_end_of('new_account_versions', 'balances.balance_date', 'banking') }}
    union
    select
        balances.account_id,
        balances.balance_date
    from {{ ref('stg_banking__daily_balances') }} as balances
    inner join account_history
        on
            balances.account_id = account_history.account_id
            and {{ valid_at_end_of('account_history', 'balances.balance_date', 'banking') }}
    inner join new_customer_versions
        on
            account_history.delivered_customer_id = new_customer_versions.customer_id
            and {{ valid_at_end_of('new_customer_versions', 'balances.balance_date', 'banking') }}
    union
    select
        balances.account_id,
        balances.balance_date
    from {{ ref('stg_banking__daily_balances') }} as balances
    inner join new_fx_rates
        on
            balances.currency = new_fx_rates.currency_code
            and balances.balance_date = new_fx_rates.rate_date
),

affected_balances as (
    select balances.*
    from {{ ref('stg_banking__daily_balances') }} as balances
    inner join affected
        on
            balances.account_id = affected.account_id
            and balances.balance_date = affected.balance_date
    where {{ news.any }}
),
{%- else -%}
affected_balances as (
    select staged.*
    from {{ ref('stg_banking__daily_balances') }} as staged
    where {{ is_active('staged') }}
),
{%- endif %}

final as (
    select
        coalesce(account_history.account_id, 'unknown') as account_id,
        coalesce(account_history.account_sk, 'unknown') as account_sk,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        {{ date_id('affected_balances.balance_date') }} as date_id,
        coalesce(currencies.currency_id, -1) as currency_id,

        affected_balances.account_id as delivered_account_id,
        affected_balances.balance_date,
        affected_balances.updated_at,

        affected_balances.opening_balance,
        affected_balances.closing_balance,
        -- 19 digits: the difference of two balances can be twice as large as either.
        cast(
            cast(affected_balances.closing_balance as decimal(19, 2)) - affected_balances.opening_balance
            as decimal(38, 2)
        ) as net_change,
        {{ in_reporting_currency(
            'affected_balances.closing_balance', 'affected_balances.currency', 'fx_rates.rate_to_reporting'
        ) }} as closing_balance_reporting,

        affected_balances._source_file,
        affected_balances._source_line,
        {{ load_time_in_fact('affected_balances') }} as _loaded_at,
        coalesce(account_history._loaded_at, {{ beginning_of_time() }}) as _account_loaded_at,
        coalesce(customer_history._loaded_at, {{ beginning_of_time() }}) as _customer_loaded_at,
        coalesce(fx_rates._loaded_at, {{ beginning_of_time() }}) as _fx_rate_loaded_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from affected_balances
    left join account_history
        on
            affected_balances.account_id = account_history.account_id
            and {{ valid_at_end_of('account_history', 'affected_balances.balance_date', 'banking') }}
    left join customer_history
        on
            account_history.delivered_customer_id = customer_history.customer_id
            and {{ valid_at_end_of('customer_history', 'affected_balances.balance_date', 'banking') }}
    left join fx_rates
        on
            affected_balances.currency = fx_rates.currency_code
            and affected_balances.balance_date = fx_rates.rate_date
    left join currencies on affected_balances.currency = currencies.currency_code
)

{{ fingerprinted('final') }}
