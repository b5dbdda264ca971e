{#
    The conditions on single rows of the generic test `rules`, whose arguments these are: a list of mappings with the column
    ('' where a rule has several), the rule's name, and the condition under which a row breaks it.
#}
{% macro rules_of_rows(not_null, columns, rows, contract) %}
    {%- set found = [] -%}
    {%- for column in not_null -%}
        {%- do found.append({
            'column_name': column, 'rule': 'not_null', 'broken': 'tested.' ~ column ~ ' is null'
        }) -%}
    {%- endfor -%}
    {%- for column, conditions in columns.items() -%}
        {%- for condition in ([conditions] if conditions is string else conditions) -%}
            {%- do found.append({
                'column_name': column, 'rule': condition, 'broken': 'not (tested.' ~ column ~ ' ' ~ condition ~ ')'
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, condition in rows.items() -%}
        {%- do found.append({'column_name': '', 'rule': name, 'broken': 'not (' ~ condition | trim ~ ')'}) -%}
    {%- endfor -%}
    {#- The contract is in dbt's graph, which is empty while the project is parsed. -#}
    {%- if contract and execute -%}
        {%- do found.extend(rules_of_contract(contract)) -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{# What the bronze contract asks of an entity's columns: a key, required values, limits. The result is as above. #}
{% macro rules_of_contract(contract) %}
    {%- set domain, entity = contract.split('.') -%}
    {%- set key = entity_key(domain, entity) -%}
    {%- set found = [] -%}
    {%- for column in delivered_columns(domain, entity) -%}
        {%- set rules = {} -%}
        {%- if column.get('required') or column.name in key -%}
            {%- do rules.update({column.name ~ '_missing': column.name ~ ' is null'}) -%}
        {%- endif -%}
        {%- do rules.update(column_limits(column, domain, 'has_time')) -%}
        {%- for rule, broken in rules.items() -%}
            {%- do found.append({'column_name': column.name, 'rule': rule, 'broken': broken}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# One key of the generic test `rules`: its columns, the conditions for rows that count, and the name of the rule. #}
{% macro key_of(key) %}
    {%- set is_mapping = key is mapping -%}
    {%- set columns = [key] if key is string else (key.columns if is_mapping else key) -%}
    {%- set conditions = [] -%}
    {%- do conditions.append('tested.' ~ columns[0] ~ ' is not null') if columns | length == 1 -%}
    {%- do conditions.append('(' ~ key.where ~ ')') if is_mapping -%}
    {{ return({
        'columns': columns,
        'conditions': conditions,
        'rule': 'unique' ~ (' where ' ~ key.where if is_mapping else ''),
    }) }}
{% endmacro %}


{#
    One reference of the generic test `rules`: the table, its column, the conditions for rows that count, the name of the rule,
    and whether only new rows are looked up.
#}
{% macro reference_of(column, reference) %}
    {#- A relation is a mapping too. -#}
    {%- set given = {'to': reference} if reference.identifier is defined else reference -%}
    {%- set field = given.get('field', column) -%}
    {%- set conditions = ['tested.' ~ column ~ ' is not null'] -%}
    {%- do conditions.append('(' ~ given['where'] ~ ')') if 'where' in given -%}
    {{ return({
        'to': given.to,
        'field': field,
        'conditions': conditions,
        'only_new': given.get('only_new', false),
        'rule': 'refers to ' ~ given.to.identifier ~ '.' ~ field,
    }) }}
{% endmacro %}


{#
    The start of the last run that built the table of this test and passed the test, as a literal: all that the table held then
    has been looked at. None where everything is to be looked at: with the var `proof: full`, and before
    a run has been recorded.

    A run that did not build the table does not count: rows could reach it later with an earlier time. If there is a run that
    is not earlier than this one, the clock has been set back, and everything is looked at.
#}
{% macro last_passed_at() %}
    {%- if not execute or proof_is_full() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set history = graph.nodes.get('model.' ~ project_name ~ '.run_history') -%}
    {%- set runs = adapter.get_relation(
        database=history.database, schema=history.schema, identifier=history.alias
    ) -%}
    {%- if not runs -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set started_at = "cast('" ~ run_started_at.replace(tzinfo=none) ~ "' as timestamp)" -%}
    {%- set query -%}
    select
        case
            when max(tests.run_started_at) < {{ started_at }} then max(tests.run_started_at)
            else cast('1900-01-01' as timestamp)
        end as passed_at
    from {{ runs }} as tests
    inner join {{ runs }} as builds on tests.invocation_id = builds.invocation_id
    where
        tests.node_id = {{ quoted(model.unique_id[:512]) }}
        and tests.status = 'pass'
        and builds.node_id = {{ quoted(model.attached_node) }}
        and builds.status = 'success'
    {%- endset -%}
    {{ return("cast('" ~ run_query(query).columns[0].values()[0] ~ "' as timestamp)") }}
{% endmacro %}


{# The days, in order, that have rows written to a table since a time. #}
{% macro days_written_since(table, day, column, since) %}
    {%- set query = 'select distinct ' ~ day ~ ' from ' ~ table ~ ' where ' ~ column ~ ' > ' ~ since ~ ' order by 1' -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}


{# Whether this run proves everything anew (the var `proof`), and not only what was built since the last passed run. #}
{% macro proof_is_full() %}
    {%- if var('proof') not in ['daily', 'full'] -%}
        {{ exceptions.raise_compiler_error("The var proof is daily or full, not " ~ var('proof') ~ ".") }}
    {%- endif -%}
    {{ return(var('proof') == 'full') }}
{% endmacro %}


{#
    At the end of a run: prints the column, the rule and the number of rows for each broken rule of the generic test `rules`,
    because dbt only prints the number of rows that a test returns.
#}
{% macro name_broken_rules(results) -%}
    {%- for result in results
        if execute and result.node.resource_type == 'test' and result.status in ['fail', 'warn']
        and (result.node.test_metadata or {}).name == 'rules' -%}
        {%- set table = result.node.attached_node.split('.')[-1] -%}
        {%- for column_name, rule, failing_rows in run_query(result.node.compiled_code).rows -%}
            {%- do log(broken_rule(table, column_name, rule, failing_rows), info=true) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{# The line for one broken rule. #}
{% macro broken_rule(table, column_name, rule, failing_rows) -%}
    Broken rule: {{ table }}{{ '.' ~ column_name if column_name }} {{ rule }}: {{ failing_rows | int }}{{
        ' keys' if rule.startswith('unique') else ' rows'
    }}
{%- endmacro %}
