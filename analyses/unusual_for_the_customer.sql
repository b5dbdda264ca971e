-- Completed transactions that differ most from the customer's usual amount for their type.
with

features as (select * from {{ ref('transaction_features') }}),

transactions as (select * from {{ ref('fact_transaction') }})

select
    features.transaction_id,
    features.customer_id,
    features.transaction_type_name,
    features.transaction_amount_reporting,
    features.typical_amount_reporting,
    features.habit_count,
    features.outlier_score
from features
inner join transactions on features.transaction_id = transactions.transaction_id
where
    transactions.is_completed
    and features.outlier_score is not null
order by
    abs(features.outlier_score) desc,
    features.transaction_id asc
limit 20
