{#
    The file that caused the change of each key, as a CTE <fact>_caused_by: that of its latest row; without a new row, that
    of the key that replaces it or did so; else that of the price. If only prices are new, and several of them, those
    of valued_by cause the change of their own measures alone: <price>_alone is their file then, else null.
#}
{% macro files_of_effects(fact, keys) -%}
{%- set name = fact.table -%}
{{ name }}_own_files as (
    select
        touched.revision,
        {{ columns_of('touched', keys) }},
        states_after._source_file_ordered as source_file
    from {{ name }}_touched as touched
    inner join {{ name }}_states_after as states_after
        on {{ same_columns('touched', 'states_after', ['revision'] + keys) }}
),

{% if fact.replaces -%}
{{ name }}_replacing_files as (
    select
        own_files.revision,
        pairs.replaced_key as key_1,
        max(own_files.source_file) as source_file
    from {{ name }}_own_files as own_files
    inner join {{ name }}_pairs as pairs on own_files.key_1 = pairs.replacing_key
    group by
        own_files.revision,
        pairs.replaced_key
),

{% endif -%}
{% set others = (['replacing_files'] if fact.replaces else []) + (['repriced'] if fact.prices else []) -%}
{% set files = ['own_files.source_file'] + (['replacing_files.source_file'] if fact.replaces else []) -%}
{% set price_files = [] -%}
{% for price in fact.prices %}{% do price_files.append('repriced.' ~ price ~ '_file') %}{% endfor -%}
{{ name }}_caused_by as (
    select
        affected.revision,
        {{ columns_of('affected', keys) }},
        {% for price in fact.valued_by.values() -%}
        case
            when {{ files | join(' is null and ') }} is null
                {%- for other in fact.prices if other != price %}
                and repriced.{{ other }}_file is not null
                {%- endfor %}
                then repriced.{{ price }}_file
        end as {{ price }}_alone,
        {% endfor -%}
        {% if others -%}
        coalesce({{ (files + price_files) | join(', ') }}) as source_file
        {%- else -%}
        own_files.source_file
        {%- endif %}
    from {{ name }}_affected as affected
    {%- for relation in ['own_files'] + others %}
    left join {{ name }}_{{ relation }} as {{ relation }}
        on {{ same_columns('affected', relation, ['revision'] + keys) }}
    {%- endfor %}
),
{%- endmacro %}
