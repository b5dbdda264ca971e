-- One row per transaction, with the versions of account, customer and merchant that were valid when it took place.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    unique_key=['transaction_id'],
    on_schema_change='fail',
    dist='account_id',
    sort='transaction_date',
) }}

{%- set news = news_of({
    '_loaded_at': ref('stg_banking__transactions'),
    '_account_loaded_at': ref('dim_account_history'),
    '_customer_loaded_at': ref('dim_customer_history'),
    '_merchant_loaded_at': ref('dim_merchant_history'),
    '_location_loaded_at': ref('dim_location'),
    '_fx_rate_loaded_at': ref('dim_fx_rate'),
}) if is_incremental() else none %}

{#- What is valid at a transaction: at its time, or at the beginning of its day if it has none. #}
{%- set staged_moment = business_moment('staged.transaction_ts', 'banking', 'staged.has_time') %}

with

transaction_statuses as (select * from {{ ref('transaction_statuses') }}),

account_history as (select * from {{ ref('dim_account_history') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

merchant_history as (select * from {{ ref('dim_merchant_history') }}),

locations as (select * from {{ ref('dim_location') }}),

fx_rates as (select * from {{ ref('dim_fx_rate') }}),

transaction_types as (select * from {{ ref('dim_transaction_type') }}),

channels as (select * from {{ ref('dim_channel') }}),

currencies as (select * from {{ ref('dim_currency') }}),

{% if is_incremental() -%}
-- A new version changes the keys of the transactions in its interval, even if that interval is long past.
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

new_merchant_versions as (
    select *
    from merchant_history
    where _loaded_at > {{ news.since['_merchant_loaded_at'] }}
),

-- Locations have no versions. A new one can replace the unknown location of stored facts.
new_locations as (
    select *
    from locations
    where _loaded_at > {{ news.since['_location_loaded_at'] }}
),

new_fx_rates as (
    select *
    from fx_rates
    where _loaded_at > {{ news.since['_fx_rate_loaded_at'] }}
),

-- Each part reads staging itself. A CTE for all of them would hold every row and column in memory.
affected as (
    select transaction_id
    from {{ ref('stg_banking__transactions') }}
    where _loaded_at > {{ news.since['_loaded_at'] }}
    union
    select staged.transaction_id
    from {{ ref('stg_banking__transactions') }} as staged
    inner join new_merchant_versions
        on
            staged.merchant_id = new_merchant_versions.merchant_id
            and {{ valid_at('new_merchant_versions', staged_moment) }}
    union
    select staged.transaction_id
    from {{ ref('stg_banking__transactions') }} as staged
    inner join new_locations on staged.location_id = new_locations.location_id
    union
    select staged.transaction_id
    from {{ ref('stg_banking__transactions') }} as staged
    inner join new_fx_rates
        on
            staged.currency = new_fx_rates.currency_code
            and staged.transaction_date = new_fx_rates.rate_date
    union
    select staged.transaction_id
    from {{ ref('stg_banking__transactions') }} as staged
    inner join new_account_versions
        on
            staged.account_id = new_account_versions.account_id
            and {{ valid_at('new_account_versions', staged_moment) }}
    union
    select staged.transaction_id
    from {{ ref('stg_banking__transactions') }} as staged
    inner join account_history
        on
            staged.account_id = account_history.account_id
            and {{ valid_at('account_history', staged_moment) }}
    inner join new_customer_versions
        on
            account_history.delivered_customer_id = new_customer_versions.customer_id
            and {{ valid_at('new_customer_versions', staged_moment) }}
),

affected_transactions as (
    select staged.*
    from {{ ref('stg_banking__transactions') }} as staged
    inner join affected on staged.transaction_id = affected.transaction_id
    where {{ news.any }}
),
{%- else -%}
affected_transactions as (
    select staged.*
    from {{ ref('stg_banking__transactions') }} as staged
    where {{ is_counted('staged') }}
),
{%- endif %}

-- A status that is not in the seed moves no balance.
classified as (
    select
        affected_transactions.*,
        {{ business_moment('affected_transactions.transaction_ts', 'banking', 'affected_transactions.has_time') }}
            as versions_at,
        coalesce(transaction_statuses.moves_balance, false) as is_completed,
        coalesce(transaction_statuses.is_pending, false) as is_pending
    from affected_transactions
    left join transaction_statuses
        on affected_transactions.transaction_status = transaction_statuses.transaction_status
),

final as (
    select
        classified.transaction_id,
        coalesce(account_history.account_id, 'unknown') as account_id,
        coalesce(account_history.account_sk, 'unknown') as account_sk,
        coalesce(customer_history.customer_id, 'unknown') as customer_id,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        {{ date_id('classified.transaction_date') }} as date_id,
        coalesce(transaction_types.transaction_type_id, -1) as transaction_type_id,
        coalesce(channels.channel_id, -1) as channel_id,
        coalesce(locations.location_id, 'unknown') as location_id,
        coalesce(merchant_history.merchant_id, 'unknown') as merchant_id,
        coalesce(merchant_history.merchant_sk, 'unknown') as merchant_sk,
        coalesce(currencies.currency_id, -1) as currency_id,

        classified.account_id as delivered_account_id,
        classified.merchant_id as delivered_merchant_id,
        classified.location_id as delivered_location_id,
        classified.transaction_status,
        classified.is_completed,
        classified.is_pending,
        classified.transaction_ts,
        -- Rows that were loaded before this column existed have no value. They count as they did.
        coalesce(classified.has_time, true) as has_time,
        classified.transaction_date,
        {{ business_date('classified.transaction_ts', 'banking', 'classified.has_time') }} as event_date,
        classified.merchant_name,
        classified.category,
        classified.updated_at,

        classified.amount as transaction_amount,
        classified.amount_signed,
        case when classified.is_completed then classified.amount_signed else cast(0 as decimal(18, 2)) end
            as posted_amount,
        {{ in_reporting_currency('classified.amount', 'classified.currency', 'fx_rates.rate_to_reporting') }}
            as transaction_amount_reporting,
        cast(case
            when classified.is_completed
                then {{ in_reporting_currency(
                    'classified.amount_signed', 'classified.currency', 'fx_rates.rate_to_reporting'
                ) }}
            when {{ reporting_rate('classified.currency', 'fx_rates.rate_to_reporting') }} is not null
                then cast(0 as decimal(18, 2))
        end as decimal(18, 2)) as posted_amount_reporting,

        classified._source_file,
        classified._source_line,
        {{ load_time_in_fact('classified', counted=is_counted('classified')) }} as _loaded_at,
        coalesce(account_history._loaded_at, {{ beginning_of_time() }}) as _account_loaded_at,
        coalesce(customer_history._loaded_at, {{ beginning_of_time() }}) as _customer_loaded_at,
        coalesce(merchant_history._loaded_at, {{ beginning_of_time() }}) as _merchant_loaded_at,
        coalesce(locations._loaded_at, {{ beginning_of_time() }}) as _location_loaded_at,
        coalesce(fx_rates._loaded_at, {{ beginning_of_time() }}) as _fx_rate_loaded_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from classified
    left join account_history
        on
            classified.account_id = account_history.account_id
            and {{ valid_at('account_history', 'classified.versions_at') }}
    left join customer_history
        on
            account_history.delivered_customer_id = customer_history.customer_id
            and {{ valid_at('customer_history', 'classified.versions_at') }}
    left join merchant_history
        on
            classified.merchant_id = merchant_history.merchant_id
            and {{ valid_at('merchant_history', 'classified.versions_at') }}
    left join locations on classified.location_id = locations.location_id
    left join fx_rates
        on
            classified.currency = fx_rates.currency_code
            and classified.transaction_date = fx_rates.rate_date
    left join transaction_types
        on classified.transaction_type = transaction_types.transaction_type_name
    left join channels on classified.channel = channels.channel_name
    left join currencies on classified.currency = currencies.currency_code
)

{{ fingerprinted('final') }}
