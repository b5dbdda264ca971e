-- One row per version of a product.
{{ config(dist='product_key') }}

with

product_states as (select * from {{ ref('snap_commerce__products') }}),

-- A correction closes the snapshot row that it replaces.
versions as (
    select *
    from product_states
    where dbt_valid_to is null
),

intervals as (
    {{ version_intervals('versions', 'product_id') }}
),

keyed as (
    select
        product_id as product_key,
        product_id,
        {{ dbt_utils.generate_surrogate_key(['product_id', 'updated_at']) }} as product_sk,

        product_name,
        category as product_category,
        brand,
        {{ is_withdrawn() }} as is_deleted,
        updated_at,

        list_price,

        valid_from,
        valid_to,
        is_current,
        _loaded_at
    from intervals
),

unknown_member as (
    select
        {{ text_literal('unknown') }} as product_key,
        {{ text_literal('unknown') }} as product_id,
        {{ text_literal('unknown') }} as product_sk,

        {{ text_literal('Unknown') }} as product_name,
        {{ text_literal('Unknown') }} as product_category,
        cast(null as varchar(1024)) as brand,
        false as is_deleted,
        {{ beginning_of_time() }} as updated_at,

        cast(null as decimal(18, 2)) as list_price,

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
