-- One row per order line, with the versions of product and customer and the cost that were valid at the sale.
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
}) if is_incremental() else none %}

with

product_history as (select * from {{ ref('dim_product_history') }}),

product_costs as (select * from {{ ref('dim_product_cost') }}),

customer_history as (select * from {{ ref('dim_customer_history') }}),

campaigns as (select * from {{ ref('dim_campaign') }}),

channels as (select * from {{ ref('dim_channel') }}),

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
            and {{ valid_at('new_product_versions', 'sales.sold_at') }}
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
            and {{ valid_at('new_customer_versions', 'sales.sold_at') }}
    union
    select sales.order_line_id
    from {{ ref('stg_commerce__sales') }} as sales
    inner join new_campaigns on sales.campaign_id = new_campaigns.campaign_id
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
        *,
        cast(gross_amount - quantity * cast(unit_price as decimal(19, 6)) as decimal(18, 6)) as rounding_amount,
        quantity < 0 as is_return_line,
        -- A line that takes goods back is no sale that could come back.
        is_returned and quantity > 0 as return_flag
    from affected_sales
),

final as (
    select
        priced.order_line_id,
        priced.order_id,
        {{ date_id('priced.sold_date') }} as date_key,
        coalesce(product_history.product_key, 'unknown') as product_key,
        coalesce(product_history.product_sk, 'unknown') as product_sk,
        coalesce(customer_history.customer_id, 'unknown') as customer_key,
        coalesce(customer_history.customer_sk, 'unknown') as customer_sk,
        coalesce(channels.channel_id, -1) as channel_key,
        coalesce(campaigns.campaign_key, 'unknown') as campaign_key,

        priced.product_id as delivered_product_id,
        priced.customer_id as delivered_customer_id,
        priced.campaign_id as delivered_campaign_id,
        priced.sold_at,
        priced.sold_date,
        cast({{ dbt.date_trunc('month', 'priced.sold_date') }} as date) as sold_month,
        priced.return_flag,
        priced.is_return_line,
        -- A flag has no date of its own. The shop sets it with an update.
        case
            when priced.return_flag then {{ business_date('priced.updated_at', 'commerce') }}
            when priced.is_return_line then priced.sold_date
        end as returned_on,
        priced.updated_at,

        priced.quantity,
        priced.unit_price,
        priced.gross_amount as gross_revenue,
        priced.rounding_amount,
        priced.discount_amount,
        -- A returned line is paid back.
        case
            when priced.return_flag then cast(0 as decimal(18, 2))
            else cast(priced.gross_amount - priced.discount_amount as decimal(18, 2))
        end as net_revenue,
        priced.tax_amount,
        priced.shipping_charged_to_customer,
        priced.actual_shipping_cost,
        product_costs.unit_cost as unit_cogs,
        cast(priced.quantity * cast(product_costs.unit_cost as decimal(19, 2)) as decimal(18, 2))
            as calculated_total_cogs,

        priced._source_file,
        priced._source_line,
        {{ load_time_in_fact('priced') }} as _loaded_at,
        coalesce(product_history._loaded_at, {{ beginning_of_time() }}) as _product_loaded_at,
        coalesce(product_costs._loaded_at, {{ beginning_of_time() }}) as _cost_loaded_at,
        coalesce(customer_history._loaded_at, {{ beginning_of_time() }}) as _customer_loaded_at,
        coalesce(campaigns._loaded_at, {{ beginning_of_time() }}) as _campaign_loaded_at,
        {{ load_time(this, '_built_at') }} as _built_at
    from priced
    left join product_history
        on
            priced.product_id = product_history.product_id
            and {{ valid_at('product_history', 'priced.sold_at') }}
    left join product_costs
        on
            priced.product_id = product_costs.delivered_product_id
            and {{ valid_at('product_costs', 'priced.sold_date') }}
    left join customer_history
        on
            priced.customer_id = customer_history.customer_id
            and {{ valid_at('customer_history', 'priced.sold_at') }}
    left join campaigns on priced.campaign_id = campaigns.campaign_id
    left join channels on priced.channel = channels.channel_name
)

{{ fingerprinted('final') }}
