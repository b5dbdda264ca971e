{#
    At the end of a run: one statement that adds the rules of the incremental models that the run built to
    rule_fingerprints. An incremental model keeps the rows of earlier runs, which may have been judged or scored under other
    rules; `tieout check` finds them with this table.

    A model is only recorded where its rules differ from those recorded last, or after a full refresh.
#}
{% macro record_rules(results) -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'retry'] -%}
        {%- set built = [] -%}
        {%- for result in results if result.status ~ '' == 'success' -%}
            {%- set node = graph.nodes.get(result.node.unique_id) -%}
            {%- if node and node.resource_type == 'model' and keeps_rows(node) -%}
                {%- do built.append(node) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if built -%}
            {%- set table = run_table('rule_fingerprints') -%}
            {%- set recorded = recorded_rules(table) -%}
            {%- set loaded = loaded_checksums() -%}
            {%- set changed = [] -%}
            {%- for node in built -%}
                {%- set rules = rules_of_model(node, loaded) -%}
                {%- if flags.FULL_REFRESH or recorded.get(node.name) != rules[0].fingerprint -%}
                    {%- do changed.append((node.name, rules)) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- set started_at = recorded_start(run_relation('run_history')) if changed -%}
            {%- set rows = [] -%}
            {%- for name, rules in changed -%}
                {%- for rule in rules -%}
                    {%- do rows.append(rule_fingerprint_row(started_at, name, rule)) -%}
                {%- endfor -%}
            {%- endfor -%}
            {%- if rows -%}
                insert into {{ table }} ({{ run_table_columns('rule_fingerprints') }})
                values
                {{ rows | join(',\n') }}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# Whether a model keeps rows from one run to the next, and a full refresh rebuilds it. #}
{% macro keeps_rows(node) %}
    {{ return(node.config.materialized == 'incremental' and node.config.full_refresh is not false) }}
{% endmacro %}


{# The overall fingerprint that was recorded last, by model. #}
{% macro recorded_rules(table) %}
    {%- set query -%}
        select
            model_name,
            fingerprint
        from (
            select
                model_name,
                fingerprint,
                row_number() over (
                    partition by model_name
                    order by run_started_at desc
                ) as run_rank
            from {{ table }}
            where rule_kind = 'all'
        ) as ranked
        where run_rank = 1
    {%- endset -%}
    {%- set recorded = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do recorded.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return(recorded) }}
{% endmacro %}


{#
    What judges or scores the rows of a model, as mappings of kind, name and fingerprint: the rules of the entity of a base
    model; the seeds that the model reads, directly or through views and tables; and the variables in its code and theirs.
    What it reads through another incremental model is recorded with that one. The first is of kind `all`: the fingerprint
    of everything.

    Rules of a column that the contract added later are of kind `added rule`. Rows from before have no value to judge, so
    a rule that is new there leaves them right.

    loaded: the checksums of the files of seeds that were loaded last, by table. A run need not load a file that has changed.
#}
{% macro rules_of_model(node, loaded) %}
    {%- set rules = [] -%}
    {%- set entity = (node.config.meta or {}).get('entity') if node.name.startswith('base_') else none -%}
    {%- if entity -%}
        {%- set domain, name = entity.split('.') -%}
        {%- set first_columns = [] -%}
        {%- for column in delivered_columns(domain, name) -%}
            {%- if column.get('since', 1) == 1 -%}
                {%- do first_columns.append(column) -%}
            {%- else -%}
                {%- for rule, condition in standard_rules(domain, name, [column]).items() -%}
                    {%- do rules.append(('added rule', column.name ~ ': ' ~ rule, local_md5(condition))) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set conditions = dict(
            standard_rules(domain, name, first_columns), **(node.config.meta.get('rules') or {})
        ) -%}
        {%- for rule, condition in conditions.items() -%}
            {%- do rules.append(('rule', rule, local_md5(condition))) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set inputs = {node.unique_id: node} -%}
    {%- do add_rule_inputs(node, inputs) -%}
    {%- set variables = [] -%}
    {%- for input in inputs.values() -%}
        {%- if input.resource_type == 'seed' -%}
            {%- do rules.append(('seed', input.name, loaded.get(input.alias, input.checksum.checksum))) -%}
        {%- else -%}
            {%- do variables.extend(modules.re.findall("var\\(\\s*['\"](\\w+)['\"]", input.raw_code)) -%}
            {%- do rules.extend(time_zones_of(input)) -%}
            {%- do rules.append(('variable', 'reporting_currency', reporting_currency())) if converts_amounts(input) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for variable in variables | unique -%}
        {%- do rules.append(('variable', variable, local_md5(var(variable, '') ~ ''))) -%}
    {%- endfor -%}

    {%- set texts = [] -%}
    {%- set found = [] -%}
    {%- for kind, name, fingerprint in rules | unique | sort -%}
        {%- do texts.append(kind ~ ' ' ~ name ~ ' ' ~ fingerprint) -%}
        {%- do found.append({'kind': kind, 'name': name, 'fingerprint': fingerprint}) -%}
    {%- endfor -%}
    {{ return([{'kind': 'all', 'name': '', 'fingerprint': local_md5(texts | join('\n'))}] + found) }}
{% endmacro %}


{#
    The time zone by which a model takes dates from times, or times from dates, as a rule of rules_of_model; nothing where it is UTC, so that models
    without a time zone have the rules that were recorded before there was one.
#}
{% macro time_zones_of(node) %}
    {%- set domain = 'commerce' if 'commerce' in node.fqn else 'banking' -%}
    {%- set macros = '(typed_rows|business_time|business_date|business_moment|transaction_date_of|valid_at_end_of)' -%}
    {%- if business_time_zone(domain) == 'UTC' or not modules.re.search(macros ~ '\\(', node.raw_code) -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return([('variable', 'business_time_zones: ' ~ domain, local_md5(business_time_zone(domain)))]) }}
{% endmacro %}


{# Adds the seeds, views and tables upstream of a node to `inputs`, without passing through an incremental model. #}
{% macro add_rule_inputs(node, inputs) %}
    {%- for id in node.depends_on.get('nodes', []) if id not in inputs -%}
        {%- set input = graph.nodes.get(id) -%}
        {%- if input and input.resource_type == 'seed' -%}
            {%- do inputs.update({id: input}) -%}
        {%- elif input and input.resource_type == 'model' and input.config.materialized != 'incremental' -%}
            {%- do inputs.update({id: input}) -%}
            {%- do add_rule_inputs(input, inputs) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{# One rule of a model, in the order of the columns of rule_fingerprints. #}
{% macro rule_fingerprint_row(started_at, model_name, rule) -%}
    (
        {{ quoted(invocation_id) }},
        cast('{{ started_at }}' as timestamp),
        {{ quoted(model_name) }},
        {{ 'true' if flags.FULL_REFRESH else 'false' }},
        {{ quoted(rule.kind) }},
        {{ quoted(rule.name) }},
        {{ quoted(rule.fingerprint[:64]) }}
    )
{%- endmacro %}
