-- The seed risk_rules for analysts, who cannot read silver.
{{ config(dist='all') }}

with

risk_rules as (select * from {{ ref('risk_rules') }}),

final as (
    select
        rule,

        typology,
        explanation,

        weight
    from risk_rules
)

select * from final
