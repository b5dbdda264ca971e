-- One row per month and merchant category: its share of the month's spend, and the change from the month before.
with

totals as (
    select
        *,
        {{ month_start('transaction_date') }} as month_start_date
    from {{ ref('merchant_category_totals') }}
    -- Unknown has no merchant: cash, transfers, and payments to merchants that have not been delivered.
    where merchant_category <> 'Unknown'
),

months as (
    select
        merchant_category,
        month_start_date,
        cast(sum(completed_count) as bigint) as completed_count,
        cast(sum(spend_amount_reporting) as decimal(38, 2)) as spend_amount_reporting,
        cast(sum(unconverted_count) as bigint) as unconverted_count,
        max(_built_at) as _built_at
    from totals
    group by
        merchant_category,
        month_start_date
),

month_sums as (
    select
        month_start_date,
        sum(spend_amount_reporting) as month_amount
    from months
    group by month_start_date
),

compared as (
    select
        months.merchant_category,
        months.month_start_date,
        months.completed_count,
        months.spend_amount_reporting,
        month_sums.month_amount,
        previous.spend_amount_reporting as previous_spend_amount_reporting,
        cast(months.spend_amount_reporting - previous.spend_amount_reporting as decimal(38, 2))
            as change_amount_reporting,
        months.unconverted_count,
        months._built_at
    from months
    inner join month_sums on months.month_start_date = month_sums.month_start_date
    left join months as previous
        on
            months.merchant_category = previous.merchant_category
            and months.month_start_date = cast({{ dbt.dateadd('month', 1, 'previous.month_start_date') }} as date)
),

final as (
    select
        merchant_category,
        {{ date_id('month_start_date') }} as date_id,

        month_start_date,

        completed_count,
        spend_amount_reporting,
        cast({{ divide('spend_amount_reporting', 'month_amount', 6) }} as decimal(9, 6)) as share_of_month,
        previous_spend_amount_reporting,
        change_amount_reporting,
        cast({{ divide('100 * change_amount_reporting', 'previous_spend_amount_reporting', 2) }} as decimal(38, 2))
            as change_percent,
        unconverted_count,

        _built_at
    from compared
)

select * from final
