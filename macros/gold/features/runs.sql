{#
    The transactions of a CTE with is_in_run: true for one of at least `uses` transactions of its account within `minutes`.
    A run counts in both directions: later transactions show that the first one belongs to it.

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


{#
    For each pattern the transactions that fit it, with is_in_run, and all of them in one table: transaction_id and a column
    is_in_<pattern>_run per pattern. Few transactions fit a pattern, so the table is small.

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
    ),

    {% endfor -%}
    members as (
        {%- for name in patterns %}
        {{ 'union all' if not loop.first }}
        select
            transaction_id,
            cast('{{ name }}' as varchar(64)) as pattern
        from {{ name }}_runs
        where is_in_run
        {%- endfor %}
    )

    select
        transaction_id
        {%- for name in patterns %},
        max(case when pattern = '{{ name }}' then 1 else 0 end) = 1 as is_in_{{ name }}_run
        {%- endfor %}
    from members
    group by transaction_id
{%- endmacro %}


{#
    What comes soon before or after a run on the same account. Only accounts with a run are read. One row per transaction of
    such an account, with the time of the latest tiny payment and transfer in a run before it, and of the earliest payment
    out in a run after it.

    transactions: name of a CTE with transaction_id, subject_id, delivered_account_id and transaction_ts.
    runs: name of a CTE with the columns of transactions_in_runs.
#}
{% macro times_of_runs(transactions, runs) -%}
    {%- set account = "partition by subject_id, delivered_account_id order by transaction_ts, transaction_id" -%}
    with

    accounts_with_runs as (
        select distinct
            {{ transactions }}.subject_id,
            {{ transactions }}.delivered_account_id
        from {{ transactions }}
        inner join {{ runs }} on {{ transactions }}.transaction_id = {{ runs }}.transaction_id
    ),

    uses as (
        select
            {{ transactions }}.transaction_id,
            {{ transactions }}.subject_id,
            {{ transactions }}.delivered_account_id,
            {{ transactions }}.transaction_ts,
            {{ runs }}.is_in_tiny_payment_run,
            {{ runs }}.is_in_transfer_run,
            {{ runs }}.is_in_payment_out_run
        from {{ transactions }}
        inner join accounts_with_runs
            on
                {{ transactions }}.subject_id = accounts_with_runs.subject_id
                and {{ transactions }}.delivered_account_id = accounts_with_runs.delivered_account_id
        left join {{ runs }} on {{ transactions }}.transaction_id = {{ runs }}.transaction_id
    )

    select
        transaction_id,
        max(case when is_in_tiny_payment_run then transaction_ts end) over (
            {{ account }} rows between unbounded preceding and 1 preceding
        ) as previous_tiny_payment_ts,
        max(case when is_in_transfer_run then transaction_ts end) over (
            {{ account }} rows between unbounded preceding and 1 preceding
        ) as previous_transfer_ts,
        min(case when is_in_payment_out_run then transaction_ts end) over (
            {{ account }} rows between 1 following and unbounded following
        ) as next_payment_out_ts
    from uses
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
