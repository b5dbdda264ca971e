{#
    The rules that the contract implies for an entity: rule name to the SQL condition under which a row breaks the rule, in
    the order of the columns. A condition reads the CTE `typed`, with the columns and their raw_<column> texts, and of a
    column with codes the seed joined as <column>_codes. Null counts as not broken. docs/data_dictionary.md lists them all.

    columns: the columns to derive rules of, as in delivered_columns; all where not given.
#}
{% macro standard_rules(domain, entity, columns=none) %}
    {%- set rules = {} -%}
    {%- set texts = [] -%}
    {%- for column in (delivered_columns(domain, entity) if columns is none else columns) -%}
        {%- set name = column.name -%}
        {%- set raw = 'raw_' ~ name -%}
        {%- set is_delivered = raw ~ ' is not null and ' -%}
        {%- if column.type.startswith('text(') -%}
            {%- do texts.append('(' ~ is_delivered ~ 'typed.' ~ name ~ ' is null)') -%}
        {%- endif -%}
        {%- if 'codes' in column -%}
            {%- set is_unknown = name ~ '_codes.' ~ column.codes.split('.')[1] ~ ' is null' -%}
            {%- do rules.update({name ~ '_unknown': ('' if column.get('required') else is_delivered) ~ is_unknown}) -%}
        {%- elif column.get('required') -%}
            {%- do rules.update({name ~ '_missing': raw ~ ' is null'}) -%}
        {%- endif -%}
        {%- if 'reserved' in column -%}
            {%- do rules.update({name ~ '_reserved': raw ~ ' = ' ~ quoted(column.reserved)}) -%}
        {%- endif -%}
        {%- if not column.type.startswith('text(') -%}
            {%- do rules.update({name ~ '_not_parsable': is_delivered ~ name ~ ' is null'}) -%}
        {%- endif -%}
        {%- do rules.update(column_limits(column, domain, 'length(' ~ raw ~ ') > 10')) -%}
        {%- if column.get('replaces') -%}
            {%- do rules.update({name ~ '_is_own_key': name ~ ' = ' ~ entity_key(domain, entity)[0]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if texts -%}
        {%- do rules.update({'text_too_long': texts | join(' or ')}) -%}
    {%- endif -%}
    {{ return(rules) }}
{% endmacro %}


{#
    The rules that limit the values of one column of the contract: rule name to the condition under which a value breaks it.

    has_time: SQL expression that is false where the source delivered only a date, which is that day in any time zone.
#}
{% macro column_limits(column, domain, has_time) %}
    {%- set name = column.name -%}
    {%- set rules = {} -%}
    {%- if 'between' in column -%}
        {%- do rules.update({name ~ '_out_of_range': name ~ ' not between ' ~ column.between | join(' and ')}) -%}
    {%- endif -%}
    {%- if column.get('positive') -%}
        {%- do rules.update({name ~ '_not_positive': name ~ ' <= 0'}) -%}
    {%- endif -%}
    {%- if column.get('not_negative') -%}
        {%- do rules.update({name ~ '_negative': name ~ ' < 0'}) -%}
    {%- endif -%}
    {%- if 'below' in column -%}
        {%- do rules.update({name ~ '_too_large': name ~ ' >= ' ~ column.below}) -%}
    {%- endif -%}
    {%- if column.get('in_calendar') -%}
        {%- set day = out_of_calendar(name) -%}
        {%- set time = out_of_calendar(name, business_time_zone(domain)) if column.type == 'utc_time' else day -%}
        {%- set either = 'case when not (' ~ has_time ~ ') then ' ~ day ~ ' else ' ~ time ~ ' end' -%}
        {%- do rules.update({name ~ '_out_of_calendar': day if time == day else either}) -%}
    {%- endif -%}
    {%- if column.type == 'update_time' -%}
        {%- do rules.update({name ~ '_out_of_range': out_of_time(name)}) -%}
        {%- do rules.update({name ~ '_after_arrival': after_arrival(name)}) -%}
    {%- endif -%}
    {{ return(rules) }}
{% endmacro %}


{# All rules of an entity: the standard rules, and the special rules that its base model adds in meta.rules. #}
{% macro entity_rules(domain, entity) %}
    {%- set rules = standard_rules(domain, entity) -%}
    {%- if execute -%}
        {%- set node = graph.nodes.get('model.' ~ project_name ~ '.base_' ~ domain ~ '__' ~ entity) -%}
        {%- do rules.update((node.config.meta or {}).get('rules', {}) if node else {}) -%}
    {%- endif -%}
    {{ return(rules) }}
{% endmacro %}


{#
    The rows of the CTE `typed` (see typed_rows) with `_failed_rules`: the names of the rules that a row breaks, joined by
    commas; '' where it breaks none. The model imports the seeds of the contract's codes, as CTEs of the same names.

    special_rules: rules that the contract cannot express, as for standard_rules.
#}
{% macro judged_rows(domain, entity, special_rules={}) -%}
    {%- set rules = dict(standard_rules(domain, entity), **special_rules) -%}
    select
        {{ failed_rules(rules) if execute else "''" }} as _failed_rules,
        typed.*
    from typed
    {%- for column in delivered_columns(domain, entity) if 'codes' in column %}
    {%- set seed, code = column.codes.split('.') %}
    left join {{ seed }} as {{ column.name }}_codes on typed.raw_{{ column.name }} = {{ column.name }}_codes.{{ code }}
    {%- endfor %}
{%- endmacro %}


{#
    The names of the rules that a row breaks, joined by commas in the order given; '' where it breaks none. Nearly all rows
    break none, so the names are only put together for rows that break one.
    rules: a mapping of rule name to the SQL condition under which a row breaks it; null counts as not broken.
#}
{% macro failed_rules(rules) -%}
    {{- expect_rules('failed_rules', rules) -}}
    cast(
        case
            when
                {%- for condition in rules.values() %}
                {{ 'or ' if not loop.first }}({{ condition }})
                {%- endfor %}
                then ltrim(
                    {%- for name, condition in rules.items() %}
                    {{ '|| ' if not loop.first }}case when {{ condition }} then ',{{ name }}' else '' end
                    {%- endfor %},
                    ','
                )
            else ''
        end as varchar(4096)
    )
{%- endmacro %}


{# Print the rules of all entities as JSON, for the data dictionary (`dbt run-operation print_entity_rules`). #}
{% macro print_entity_rules() %}
    {%- set rules = {} -%}
    {%- for node in graph.sources.values() if node.package_name == project_name and node.meta.get('key') -%}
        {%- do rules.update({node.source_name ~ '.' ~ node.name: entity_rules(node.source_name, node.name)}) -%}
    {%- endfor -%}
    {{ print(tojson(rules)) }}
{% endmacro %}
