-- Which facts point at an unknown member, and how old are they? Young ones wait for a delivery that is late; old ones
-- wait for one that will not come. A fact that the source gave no such key is not counted: it misses nothing.
{#
    Fact, dimension, the fact's business date, the condition under which the fact has such a key, and the one under which
    it is on the unknown member.
#}
{% set keys = [
    ('fact_transaction', 'dim_account', 'transaction_date', 'true', "account_id = 'unknown'"),
    ('fact_transaction', 'dim_customer', 'transaction_date', 'true', "customer_id = 'unknown'"),
    ('fact_transaction', 'dim_merchant', 'transaction_date', 'delivered_merchant_id is not null', "merchant_id = 'unknown'"),
    ('fact_transaction', 'dim_location', 'transaction_date', 'delivered_location_id is not null', "location_id = 'unknown'"),
    ('fact_daily_balances', 'dim_account', 'balance_date', 'true', "account_id = 'unknown'"),
    ('fact_daily_balances', 'dim_customer', 'balance_date', 'true', "customer_id = 'unknown'"),
    ('fact_loan', 'dim_customer', 'applied_date', 'delivered_customer_id is not null', "customer_id = 'unknown'"),
    ('fact_loan_payment', 'dim_loan', 'due_date', 'true', "loan_id = 'unknown'"),
    ('fact_investment', 'dim_account', 'investment_date', 'true', "account_id = 'unknown'"),
    ('fact_investment', 'dim_customer', 'investment_date', 'true', "customer_id = 'unknown'"),
    ('fact_customer_interactions', 'dim_customer', 'interaction_date', 'true', "customer_id = 'unknown'"),
    ('fact_sales', 'dim_product', 'sold_date', 'delivered_product_id is not null', "product_key = 'unknown'"),
    ('fact_sales', 'dim_customer', 'sold_date', 'delivered_customer_id is not null', "customer_key = 'unknown'"),
    ('fact_sales', 'dim_campaign', 'sold_date', 'delivered_campaign_id is not null', "campaign_key = 'unknown'"),
    ('fact_marketing_spend', 'dim_campaign', 'spend_date', 'true', "campaign_key = 'unknown'"),
] -%}

with

-- No wall clock: the age is the same whenever it is worked out from the same deliveries.
business_days as (
    select max(transaction_date) as last_business_day
    from {{ ref('fact_transaction') }}
),

age_bands as (
    {% for name, days_from, days_to in [
        ('0-7 days', none, 7), ('8-30 days', 8, 30), ('31-90 days', 31, 90), ('over 90 days', 91, none),
    ] -%}
    select
        cast('{{ name }}' as varchar(16)) as age_band,
        -- A date in the future is young.
        cast({{ days_from if days_from is not none else -10000000 }} as integer) as days_from,
        cast({{ days_to if days_to is not none else 10000000 }} as integer) as days_to
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

keyed_facts as (
    {% for fact, dimension, date_column, is_applicable, is_unknown in keys -%}
    select
        {{ text_literal(fact) }} as fact,
        {{ text_literal(dimension) }} as dimension,
        {{ date_column }} as business_date,
        count(*) as fact_count,
        sum(case when {{ is_unknown }} then 1 else 0 end) as unknown_count
    from {{ ref(fact) }}
    where {{ is_applicable }}
    group by {{ date_column }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

aged as (
    select
        keyed_facts.*,
        -- Without any transaction there is no business day, and nothing is old.
        coalesce(
            {{ dbt.datediff('keyed_facts.business_date', 'business_days.last_business_day', 'day') }}, 0
        ) as age_days
    from keyed_facts
    cross join business_days
),

-- Every fact and dimension, those without any row included.
covered as (
    {% for fact, dimension, date_column, is_applicable, is_unknown in keys -%}
    select
        {{ text_literal(fact) }} as fact,
        {{ text_literal(dimension) }} as dimension
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        covered.fact,
        covered.dimension,
        age_bands.age_band,
        cast(coalesce(sum(aged.fact_count), 0) as bigint) as fact_count,
        cast(coalesce(sum(aged.unknown_count), 0) as bigint) as unknown_count,
        min(case when aged.unknown_count > 0 then aged.business_date end) as oldest_unknown_date
    from covered
    cross join age_bands
    left join aged
        on
            covered.fact = aged.fact
            and covered.dimension = aged.dimension
            and age_bands.days_from <= aged.age_days
            and age_bands.days_to >= aged.age_days
    group by
        covered.fact,
        covered.dimension,
        age_bands.age_band
),

final as (
    select
        fact,
        dimension,
        age_band,

        fact_count,
        unknown_count,
        cast(coalesce({{ divide('unknown_count', 'fact_count', 6) }}, 0) as decimal(9, 6)) as unknown_share,
        oldest_unknown_date
    from counted
)

select * from final
