{#
    The names of the rules that a row breaks, joined by commas in the order given; '' where it breaks none.
    rules: a mapping of rule name to the SQL condition under which a row breaks it; null counts as not broken.
#}
{% macro failed_rules(rules) -%}
    {{- expect_rules('failed_rules', rules) -}}
    ltrim(
        {%- for name, condition in rules.items() %}
        {{ '|| ' if not loop.first }}case when {{ condition }} then ',{{ name }}' else '' end
        {%- endfor %},
        ','
    )
{%- endmacro %}


{# The condition that a text was delivered that does not fit its column: the columns come from try_to_text, in the CTE typed. #}
{% macro too_long(columns) -%}
    {%- for column in columns -%}
        {{ ' or ' if not loop.first }}(typed.raw_{{ column }} is not null and typed.{{ column }} is null)
    {%- endfor -%}
{%- endmacro %}
