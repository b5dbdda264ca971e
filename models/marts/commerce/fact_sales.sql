-- One row per order line, with the versions of product and customer and the cost that were valid at the sale.
-- Lines that take goods or money back have negative amounts, and a line without goods the amounts of its order, so sums
-- need no filter. Amounts are in the currency of the line, and in the reporting currency at the rate of its day.
{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    unique_key=['order_line_id'],
    on_schema_change='fail',
    dist='product_key',
    sort='sold_date',
) }}

{%- set news = news_of({
    '_loaded_at': ref('stg_commerce__sales'),
    '_product_loaded_at': ref('dim_product_history'),
    '_cost_loaded_at': ref('dim_product_cost'),
    '_customer_loaded_at': ref('dim_customer_history'),
    '_campaign_loaded_at': ref('dim_campaign'),
    '_fx_rate_loaded_at': ref('dim_fx_rate'),
}) if is_incremental() else none %}

{#- What is valid at a sale: at its time, or at the beginning of its day if it has none. #}
{%- set sold_moment = business_moment('sales.sold_at', 'commerce', 'sales.has_time') %}

with

product_history as (select * from {{ ref('dim_product_history') }}),

product_costs as (select * from {{ ref('dim_product_cost') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

campaigns as (select * from {{ ref('dim_campaign') }}),

channels as (select * from {{ ref('dim_channel') }}),

fx_rates as (select * from {{ ref('dim_fx_rate') }}),

currencies as (select * from {{ ref('dim_currency') }}),

{% if is_incremental() -%}
-- A new version or cost changes the sales in its interval, even if that interval is long past.
new_product_versions as (
    select *
    from product_history
    where _loaded_at > {{ news.since['_product_loaded_at'] }}
),

new_product_costs as (
    select *
    from product_costs
    where _loaded_at > {{ news.since['_cost_loaded_at'] }}
),

new_customer_versions as (
    select *
    from customer_history
    where _loaded_at > {{ news.since['_customer_loaded_at'] }}
),

-- Campaigns have no versions. A new one can replace the unknown campaign of stored facts.
new_campaigns as (
    select *
    from campaigns
    where _loaded_at > {{ news.since['_campaign_loaded_at'] }}
),

new_fx_rates as (
    select *
    from fx_rates
    where _loaded_at > {{ news.since['_fx_rate_loaded_at'] }}
),

-- Each part reads staging itself. A CTE for all of them would hold every row and column in memory.
affected as (
    select order_line_id
    from {{ ref('stg_commerce__sales') }}
    where _loaded_at > {{ news.since['_loaded_at'] }}
    union
    select sales.order_line_id
    from {{ ref('stg_commerce__sales') }} as sales
    inner join new_product_versions
        on
            sales.product_id = new_product_versions.product_id
            and {{ valid_at('new_product_versions', sold_moment) }}
    union
    select sales.order_line_id
    from {{ ref('stg_commerce__sales') }} as sales
    inner join new_product_costs
        on
            sales.product_id = new_product_costs.delivered_product_id
            and {{ valid_at('new_product_costs', 'sales.sold_date') }}
    union
    select sales.order_line_id
    from {{ ref('stg_commerce__sales') }} as sales
    inner join new_customer_versions
        on
            sales.customer_id = new_customer_versions.customer_id
            and {{ valid_at('new_customer_versions', sold_moment) }}
    union
    select sales.order_line_id
    from {{ ref('stg_commerce__sales') }} as sales
    inner join new_campaigns on sales.campaign_id = new_campaigns.campaign_id
    union
    select sales.order_line_id
    from {{ ref('stg_commerce__sales') }} as sales
    inner join new_fx_rates
        on
            sales.currency = new_fx_rates.currency_code
            and sales.sold_date = new_fx_rates.rate_date
),

affected_sales as (
    select sales.*
    from {{ ref('stg_commerce__sales') }} as sales
    inner join affected on sales.order_line_id = affected.order_line_id
    where {{ news.any }}
),
{%- else -%}
affected_sales as (
    select staged.*
    from {{ ref('stg_commerce__sales') }} as staged
    where {{ is_active('staged') }}
),
{%- endif %}

priced as (
    select
        affected_sales.*,
        {{ business_moment('affected_sales.sold_at', 'commerce', 'affected_sales.has_time') }} as versions_at,
        coalesce(affected_sales.currency, {{ text_literal(reporting_currency()) }}) as currency_code,
        -- A line without goods has no price that could be rounded.
        case
            when affected_sales.quantity = 0 then cast(0 as decimal(18, 6))
            else cast(
                affected_sales.gross_amount
                - affected_sales.quantity * cast(affected_sales.unit_price as decimal(19, 6)) as decimal(18, 6)
            )
        end as rounding_amount,
        {{ takes_back('affected_sales') }} as is_return_line,
        -- A line that takes goods back is no sale that could come back.
        affected_sales.is_returned and affected_sales.quantity > 0 as return_flag
    from affected_sales
),

-- A line in the reporting currency has seen all rates, so that new ones are no news for a shop that needs none.
newest_rate as (
    select coalesce(max(_loaded_at), {{ beginning_of_time() }}) as _loaded_at
    from fx_rates
),

converted as (
    select
        priced.*,
        {% for name, amount in sales_amounts('priced').items() -%}
        {{ in_reporting_currency(amount, 'priced.currency_code', 'fx_rates.rate_to_reporting') }}
            as {{ name }}_reporting,
        {% endfor -%}
        {{ in_reporting_currency(
            'priced.rounding_amount', 'priced.currency_code', 'fx_rates.rate_to_reporting', decimals=6
        ) }} as rounding_amount_reporting,
        case
            when priced.currency_code = {{ text_literal(reporting_currency()) }} then newest_rate._loaded_at
            else fx_rates._loaded_at
        end as fx_rate_loaded_at
    from priced
    cross join newest_rate
    left join fx_rates
        on
            priced.currency = fx_rates.currency_code
            and priced.sold_date = fx_rates.rate_date
),

final as (
    select
        converted.order_line_id,
        converted.order_id,
        {{ date_id('converted.sold_date') }} as date_key,
        coalesce(product_history.product_key, 'unknown') as product_key,
        coalesce(product_history.product_sk, 'unknown') as product_sk,
        coalesce(customer_history.customer_id, 'unknown') as customer_key,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        coalesce(channels.channel_id, -1) as channel_key,
        coalesce(campaigns.campaign_key, 'unknown') as campaign_key,
        coalesce(currencies.currency_id, -1) as currency_id,

        converted.product_id as delivered_product_id,
        converted.customer_id as delivered_customer_id,
        converted.campaign_id as delivered_campaign_id,
        converted.returned_line_id,
        converted.sold_at,
        converted.sold_date,
        cast({{ dbt.date_trunc('month', 'converted.sold_date') }} as date) as sold_month,
        converted.return_flag,
        converted.is_return_line,
        -- A flag has no date of its own. The shop sets it with an update.
        case
            when converted.return_flag then {{ business_date('converted.updated_at', 'commerce') }}
            when converted.is_return_line then converted.sold_date
        end as returned_on,
        converted.updated_at,

        converted.quantity,
        converted.unit_price,
        converted.gross_amount as gross_revenue,
        converted.rounding_amount,
        converted.discount_amount,
        -- A returned line is paid back.
        case
            when converted.return_flag then cast(0 as decimal(18, 2))
            else cast(converted.gross_amount - converted.discount_amount as decimal(18, 2))
        end as net_revenue,
        converted.tax_amount,
        converted.shipping_charged_to_customer,
        converted.actual_shipping_cost,
        cast(coalesce(converted.payment_fee_amount, 0) as decimal(18, 2)) as payment_fee_amount,
        cast(coalesce(converted.platform_fee_amount, 0) as decimal(18, 2)) as platform_fee_amount,

        converted.gross_revenue_reporting,
        converted.rounding_amount_reporting,
        converted.discount_amount_reporting,
        case
            when not converted.return_flag
                then cast(converted.gross_revenue_reporting - converted.discount_amount_reporting as decimal(18, 2))
            when converted.gross_revenue_reporting is not null then cast(0 as decimal(18, 2))
        end as net_revenue_reporting,
        converted.tax_amount_reporting,
        converted.shipping_charged_to_customer_reporting,
        converted.actual_shipping_cost_reporting,
        converted.payment_fee_amount_reporting,
        converted.platform_fee_amount_reporting,
        product_costs.unit_cost as unit_cogs,
        -- A line without goods costs none, even if its product has no known cost.
        case
            when converted.quantity = 0 then cast(0 as decimal(18, 2))
            else cast(converted.quantity * cast(product_costs.unit_cost as decimal(19, 2)) as decimal(18, 2))
        end as calculated_total_cogs,

        converted._source_file,
        converted._source_line,
        {{ load_time_in_fact('converted') }} as _loaded_at,
        coalesce(product_history._loaded_at, {{ beginning_of_time() }}) as _product_loaded_at,
        coalesce(product_costs._loaded_at, {{ beginning_of_time() }}) as _cost_loaded_at,
        coalesce(customer_history._loaded_at, {{ beginning_of_time() }}) as _customer_loaded_at,
        coalesce(campaigns._loaded_at, {{ beginning_of_time() }}) as _campaign_loaded_at,
        coalesce(converted.fx_rate_loaded_at, {{ beginning_of_time() }}) as _fx_rate_loaded_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from converted
    left join product_history
        on
            converted.product_id = product_history.product_id
            and {{ valid_at('product_history', 'converted.versions_at') }}
    left join product_costs
        on
            converted.product_id = product_costs.delivered_product_id
            and {{ valid_at('product_costs', 'converted.sold_date') }}
    left join customer_history
        on
            converted.customer_id = customer_history.customer_id
            and {{ valid_at('customer_history', 'converted.versions_at') }}
    left join campaigns on converted.campaign_id = campaigns.campaign_id
    left join channels on converted.channel = channels.channel_name
    left join currencies on converted.currency_code = currencies.currency_code
)

{{ fingerprinted('final') }}
