-- Every order line of which more units came back than were sold. A shop delivers a return as a flag or as a line of its
-- own. If it delivers both, the units and the revenue are taken back twice.
{{ config(materialized='view') }}

with

sales as (select * from {{ ref('fact_sales') }}),

return_lines as (
    select
        returned_line_id as order_line_id,
        max(_source_file) as source_file,
        cast(count(*) as bigint) as return_line_count,
        cast(sum(-quantity) as bigint) as returned_quantity
    from sales
    where
        quantity < 0
        and returned_line_id is not null
    group by returned_line_id
),

compared as (
    select
        sales.order_line_id,
        sales.order_id,
        sales.return_flag,
        greatest(
            return_lines.source_file,
            case when sales.return_flag then sales._source_file else return_lines.source_file end
        ) as source_file,
        cast(sales.quantity as bigint) as sold_quantity,
        cast(
            return_lines.returned_quantity + case when sales.return_flag then sales.quantity else 0 end as bigint
        ) as returned_quantity,
        return_lines.return_line_count,
        sales._loaded_at
    from sales
    inner join return_lines on sales.order_line_id = return_lines.order_line_id
),

final as (
    select
        order_line_id,
        order_id,

        return_flag,
        source_file,

        sold_quantity,
        returned_quantity,
        return_line_count,

        _loaded_at
    from compared
    where returned_quantity > sold_quantity
)

select * from final
