{#
    An entity of the bronze contract (models/bronze/*.yml) as a mapping: its `key` (a list of columns), its control amount
    `amount`, the columns `belongs_to` and `happened_at`, the column `replaces` with the key of the record that a row replaces
    (each of these can be none), and `columns`, a list of mappings of name and meta, in the order of the delivered files.
    While dbt only parses the project there is no contract to read, and the lists are empty.
#}
{% macro contract_entity(domain, entity) %}
    {%- if not execute -%}
        {{ return({'key': [], 'amount': none, 'replaces': none, 'columns': []}) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- if graph.sources is defined -%}
        {%- set node = bronze_entity(domain, entity) -%}
        {%- set entity_meta = node.meta -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.append(dict(column.meta, name=column.name)) -%}
        {%- endfor -%}
    {%- else -%}
        {%- set table = entity_in_contract_file(domain, entity) -%}
        {%- set entity_meta = table.config.meta -%}
        {%- for column in table.columns -%}
            {%- do columns.append(dict(column.config.meta, name=column.name)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set replacing = columns | selectattr('replaces', 'defined') | map(attribute='name') | list -%}
    {{ return({
        'key': entity_meta.get('key', []),
        'amount': entity_meta.get('amount'),
        'belongs_to': entity_meta.get('belongs_to'),
        'happened_at': entity_meta.get('happened_at'),
        'replaces': replacing[0] if replacing else none,
        'columns': columns,
    }) }}
{% endmacro %}


{# The entity's source node; a compiler error where the contract has no such entity. #}
{% macro bronze_entity(domain, entity) %}
    {%- set node = graph.sources.get('source.' ~ project_name ~ '.' ~ domain ~ '.' ~ entity) -%}
    {%- if not node -%}
        {{ exceptions.raise_compiler_error(
            "The bronze contract has no entity '" ~ domain ~ "." ~ entity ~ "'. The entities are defined in models/bronze/*.yml."
        ) }}
    {%- endif -%}
    {{ return(node) }}
{% endmacro %}


{#
    The entity as its contract file defines it. For unit tests only: dbt gives them no graph. The unit tests that need the
    whole contract run on DuckDB, which can read a file.
#}
{% macro entity_in_contract_file(domain, entity) %}
    {%- set path = (invocation_args_dict.get('project_dir') or '.') ~ '/models/bronze/' ~ domain ~ '.yml' -%}
    {%- set contract = fromyaml(run_query("select content from read_text(" ~ quoted(path) ~ ")").columns[0].values()[0]) -%}
    {{ return(contract.sources[0].tables | selectattr('name', 'equalto', entity) | first) }}
{% endmacro %}


{# Names of an entity's columns in order; `delivered_only` leaves out the columns that landing adds. #}
{% macro contract_columns(domain, entity, delivered_only=false) %}
    {%- set columns = contract_entity(domain, entity).columns -%}
    {%- if delivered_only -%}
        {%- set columns = columns | rejectattr('added_by', 'defined') -%}
    {%- endif -%}
    {{ return(columns | map(attribute='name') | list) }}
{% endmacro %}


{# The delivered columns of an entity, each a mapping of name and meta. #}
{% macro delivered_columns(domain, entity) %}
    {{ return(contract_entity(domain, entity).columns | rejectattr('added_by', 'defined') | list) }}
{% endmacro %}


{# Names of the columns of an entity that the contract tags as PII, direct or quasi. #}
{% macro pii_columns(domain, entity) %}
    {{ return(contract_entity(domain, entity).columns | selectattr('pii', 'defined') | map(attribute='name') | list) }}
{% endmacro %}


{# Names of the money columns of an entity: those with control totals. #}
{% macro contract_money_columns(domain, entity) %}
    {{ return(contract_entity(domain, entity).columns | selectattr('money', 'defined') | map(attribute='name') | list) }}
{% endmacro %}
