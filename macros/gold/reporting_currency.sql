{#
    The currency in which gold adds up amounts of several currencies, and in which the shop keeps its books: the variable
    reporting_currency. Whether the seed currencies has it is checked by expect_listed_currency.
#}
{% macro reporting_currency() %}
    {%- set currency = var('reporting_currency') -%}
    {%- if currency is not string or not modules.re.fullmatch('[A-Z]{3}', currency) -%}
        {{ exceptions.raise_compiler_error(
            "reporting_currency: '" ~ currency ~ "' is no currency code. Write the three capital letters of ISO 4217, such as USD "
            ~ "or EUR, in dbt_project.yml."
        ) }}
    {%- endif -%}
    {{ return(currency) }}
{% endmacro %}


{#
    The hook of dim_currency, which every converted amount needs: refuses a reporting currency that the seed does not have.
    Looks when the table is made or refreshed, because another currency needs a full refresh.
#}
{% macro expect_listed_currency() %}
    {%- if execute and (flags.FULL_REFRESH or not load_relation(this)) -%}
        {%- set currency = reporting_currency() -%}
        {%- set query = 'select count(*) from ' ~ ref('currencies') ~ ' where currency_code = ' ~ quoted(currency) -%}
        {%- if run_query(query).rows[0][0] == 0 -%}
            {{ exceptions.raise_compiler_error(
                "reporting_currency: the seed currencies does not have " ~ currency ~ ". Add it to "
                ~ "seeds/reference/currencies.csv, or write another currency in dbt_project.yml."
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# The models that convert amounts and keep them from one run to the next. #}
{% macro converting_models() %}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and keeps_rows(node) and converts_amounts(node) -%}
        {%- do models.append(node) -%}
    {%- endfor -%}
    {{ return(models) }}
{% endmacro %}


{# Whether the code of a model converts amounts or rates. #}
{% macro converts_amounts(node) %}
    {{ return(modules.re.search('(in_reporting_currency|reporting_rate)\\(', node.raw_code) is not none) }}
{% endmacro %}


{#
    At the start of a run, before it changes anything: refuses to add amounts in one currency to stored amounts in another,
    and to build on tables with the columns of before version 0.2, whose names end in _usd. A full refresh of all of them is
    the remedy. The totals of months need all of them in the same currency, because they are never rebuilt.
#}
{% macro expect_one_reporting_currency() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'retry'] -%}
        {%- set currency = reporting_currency() -%}
        {%- set totals = 'model.' ~ project_name ~ '.monthly_totals' -%}
        {%- set stored = [] -%}
        {%- for node in converting_models()
            if (node.unique_id in selected_resources or totals in selected_resources)
            and not (flags.FULL_REFRESH and node.unique_id in selected_resources) -%}
            {%- set table = load_relation(api.Relation.create(
                database=node.database, schema=node.schema, identifier=node.alias
            )) -%}
            {%- do stored.append((node.name, table)) if table -%}
        {%- endfor -%}
        {%- set recorded = recorded_currencies() if stored else {} -%}
        {%- for name, table in stored -%}
            {%- if recorded.get(name) and recorded[name] != currency -%}
                {{ exceptions.raise_compiler_error(
                    name ~ " has amounts in " ~ recorded[name] ~ ", and the variable reporting_currency is " ~ currency
                    ~ ". Run dbt build --full-refresh, so that all amounts are in " ~ currency ~ "."
                ) }}
            {%- elif not recorded.get(name) -%}
                {%- for column in adapter.get_columns_in_relation(table) if column.name.endswith('_usd') -%}
                    {{ exceptions.raise_compiler_error(
                        name ~ " has columns from an earlier version: " ~ column.name ~ " is now "
                        ~ modules.re.sub('_usd$', '_reporting', column.name) ~ ". Run dbt build --full-refresh once. "
                        ~ "CHANGELOG.md has the names that queries need."
                    ) }}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{# The currency in which the rows of each model were computed, as recorded with its rules; none from before there was a choice. #}
{% macro recorded_currencies() %}
    {%- set model = graph.nodes['model.' ~ project_name ~ '.rule_fingerprints'] -%}
    {%- set table = load_relation(api.Relation.create(
        database=model.database, schema=model.schema, identifier=model.alias
    )) -%}
    {%- set recorded = {} -%}
    {%- if table -%}
        {%- set query -%}
            select
                model_name,
                max(case when rule_name = 'reporting_currency' then fingerprint end) as currency
            from (
                select
                    model_name,
                    rule_name,
                    fingerprint,
                    rank() over (
                        partition by model_name
                        order by run_started_at desc
                    ) as run_rank
                from {{ table }}
            ) as ranked
            where run_rank = 1
            group by model_name
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do recorded.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(recorded) }}
{% endmacro %}
