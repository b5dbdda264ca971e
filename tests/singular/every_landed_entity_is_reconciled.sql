-- Fails for an entity with landed files that is not in audited_entities(), because nothing would reconcile it.
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
