{#
    One row per key out of `candidates`, plus the rows this table already holds for those keys: the latest by the source's
    update time, then by arrival, file and line. All of them are columns of the rows, so the winner is the same in
    whatever order, splitting or repetition the rows were loaded.

    candidates: name of a CTE with exactly the columns of this model.
#}
{% macro latest_version(candidates, key) -%}
    {%- if key is string or not key -%}
        {{ exceptions.raise_compiler_error("latest_version: key is a list of column names") }}
    {%- endif -%}
    select
        contenders.*,
        row_number() over (
            partition by {% for column in key %}contenders.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by
                contenders.updated_at desc,
                contenders._arrived_on desc,
                contenders._source_file desc,
                contenders._source_line desc
        ) as version_rank
    from (
        {#- By name: the two sides need not hold their columns in the same order. -#}
        {%- set columns = column_names(this) if is_incremental() else ['*'] %}
        select {{ columns | join(', ') }} from {{ candidates }}
        {%- if is_incremental() %}
        union all
        select {% for column in columns %}stored.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        from {{ this }} as stored
        inner join (select distinct {{ key | join(', ') }} from {{ candidates }}) as arrived
            on
                {%- for column in key %}
                {{ 'and ' if not loop.first }}stored.{{ column }} = arrived.{{ column }}
                {%- endfor %}
        {%- endif %}
    ) as contenders
{%- endmacro %}


{# Names of a table's columns. Apart, so that a unit test can give them: there `this` is a fixture, which has none to look up. #}
{% macro column_names(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}
