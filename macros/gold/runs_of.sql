{#
    The rows of a CTE, each with is_in_run: whether it is one of at least so many uses of its account within so many
    minutes. It looks both ways: what follows shows that the first of a run belonged to it too.

    uses_of: name of a CTE with subject_id, delivered_account_id, transaction_ts and transaction_id.
#}
{% macro runs_of(uses_of, uses, minutes) -%}
    {{- expect_integer('runs_of', 'uses', uses, 2, 100) -}}
    {{- expect_integer('runs_of', 'minutes', minutes, 1, 20000) -}}
    {%- set account = "partition by subject_id, delivered_account_id order by transaction_ts, transaction_id" -%}
    select
        ends.*,
        max(ends.ends_run) over ({{ account }} rows between current row and {{ uses - 1 }} following) = 1 as is_in_run
    from (
        select
            {{ uses_of }}.*,
            case
                when
                    lag(transaction_ts, {{ uses - 1 }}) over ({{ account }})
                    >= {{ dbt.dateadd('minute', -minutes, 'transaction_ts') }}
                    then 1
                else 0
            end as ends_run
        from {{ uses_of }}
    ) as ends
{%- endmacro %}
