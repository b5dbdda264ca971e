{#
    What is expected when, as a list of mappings of domain, entity and frequency (daily, business_days or monthly): the key
    expected of the bronze contract, or what the variable expected_deliveries says of the entity (`banking.transactions`) or of
    its domain (`banking`). Entities of which nothing is expected are left out.
#}
{% macro delivery_expectations() %}
    {%- set frequencies = ['daily', 'business_days', 'monthly', 'none'] -%}
    {%- set changed = var('expected_deliveries') -%}
    {%- if changed is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "The variable expected_deliveries is a mapping such as {banking.transactions: monthly}, not " ~ changed
        ) }}
    {%- endif -%}
    {%- set expectations = [] -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for entity in deliverable_entities() -%}
            {%- set name = entity.domain ~ '.' ~ entity.entity -%}
            {%- set frequency = changed.get(name, changed.get(entity.domain, entity.frequency)) -%}
            {%- do names.extend([name, entity.domain]) -%}
            {%- if frequency not in frequencies -%}
                {{ exceptions.raise_compiler_error(
                    "expected_deliveries: " ~ name ~ " is expected " ~ frequency ~ ". Write daily, business_days, monthly or none."
                ) }}
            {%- elif frequency != 'none' -%}
                {%- do expectations.append({'domain': entity.domain, 'entity': entity.entity, 'frequency': frequency}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for name in changed if name not in names -%}
            {{ exceptions.raise_compiler_error(
                "expected_deliveries: '" ~ name ~ "' is neither an entity of the bronze contract, such as banking.transactions, "
                ~ "nor a domain. Correct it in dbt_project.yml."
            ) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(expectations) }}
{% endmacro %}


{# The entities that sources deliver, as mappings of domain, entity and the frequency that the bronze contract expects. #}
{% macro deliverable_entities() %}
    {%- set entities = [] -%}
    {%- for node in graph.sources.values() if node.package_name == project_name and node.source_meta.get('domain') -%}
        {%- if node.source_meta.get('written_by') != 'landing' -%}
            {%- do entities.append({
                'domain': node.source_name,
                'entity': node.name,
                'frequency': node.meta.get('expected', node.source_meta.get('expected', 'none')),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(entities) }}
{% endmacro %}
