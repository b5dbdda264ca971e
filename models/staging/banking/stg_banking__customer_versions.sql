-- Every state of a customer that the source has sent: one row per customer and update time.
{{ config(unique_key=['customer_id', 'updated_at']) }}

with

base_customers as (select * from {{ ref('base_banking__customers') }}),

accepted as (
    select
        customer_id,
        location_id,

        first_name,
        last_name,
        email,
        phone,
        date_of_birth,
        address,
        city,
        state,
        country,
        segment,
        credit_score,
        signup_date,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        _row_hash
    from base_customers
    where
        _failed_rules = ''
        and {{ loaded_since_last_run() }}
),

ranked as (
    {{ latest_version('accepted', key=['customer_id', 'updated_at']) }}
),

final as (
    select
        customer_id,
        location_id,

        first_name,
        last_name,
        email,
        phone,
        date_of_birth,
        address,
        city,
        state,
        country,
        segment,
        credit_score,
        signup_date,
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
