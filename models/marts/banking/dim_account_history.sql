-- One row per version of an account. An owner who has not been delivered is the unknown customer.
{{ config(dist='account_id') }}

with

account_states as (select * from {{ ref('snap_banking__accounts') }}),

customers as (select * from {{ ref('dim_customer') }}),

-- A correction closes the snapshot row that it replaces.
versions as (
    select *
    from account_states
    where dbt_valid_to is null
),

intervals as (
    {{ version_intervals('versions', 'account_id') }}
),

with_owner as (
    select
        intervals.account_id,
        {{ dbt_utils.generate_surrogate_key(['intervals.account_id', 'intervals.updated_at']) }} as account_sk,
        coalesce(customers.customer_id, 'unknown') as customer_id,
        intervals.customer_id as delivered_customer_id,

        intervals.account_type,
        intervals.currency,
        intervals.account_status,
        intervals.branch,
        intervals.opened_date,
        {{ is_withdrawn('intervals') }} as is_deleted,
        intervals.updated_at,

        intervals.valid_from,
        intervals.valid_to,
        intervals.is_current,
        intervals._loaded_at
    from intervals
    left join customers on intervals.customer_id = customers.customer_id
),

unknown_member as (
    select
        {{ text_literal('unknown') }} as account_id,
        {{ text_literal('unknown') }} as account_sk,
        {{ text_literal('unknown') }} as customer_id,
        cast(null as varchar(256)) as delivered_customer_id,

        {{ text_literal('Unknown') }} as account_type,
        {{ text_literal('Unknown') }} as currency,
        {{ text_literal('Unknown') }} as account_status,
        cast(null as varchar(1024)) as branch,
        cast(null as date) as opened_date,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,

        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        {{ beginning_of_time() }} as _loaded_at
),

final as (
    select * from with_owner
    union all
    select * from unknown_member
)

select * from final
