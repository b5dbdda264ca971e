-- One row per customer: RFM scores and segment (recency, frequency, monetary amount), lifetime value and churn.
-- A table, because every row changes with every new day. It reads daily sums, not transactions.
{{ config(dist='customer_id') }}

{#- Frequency, amount and churn look at these last days. #}
{%- set active_days = 90 %}

with

customers as (
    select *
    from {{ ref('dim_customer') }}
    where
        customer_id <> 'unknown'
        and not is_deleted
),

accounts as (select * from {{ ref('dim_account') }}),

account_statuses as (select * from {{ ref('account_statuses') }}),

daily_summaries as (select * from {{ ref('customer_daily_summary') }}),

rfm_segments as (select * from {{ ref('rfm_segments') }}),

deliveries as (select * from {{ ref('base_control__deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'transactions') }}
),

as_of as (
    select {{ last_day_not_ahead('daily_summaries.transaction_date', 'last_arrival.arrived_on') }} as as_of_date
    from daily_summaries
    cross join last_arrival
),

activity as (
    select
        daily_summaries.customer_id,
        -- A booking can lie ahead, such as on the Monday after a weekend.
        max(least(daily_summaries.transaction_date, as_of.as_of_date)) as last_active_date,
        sum(
            case
                when daily_summaries.transaction_date > {{ dbt.dateadd('day', -active_days, 'as_of.as_of_date') }}
                    then daily_summaries.completed_count
                else 0
            end
        ) as frequency,
        sum({{ wide_when(
            'daily_summaries.transaction_date > ' ~ dbt.dateadd('day', -active_days, 'as_of.as_of_date'),
            'daily_summaries.debit_amount_reporting + daily_summaries.credit_amount_reporting',
        ) }}) as monetary_reporting,
        sum(daily_summaries.debit_amount_reporting + daily_summaries.credit_amount_reporting)
            as lifetime_value_reporting
    from daily_summaries
    cross join as_of
    where daily_summaries.completed_count > 0
    group by daily_summaries.customer_id
),

-- Customers without a completed transaction are not ranked. rank() gives equal values equal scores, ntile() would not.
-- Each order starts at the end with many ties: the last day, no transactions, and no amount.
ranked as (
    select
        activity.customer_id,
        count(*) over () as customer_count,
        rank() over (
            order by activity.last_active_date desc
        ) - 1 as more_recent_count,
        rank() over (
            order by activity.frequency
        ) - 1 as less_frequent_count,
        rank() over (
            order by activity.monetary_reporting
        ) - 1 as lower_count
    from activity
    inner join customers on activity.customer_id = customers.customer_id
),

scored as (
    select
        customer_id,
        6 - ({{ fifth('more_recent_count', 'customer_count') }}) as recency_score,
        {{ fifth('less_frequent_count', 'customer_count') }} as frequency_score,
        {{ fifth('lower_count', 'customer_count') }} as monetary_score
    from ranked
),

value_scores as (
    select
        customer_id,
        recency_score,
        frequency_score,
        monetary_score,
        cast({{ divide('frequency_score + monetary_score', '2', 0) }} as integer) as value_score
    from scored
),

holdings as (
    select
        accounts.customer_id,
        count(*) as account_count,
        -- An account that the source has deleted keeps its last status.
        sum(case when account_statuses.is_open and not accounts.is_deleted then 1 else 0 end) as open_account_count
    from accounts
    left join account_statuses on accounts.account_status = account_statuses.account_status
    group by accounts.customer_id
),

final as (
    select
        customers.customer_id,

        as_of.as_of_date,
        customers.signup_date,
        activity.last_active_date,
        coalesce(rfm_segments.rfm_segment, 'Never Active') as rfm_segment,
        -- A new customer without a transaction is not churned before the window ends.
        coalesce(
            coalesce(activity.last_active_date, customers.signup_date)
            <= {{ dbt.dateadd('day', -active_days, 'as_of.as_of_date') }},
            true
        ) or (
            coalesce(holdings.account_count, 0) > 0
            and coalesce(holdings.open_account_count, 0) = 0
        ) as is_churned,

        cast({{ dbt.datediff('activity.last_active_date', 'as_of.as_of_date', 'day') }} as integer) as recency_days,
        cast(coalesce(activity.frequency, 0) as bigint) as frequency,
        {{ wide_or_zero('activity.monetary_reporting') }} as monetary_reporting,
        value_scores.recency_score,
        value_scores.frequency_score,
        value_scores.monetary_score,
        value_scores.value_score,
        {{ wide_or_zero('activity.lifetime_value_reporting') }} as lifetime_value_reporting,
        cast({{ dbt.datediff('customers.signup_date', 'as_of.as_of_date', 'day') }} as integer) as tenure_days,
        cast(coalesce(holdings.account_count, 0) as bigint) as account_count,
        cast(coalesce(holdings.open_account_count, 0) as bigint) as open_account_count
    from customers
    cross join as_of
    left join activity on customers.customer_id = activity.customer_id
    left join value_scores on customers.customer_id = value_scores.customer_id
    left join rfm_segments
        on
            value_scores.recency_score = rfm_segments.recency_score
            and value_scores.value_score = rfm_segments.value_score
    left join holdings on customers.customer_id = holdings.customer_id
)

select * from final
