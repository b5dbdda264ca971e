-- The latest state of each daily balance: one row per account and day.
{{ config(
    unique_key=['account_id', 'balance_date'],
    dist='account_id',
    sort='_loaded_at',
) }}

with

base_daily_balances as (select * from {{ ref('base_banking__daily_balances') }}),

accepted as (
    select
        account_id,
        balance_date,

        currency,
        updated_at,

        opening_balance,
        closing_balance,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_daily_balances
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['account_id', 'balance_date']) }}
),

final as (
    select
        account_id,
        balance_date,

        currency,
        updated_at,

        opening_balance,
        closing_balance,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
