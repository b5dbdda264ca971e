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
            {#- The new column comes last, so that an interrupted upgrade is repeated. -#}
            {{ rename_measures_in_usd('restatements') }}
            {{ rename_measures_in_usd('monthly_totals') }}
            {%- do run_query(
                'alter table ' ~ table ~ " add column reporting_currency varchar(256) default 'USD'"
            ) -%}
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


{# Gives measures in a table that a full refresh does not rebuild the names of the columns: _reporting instead of _usd. #}
{% macro rename_measures_in_usd(name) %}
    {%- set table = load_relation(this.incorporate(path={'identifier': name})) -%}
    {%- if table and 'measure' in adapter.get_columns_in_relation(table) | map(attribute='name') -%}
        {%- do run_query(
            'update ' ~ table ~ " set measure = replace(measure, '_usd', '_reporting') where right(measure, 4) = '_usd'"
        ) -%}
    {%- endif -%}
{% endmacro %}


{#
    Makes a table with a row per measure from one with the columns amount and posted_amount. The new table is complete before it
    takes the place of the old one.

    table: the table.
    columns: the columns of the new table between its keys and _loaded_at. {amount} stands for the old column's name.
#}
{% macro in_rows_by_measure(table, columns) %}
    {%- set name = table.identifier -%}
    {%- set made = table.incorporate(path={'identifier': name ~ '__by_measure'}) -%}
    {%- do run_query('drop table if exists ' ~ made) -%}
    {%- set query -%}
        create table {{ made }} as
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
    {%- do run_query(query) -%}
    {%- do run_query('drop table ' ~ table) -%}
    {%- do run_query('alter table ' ~ made ~ ' rename to ' ~ name) -%}
    {%- do log(name ~ ': has a row for each measure now.', info=true) -%}
{% endmacro %}
