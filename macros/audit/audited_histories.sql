{#
    The histories of gold: the entity, its key, the dimension of its current versions, and the tables that the history is
    made of. The macro adds the names of silver's tables.

    dimension_rows: how the rows of the dimension that come from the entity are counted, where it also has others.
#}
{% macro audited_histories() %}
    {%- set histories = [
        {
            'domain': 'banking',
            'entity': 'customers',
            'key': 'customer_id',
            'versions': 'stg_banking__customer_versions',
            'history': 'dim_customer_history',
            'dimension': 'dim_customer',
        },
        {
            'domain': 'banking',
            'entity': 'accounts',
            'key': 'account_id',
            'versions': 'stg_banking__account_versions',
            'history': 'dim_account_history',
            'dimension': 'dim_account',
        },
        {
            'domain': 'banking',
            'entity': 'loans',
            'key': 'loan_id',
            'versions': 'stg_banking__loan_versions',
            'history': 'dim_loan_history',
            'dimension': 'dim_loan',
            'dimension_rows': "sum(case when is_granted and not is_deleted and loan_id <> 'unknown' then 1 else 0 end)",
        },
        {
            'domain': 'banking',
            'entity': 'merchants',
            'key': 'merchant_id',
            'versions': 'stg_banking__merchant_versions',
            'history': 'dim_merchant_history',
            'dimension': 'dim_merchant',
        },
        {
            'domain': 'commerce',
            'entity': 'products',
            'key': 'product_id',
            'versions': 'stg_commerce__product_versions',
            'history': 'dim_product_history',
            'dimension': 'dim_product',
        },
    ] -%}
    {%- for history in histories -%}
        {%- do history.update({
            'stg': 'stg_' ~ history.domain ~ '__' ~ history.entity,
            'snapshot': 'snap_' ~ history.domain ~ '__' ~ history.entity,
        }) -%}
    {%- endfor -%}
    {{ return(histories) }}
{% endmacro %}
