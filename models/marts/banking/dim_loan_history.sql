-- One row per version of a granted loan.
{{ config(dist='loan_id') }}

with

loan_states as (select * from {{ ref('snap_banking__loans') }}),

-- A correction closes the snapshot row that it replaces.
versions as (
    select *
    from loan_states
    where dbt_valid_to is null
),

intervals as (
    {{ version_intervals('versions', 'loan_id') }}
),

keyed as (
    select
        loan_id,
        {{ dbt_utils.generate_surrogate_key(['loan_id', 'updated_at']) }} as loan_sk,
        account_id as delivered_account_id,
        customer_id as delivered_customer_id,
        application_id,

        product,
        coalesce(loan_type, 'Unknown') as loan_type,
        currency,
        loan_status,
        start_date,
        loan_amount,
        interest_rate,
        term_months,
        monthly_payment,
        {{ is_withdrawn() }} as is_deleted,
        updated_at,

        valid_from,
        valid_to,
        is_current,
        _loaded_at
    from intervals
),

unknown_member as (
    select
        {{ text_literal('unknown') }} as loan_id,
        {{ text_literal('unknown') }} as loan_sk,
        cast(null as varchar(256)) as delivered_account_id,
        cast(null as varchar(256)) as delivered_customer_id,
        cast(null as varchar(256)) as application_id,

        cast(null as varchar(256)) as product,
        {{ text_literal('Unknown') }} as loan_type,
        {{ text_literal('Unknown') }} as currency,
        {{ text_literal('Unknown') }} as loan_status,
        cast(null as date) as start_date,
        cast(null as decimal(18, 2)) as loan_amount,
        cast(null as decimal(9, 4)) as interest_rate,
        cast(null as integer) as term_months,
        cast(null as decimal(18, 2)) as monthly_payment,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,

        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        {{ beginning_of_time() }} as _loaded_at
),

final as (
    select * from keyed
    union all
    select * from unknown_member
)

select * from final
