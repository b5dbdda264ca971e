{#
    One row, from the CTE risk_rules: what each rule weighs, in a column of its name, and how a hit is explained, in
    <rule>_reason. A rule that the seed lacks is null, and so makes every score null, which the contract refuses.

    rules: a mapping of rule name to the SQL condition under which a transaction hits it; null counts as not hit.
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


{# The explanations of all rules that a transaction hits, in their order; '' where it hits none. #}
{% macro risk_reasons(rules) -%}
    {{- expect_rules('risk_reasons', rules) -}}
    ltrim(
        {%- for rule, condition in rules.items() %}
        {{ '|| ' if not loop.first }}case when {{ condition }} then '; ' || weights.{{ rule }}_reason else '' end
        {%- endfor %},
        '; '
    )
{%- endmacro %}
