-- Number of hits of each fraud rule, and how many of them were on high-risk transactions.
with

transaction_risk as (select * from {{ ref('transaction_risk') }}),

dim_risk_rule as (select * from {{ ref('dim_risk_rule') }})

select
    dim_risk_rule.rule,
    dim_risk_rule.typology,
    dim_risk_rule.weight,
    count(transaction_risk.transaction_id) as hit_count,
    sum(case when transaction_risk.is_high_risk then 1 else 0 end) as high_risk_count
from dim_risk_rule
left join transaction_risk
    on position('; ' || dim_risk_rule.rule || ' +' in '; ' || transaction_risk.risk_reasons) > 0
group by
    dim_risk_rule.rule,
    dim_risk_rule.typology,
    dim_risk_rule.weight
order by
    hit_count desc,
    dim_risk_rule.rule asc
