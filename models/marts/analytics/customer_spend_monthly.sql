-- Who spent how much in each month, who spent most, and who more than is normal for them? In US dollars.
-- A changed month changes what is normal in the six months after it: they are added up anew, and no others.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    on_schema_change='fail',
    dist='customer_id',
    sort='month_start_date',
    meta={
        'days_of': {'customer_spend': month_start('transaction_date')},
        'day_column': 'month_start_date',
    },
) }}

{% set changed_months = days_to_rebuild(
    ref('customer_spend'),
    day=month_start('transaction_date'),
    counted='sum(transaction_count)',
    stored_day='month_start_date',
) if is_incremental() else [] %}

with

spend_days as (
    select
        *,
        {{ month_start('transaction_date') }} as month_start_date
    from {{ ref('customer_spend') }}
    where {{ in_months('transaction_date', months_around(changed_months, 6, 6)) if is_incremental() else 'true' }}
),

spend_months as (
    select
        customer_id,
        month_start_date,
        cast(sum(transaction_count) as bigint) as transaction_count,
        count(*) as spend_day_count,
        cast(sum(spend_amount_usd) as decimal(38, 2)) as spend_amount_usd,
        max(_built_at) as _built_at
    from spend_days
    group by
        customer_id,
        month_start_date
),

-- The unknown customer is several: no rank, and nothing that is normal for them.
ranked as (
    select
        spend_months.*,
        case
            when spend_months.customer_id <> 'unknown'
                then
                    dense_rank() over (
                        partition by
                            spend_months.month_start_date,
                            case when spend_months.customer_id = 'unknown' then 1 else 0 end
                        order by spend_months.spend_amount_usd desc
                    )
        end as spend_rank
    from spend_months
    where {{ in_days('month_start_date', months_around(changed_months, 0, 6)) if is_incremental() else 'true' }}
),

-- The months that say what is normal, from the smallest to the largest.
months_before as (
    select
        ranked.customer_id,
        ranked.month_start_date,
        spend_months.spend_amount_usd,
        row_number() over (
            partition by
                ranked.customer_id,
                ranked.month_start_date
            order by
                spend_months.spend_amount_usd,
                spend_months.month_start_date
        ) as place,
        count(*) over (
            partition by
                ranked.customer_id,
                ranked.month_start_date
        ) as month_count
    from ranked
    inner join spend_months
        on
            ranked.customer_id = spend_months.customer_id
            and ranked.month_start_date > spend_months.month_start_date
            and ranked.month_start_date <= {{ dbt.dateadd('month', 6, 'spend_months.month_start_date') }}
    where ranked.customer_id <> 'unknown'
),

-- The month in the middle; of an even number the two in the middle.
normal as (
    select
        customer_id,
        month_start_date,
        max(month_count) as normal_months,
        sum(case when 2 * place between month_count and month_count + 2 then spend_amount_usd end) as middle_amount,
        count(case when 2 * place between month_count and month_count + 2 then 1 end) as middle_count
    from months_before
    group by
        customer_id,
        month_start_date
),

compared as (
    select
        ranked.customer_id,
        ranked.month_start_date,
        ranked.transaction_count,
        ranked.spend_day_count,
        ranked.spend_amount_usd,
        cast(ranked.spend_rank as integer) as spend_rank,
        cast(coalesce(normal.normal_months, 0) as integer) as normal_months,
        cast(
            case
                when normal.normal_months >= 3 then {{ divide('normal.middle_amount', 'normal.middle_count', 2) }}
            end as decimal(38, 2)
        ) as normal_spend_usd,
        ranked._built_at
    from ranked
    left join normal
        on
            ranked.customer_id = normal.customer_id
            and ranked.month_start_date = normal.month_start_date
),

final as (
    select
        customer_id,
        {{ date_id('month_start_date') }} as date_id,

        month_start_date,

        transaction_count,
        spend_day_count,
        spend_amount_usd,
        spend_rank,
        coalesce(spend_rank <= 10, false) as is_top_spender,
        normal_months,
        normal_spend_usd,
        spend_amount_usd > 2 * normal_spend_usd as is_over_normal,

        _built_at
    from compared
)

select * from final
