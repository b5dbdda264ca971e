-- Number of hits of each fraud rule, and how many of them were on high-risk transactions.
with

transaction_risk as (select * from {{ ref('transaction_risk') }}),

risk_rules as (select * from {{ ref('risk_rules') }})

select
    risk_rules.rule,
    risk_rules.typology,
    risk_rules.weight,
    count(transaction_risk.transaction_id) as hit_count,
    sum(case when transaction_risk.is_high_risk then 1 else 0 end) as high_risk_count
from risk_rules
left join transaction_risk
    on position('; ' || risk_rules.rule || ' +' in '; ' || transaction_risk.risk_reasons) > 0
group by
    risk_rules.rule,
    risk_rules.typology,
    risk_rules.weight
order by
    hit_count desc,
    risk_rules.rule asc
