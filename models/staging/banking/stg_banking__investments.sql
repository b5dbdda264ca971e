-- The latest state of each investment: one row per investment.
{{ config(unique_key=['investment_id']) }}

with

base_investments as (select * from {{ ref('base_banking__investments') }}),

accepted as (
    select
        investment_id,
        account_id,

        investment_type,
        currency,
        investment_date,
        updated_at,

        investment_amount,
        investment_return,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_investments
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['investment_id']) }}
),

final as (
    select
        investment_id,
        account_id,

        investment_type,
        currency,
        investment_date,
        updated_at,

        investment_amount,
        investment_return,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
