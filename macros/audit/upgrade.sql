{#
    Renames the column that was called sighting before version 0.2 in the tables that a full refresh does not rebuild:
    `dbt run-operation rename_sightings`, once. Does nothing where there is no such column.
#}
{% macro rename_sightings() %}
    {%- for name in ['monthly_totals', 'restatements'] -%}
        {%- set table = load_relation(api.Relation.create(
            database=target.database, schema=layer_schema('audit'), identifier=name
        )) -%}
        {%- if table and 'sighting' in adapter.get_columns_in_relation(table) | map(attribute='name') -%}
            {%- do run_query("alter table " ~ table ~ " rename column sighting to revision") -%}
            {#- dbt rolls back what an operation leaves open. -#}
            {%- do adapter.commit() -%}
            {%- do log(name ~ ": the column sighting is now called revision.", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#
    The hook of monthly_totals that makes the table of an earlier version fit. From before it had measures: a row with the
    amounts of transactions becomes a row for each. Cells were not recorded, so the next revision is the first with them. From
    before there was a choice of the reporting currency: it was the US dollar, and the names of measures ended in _usd.
#}
{% macro upgrade_monthly_totals() %}
    {%- set table = load_relation(this) if execute else none -%}
    {%- if table -%}
        {%- set columns = adapter.get_columns_in_relation(table) | map(attribute='name') | list -%}
        {%- if 'measure' not in columns -%}
            {{ in_rows_by_measure(table, [
                'last_business_day',
                text_literal('USD') ~ ' as reporting_currency',
                'transaction_count as fact_rows',
                '{amount} as total_amount',
                'cast(null as decimal(38, 2)) as cells',
                'cast(null as bigint) as hash_check',
            ]) }}
        {%- elif 'reporting_currency' not in columns -%}
            {#- restatements first: an interrupted upgrade is repeated while monthly_totals has no currency. -#}
            {{ rename_measures_of_restatements() }}
            {%- set query -%}
                select
                    {% for column in columns -%}
                    {{ measure_in_reporting_currency() ~ ' as measure' if column == 'measure' else column }},
                    {% endfor -%}
                    {{ text_literal('USD') }} as reporting_currency
                from {{ table }}
            {%- endset -%}
            {{ replace_table(table, query) }}
            {%- do log('monthly_totals: has the reporting currency now.', info=true) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# The same of restatements. What was recorded before it had measures were changes of totals only. #}
{% macro upgrade_restatements() %}
    {%- set table = load_relation(this) if execute else none -%}
    {%- if table and 'measure' not in adapter.get_columns_in_relation(table) | map(attribute='name') -%}
        {{ in_rows_by_measure(table, [
            'source_file',
            'false as is_redistribution',
            'row_count_before',
            'row_count_after',
            '{amount}_before as total_before',
            '{amount}_after as total_after',
            'row_count_change',
            '{amount}_change as total_change',
        ]) }}
    {%- endif -%}
{% endmacro %}


{# Gives the measures of restatements, which a full refresh does not rebuild, the names of the columns. #}
{% macro rename_measures_of_restatements() %}
    {%- set table = load_relation(this.incorporate(path={'identifier': 'restatements'})) -%}
    {%- if table and 'measure' in adapter.get_columns_in_relation(table) | map(attribute='name') -%}
        {%- do run_query(
            'update ' ~ table ~ ' set measure = ' ~ measure_in_reporting_currency() ~ " where right(measure, 4) = '_usd'"
        ) -%}
    {%- endif -%}
{% endmacro %}


{# The name of a measure that ended in _usd before there was a choice of the reporting currency. #}
{% macro measure_in_reporting_currency() -%}
    cast(replace(measure, '_usd', '_reporting') as varchar(256))
{%- endmacro %}


{#
    Makes a table with a row per measure from one with the columns amount and posted_amount.

    table: the table.
    columns: the columns of the new table between its keys and _loaded_at. {amount} stands for the old column's name.
#}
{% macro in_rows_by_measure(table, columns) %}
    {%- set query -%}
        {%- for amount, measure in [('amount', 'transaction_amount'), ('posted_amount', 'posted_amount')] %}
        select
            {{ text_literal('fact_transaction') }} as fact_name,
            {{ text_literal(measure) }} as measure,
            month_start,
            currency_code,
            revision,
            {% for column in columns -%}
            {{ column.replace('{amount}', amount) }},
            {% endfor -%}
            _loaded_at
        from {{ table }}
        {{ 'union all' if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    {{ replace_table(table, query) }}
    {%- do log(table.identifier ~ ': has a row for each measure now.', info=true) -%}
{% endmacro %}


{#
    Makes a table anew from a query that reads it. DuckDB does not change the rows and the columns of a table in the same
    transaction. The new table is complete before it takes the place of the old one.

    table: the table.
    query: the query.
#}
{% macro replace_table(table, query) %}
    {%- set made = table.incorporate(path={'identifier': table.identifier ~ '__upgraded'}) -%}
    {%- do run_query('drop table if exists ' ~ made) -%}
    {%- do run_query('create table ' ~ made ~ ' as ' ~ query) -%}
    {%- do run_query('drop table ' ~ table) -%}
    {%- do run_query('alter table ' ~ made ~ ' rename to ' ~ table.identifier) -%}
{% endmacro %}
