{#
    One row from the CTE risk_rules: the weight of each rule in a column with its name, and the explanation in
    <rule>_reason. A rule that is missing in the seed makes every score null, and the model's contract then fails.

    rules: a mapping of rule name to the SQL condition of a hit; null counts as no hit.
#}
{% macro rule_weights(rules) -%}
    {{- expect_rules('rule_weights', rules) -}}
    select
        {%- for rule in rules %}
        max(case when rule = '{{ rule }}' then weight end) as {{ rule }},
        max(case when rule = '{{ rule }}' then rule || ' +' || cast(weight as varchar(16)) || ': ' || explanation end)
            as {{ rule }}_reason{{ ',' if not loop.last }}
        {%- endfor %}
    from risk_rules
{%- endmacro %}


{# The points of all rules that a transaction hits; `weights` is the row of rule_weights. #}
{% macro risk_score(rules) -%}
    {{- expect_rules('risk_score', rules) -}}
    {%- for rule, condition in rules.items() -%}
        {{ ' + ' if not loop.first }}case when {{ condition }} then weights.{{ rule }} else 0 * weights.{{ rule }} end
    {%- endfor -%}
{%- endmacro %}


{# The explanations of all rules that a transaction hits, in their order; '' if there are none. #}
{% macro risk_reasons(rules) -%}
    {{- expect_rules('risk_reasons', rules) -}}
    ltrim(
        {%- for rule, condition in rules.items() %}
        {{ '|| ' if not loop.first }}case when {{ condition }} then '; ' || weights.{{ rule }}_reason else '' end
        {%- endfor %},
        '; '
    )
{%- endmacro %}
