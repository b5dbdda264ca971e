-- Every state of a account that the source has sent: one row per account and update time.
{{ config(unique_key=['account_id', 'updated_at']) }}

with

base_accounts as (select * from {{ ref('base_banking__accounts') }}),

accepted as (
    select
        account_id,
        customer_id,

        account_type,
        currency,
        account_status,
        branch,
        opened_date,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_accounts
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['account_id', 'updated_at']) }}
),

final as (
    select
        account_id,
        customer_id,

        account_type,
        currency,
        account_status,
        branch,
        opened_date,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from ranked
    where version_rank = 1
)

select * from final
