-- The latest state of each account: one row per account.
{{ config(unique_key=['account_id']) }}

with

account_versions as (select * from {{ ref('stg_banking__account_versions') }}),

changed as (
    select *
    from account_versions
    where {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('changed', key=['account_id']) }}
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
