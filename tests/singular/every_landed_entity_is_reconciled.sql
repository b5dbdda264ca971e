-- A new entity whose files land but that no one added to audited_entities() would be loaded without any proof.
with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

reconciliation as (select * from {{ ref('layer_reconciliation') }}),

final as (
    select distinct
        deliveries.domain,
        deliveries.entity
    from deliveries
    left join reconciliation
        on
            deliveries.domain = reconciliation.domain
            and deliveries.entity = reconciliation.entity
    where
        deliveries.delivery_status = 'landed'
        and reconciliation.entity is null
)

select * from final
