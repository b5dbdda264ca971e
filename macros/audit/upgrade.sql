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
