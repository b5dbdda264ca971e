{% set rules = {
    'order_line_id_missing': 'raw_order_line_id is null',
    'order_id_missing': 'raw_order_id is null',
    'sold_at_missing': 'raw_sold_at is null',
    'sold_at_not_parsable': 'raw_sold_at is not null and sold_at is null',
    'sold_at_out_of_calendar': out_of_calendar('sold_at'),
    'product_id_missing': 'raw_product_id is null',
    'channel_unknown': 'channels.channel_name is null',
    'quantity_missing': 'raw_quantity is null',
    'quantity_not_parsable': 'raw_quantity is not null and quantity is null',
    'quantity_not_positive': 'quantity <= 0',
    'unit_price_missing': 'raw_unit_price is null',
    'unit_price_not_parsable': 'raw_unit_price is not null and unit_price is null',
    'unit_price_not_positive': 'unit_price <= 0',
    'gross_amount_missing': 'raw_gross_amount is null',
    'gross_amount_not_parsable': 'raw_gross_amount is not null and gross_amount is null',
    'gross_amount_not_positive': 'gross_amount <= 0',
    'gross_amount_not_quantity_times_price':
        'quantity > 0 and unit_price > 0 and gross_amount > 0 '
        ~ 'and gross_amount <> quantity * cast(unit_price as decimal(19, 2))',
    'discount_amount_missing': 'raw_discount_amount is null',
    'discount_amount_not_parsable': 'raw_discount_amount is not null and discount_amount is null',
    'discount_amount_negative': 'discount_amount < 0',
    'discount_amount_above_gross_amount': 'gross_amount > 0 and discount_amount > gross_amount',
    'tax_amount_missing': 'raw_tax_amount is null',
    'tax_amount_not_parsable': 'raw_tax_amount is not null and tax_amount is null',
    'tax_amount_negative': 'tax_amount < 0',
    'shipping_charged_to_customer_missing': 'raw_shipping_charged_to_customer is null',
    'shipping_charged_to_customer_not_parsable':
        'raw_shipping_charged_to_customer is not null and shipping_charged_to_customer is null',
    'shipping_charged_to_customer_negative': 'shipping_charged_to_customer < 0',
    'actual_shipping_cost_missing': 'raw_actual_shipping_cost is null',
    'actual_shipping_cost_not_parsable': 'raw_actual_shipping_cost is not null and actual_shipping_cost is null',
    'actual_shipping_cost_negative': 'actual_shipping_cost < 0',
    'is_returned_missing': 'raw_is_returned is null',
    'is_returned_not_parsable': 'raw_is_returned is not null and is_returned is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long([
        'order_line_id', 'order_id', 'product_id', 'customer_id', 'campaign_id', 'channel',
    ]),
} %}
{{ config(
    meta={'rules': rules},
    dist='order_line_id',
    sort='_loaded_at',
) }}

with

delivered as (
    {{ delivered_rows('commerce', 'sales') }}
),

channels as (select * from {{ ref('channels') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_order_line_id', 256) }} as order_line_id,
        {{ try_to_text('raw_order_id', 256) }} as order_id,
        {{ try_to_text('raw_product_id', 256) }} as product_id,
        {{ try_to_text('raw_customer_id', 256) }} as customer_id,
        {{ try_to_text('raw_campaign_id', 256) }} as campaign_id,
        {{ try_to_text('raw_channel', 256) }} as channel,
        {{ try_to_utc('raw_sold_at') }} as sold_at,
        {{ try_to_boolean('raw_is_returned') }} as is_returned,
        {{ try_to_utc('raw_updated_at') }} as updated_at,
        {{ try_to_integer('raw_quantity') }} as quantity,
        {{ try_to_amount('raw_unit_price') }} as unit_price,
        {{ try_to_amount('raw_gross_amount') }} as gross_amount,
        {{ try_to_amount('raw_discount_amount') }} as discount_amount,
        {{ try_to_amount('raw_tax_amount') }} as tax_amount,
        {{ try_to_amount('raw_shipping_charged_to_customer') }} as shipping_charged_to_customer,
        {{ try_to_amount('raw_actual_shipping_cost') }} as actual_shipping_cost
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join channels on typed.raw_channel = channels.channel_name
),

final as (
    select
        order_line_id,
        order_id,
        product_id,
        customer_id,
        campaign_id,

        channel,
        sold_at,
        is_returned,
        updated_at,

        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        tax_amount,
        shipping_charged_to_customer,
        actual_shipping_cost,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('commerce', 'sales') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('commerce', 'sales') }} end as _raw_record
    from judged
)

select * from final
