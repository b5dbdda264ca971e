{#
    The running number of each transaction in its subject's day, and the running total of the day.

    transactions: name of a CTE with transaction_id, subject_id, transaction_date, transaction_ts,
        transaction_amount_reporting and
    days_away: 0 on the days that are numbered.
#}
{% macro sequence_of_days(transactions) -%}
    select
        transaction_id,
        row_number() over (
            partition by subject_id, transaction_date
            order by transaction_ts, transaction_id
        ) as transaction_number_of_day,
        cast(
            sum(transaction_amount_reporting) over (
                partition by subject_id, transaction_date
                order by transaction_ts, transaction_id
                rows between unbounded preceding and current row
            ) as decimal(38, 2)
        ) as cumulative_amount_of_day_reporting
    from {{ transactions }}
    where days_away = 0
{%- endmacro %}


{#
    What depends on other transactions, for transactions at most `days` days away from a change. Reads the CTEs in_sequence, travel,
    runs, times_of_runs and cash_runs, and in an incremental run `stored`: on a day without a change numbers and totals of the
    day are the stored ones. What depends on the time of a transaction is null where it was not delivered.

    transactions: name of a CTE with transaction_id, transaction_ts, has_time, transaction_amount_reporting, _built_at,
        days_away and
    the flags of the transaction type.
    patterns: as for transactions_in_runs.
#}
{% macro surroundings_of(transactions, patterns, days=1) -%}
    {{- expect_integer('surroundings_of', 'days', days, 1, 7) -}}
    select
        {{ transactions }}.transaction_id,
        {{ transactions }}._built_at as _fact_built_at,
        {%- for column in ['transaction_number_of_day', 'cumulative_amount_of_day_reporting'] %}
        {% if is_incremental() -%}
        case when {{ transactions }}.days_away = 0 then in_sequence.{{ column }} else stored.{{ column }} end as {{ column }},
        {%- else -%}
        in_sequence.{{ column }},
        {%- endif %}
        {%- endfor %}
        travel.km_from_previous_use,
        travel.seconds_since_previous_use,
        case when {{ transactions }}.has_time then coalesce(travel.is_impossible_travel, false) end as is_impossible_travel,
        {%- for name in patterns %}
        case when {{ transactions }}.has_time then coalesce(runs.is_in_{{ name }}_run, false) end as is_in_{{ name }}_run,
        {%- endfor %}
        coalesce(cash_runs.is_in_run, false) as is_in_cash_below_limit_run,
        case when {{ transactions }}.has_time then coalesce(
            {{ transactions }}.is_payment
            and {{ transactions }}.transaction_amount_reporting >= 100
            and times_of_runs.previous_tiny_payment_ts >= {{ dbt.dateadd('minute', -30, transactions ~ '.transaction_ts') }},
            false
        ) end as is_after_tiny_payment_run,
        case when {{ transactions }}.has_time then coalesce(
            {{ transactions }}.is_payment_out
            and times_of_runs.previous_transfer_ts >= {{ dbt.dateadd('minute', -120, transactions ~ '.transaction_ts') }},
            false
        ) end as is_after_transfer_run,
        case when {{ transactions }}.has_time then coalesce(
            {{ transactions }}.is_transfer
            and {{ transactions }}.transaction_amount_reporting >= 500
            and times_of_runs.next_payment_out_ts <= {{ dbt.dateadd('minute', 30, transactions ~ '.transaction_ts') }},
            false
        ) end as is_before_payment_out_run
    from {{ transactions }}
    left join in_sequence on {{ transactions }}.transaction_id = in_sequence.transaction_id
    left join travel on {{ transactions }}.transaction_id = travel.transaction_id
    left join runs on {{ transactions }}.transaction_id = runs.transaction_id
    left join times_of_runs on {{ transactions }}.transaction_id = times_of_runs.transaction_id
    left join cash_runs on {{ transactions }}.transaction_id = cash_runs.transaction_id
    {%- if is_incremental() %}
    left join stored on {{ transactions }}.transaction_id = stored.transaction_id
    {%- endif %}
    where {{ transactions }}.days_away <= {{ days }}
{%- endmacro %}
