{#
    Adds a column is_in_<pattern>_run for each pattern: true if the transaction is one of at least `uses` transactions of its
    account that fit the pattern, within `minutes`. A run counts in both directions: later transactions show that the first
    one belongs to it.

    transactions: name of a CTE with transaction_id, subject_id, delivered_account_id and transaction_ts.
    patterns: a mapping of the pattern's name to {'where': SQL condition, 'uses': integer, 'minutes': integer}.
#}
{% macro transactions_in_runs(transactions, patterns) -%}
    {{- expect_patterns('transactions_in_runs', patterns) -}}
    with

    {% for name, pattern in patterns.items() -%}
    {{ name }}_uses as (
        select
            transaction_id,
            subject_id,
            delivered_account_id,
            transaction_ts
        from {{ transactions }}
        where {{ pattern.where }}
    ),

    {{ name }}_runs as (
        {{ runs_of(name ~ '_uses', pattern.uses, pattern.minutes) }}
    ){{ ',' if not loop.last }}

    {% endfor -%}
    select
        {{ transactions }}.*
        {%- for name in patterns %},
        coalesce({{ name }}_runs.is_in_run, false) as is_in_{{ name }}_run
        {%- endfor %}
    from {{ transactions }}
    {%- for name in patterns %}
    left join {{ name }}_runs on {{ transactions }}.transaction_id = {{ name }}_runs.transaction_id
    {%- endfor %}
{%- endmacro %}


{#
    The transactions of a CTE with is_in_run: true for one of at least `uses` transactions of its account within `minutes`.

    transactions: name of a CTE with transaction_id, subject_id, delivered_account_id and transaction_ts.
#}
{% macro runs_of(transactions, uses, minutes) -%}
    {{- expect_integer('runs_of', 'uses', uses, 2, 100) -}}
    {{- expect_integer('runs_of', 'minutes', minutes, 1, 20000) -}}
    {%- set account = "partition by subject_id, delivered_account_id order by transaction_ts, transaction_id" -%}
    select
        ends.transaction_id,
        max(ends.ends_run) over ({{ account }} rows between current row and {{ uses - 1 }} following) = 1 as is_in_run
    from (
        select
            {{ transactions }}.*,
            case
                when
                    lag(transaction_ts, {{ uses - 1 }}) over ({{ account }})
                    >= {{ dbt.dateadd('minute', -minutes, 'transaction_ts') }}
                    then 1
                else 0
            end as ends_run
        from {{ transactions }}
    ) as ends
{%- endmacro %}


{# Fails unless each pattern has a condition, a number of uses and a number of minutes. #}
{% macro expect_patterns(macro_name, patterns) -%}
    {%- if patterns is not mapping or not patterns -%}
        {{ exceptions.raise_compiler_error(macro_name ~ ": give a mapping of pattern name to where, uses and minutes") }}
    {%- endif -%}
    {%- for name, pattern in patterns.items() if (pattern.keys() | sort) != ['minutes', 'uses', 'where'] -%}
        {{ exceptions.raise_compiler_error(
            macro_name ~ ": the pattern " ~ name ~ " needs where, uses and minutes, not " ~ (pattern.keys() | sort | join(', '))
        ) }}
    {%- endfor -%}
{%- endmacro %}
