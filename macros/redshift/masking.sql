{#
    Dynamic data masking on Redshift, from the `pii` tags of silver's columns:

        dbt run-operation apply_masking     engineers see *** and years, pii_readers see everything
        dbt run-operation remove_masking    removes the policies

    Both can be repeated, and need a user with the role sys:secadmin. Policies are attached to roles, not to public: a
    policy for public would also mask what dbt reads, and dbt would store masked values.
#}
{% macro apply_masking() %}
    {{ adapter.dispatch('apply_masking', 'tieout')() }}
{% endmacro %}


{% macro default__apply_masking() %}
    {%- do log(target.type ~ " has no masking policies. Nothing to do.", info=true) -%}
{% endmacro %}


{% macro redshift__apply_masking() %}
    {%- set existing = policy_names() -%}
    {%- set done = namespace(attached=0) -%}
    {%- for node in masked_nodes() -%}
        {%- set relation = load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias
        )) -%}
        {%- if relation -%}
            {%- set done.attached = done.attached + attach_policies(relation, tagged_columns(node), existing) | int -%}
            {#- The column lookup opened a transaction, which dbt rolls back at the end of an operation. -#}
            {%- do adapter.commit() -%}
        {%- else -%}
            {%- do log(node.name ~ " does not exist yet. Its policies are attached when it is built.", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do log("Masking: " ~ done.attached ~ " policies attached.", info=true) -%}
{% endmacro %}


{% macro remove_masking() %}
    {{ adapter.dispatch('remove_masking', 'tieout')() }}
{% endmacro %}


{% macro default__remove_masking() %}
    {%- do log(target.type ~ " has no masking policies. Nothing to do.", info=true) -%}
{% endmacro %}


{% macro redshift__remove_masking() %}
    {%- set attached = attached_policies() -%}
    {%- for policy in attached -%}
        {%- do run_query(
            "detach masking policy " ~ policy.policy ~ " on " ~ policy.schema ~ "." ~ policy.table ~ " (" ~ policy.column
            ~ ") from role " ~ policy.role
        ) -%}
    {%- endfor -%}
    {%- set policies = policy_names() -%}
    {%- for policy in policies -%}
        {%- do run_query("drop masking policy " ~ policy) -%}
    {%- endfor -%}
    {%- do log(
        "Masking removed: " ~ attached | length ~ " policies detached, " ~ policies | length ~ " dropped.", info=true
    ) -%}
{% endmacro %}


{#
    Post-hook of silver's tables. A rebuilt table is a new table without policies, so they are attached again in the
    transaction that replaces it. Does nothing before the first apply_masking.
#}
{% macro keep_masked() %}
    {%- if execute and tagged_columns(model) -%}
        {{ adapter.dispatch('keep_masked', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__keep_masked() %}{% endmacro %}


{% macro redshift__keep_masked() %}
    {%- set existing = policy_names() -%}
    {%- if existing -%}
        {%- do attach_policies(this, tagged_columns(model), existing) -%}
    {%- endif -%}
{% endmacro %}


{#
    Attaches the missing policies of one table. Creates policies that are not in `existing`, and adds them to that list.
    Returns how many were attached.
#}
{% macro attach_policies(relation, columns, existing) %}
    {%- set attached = [] -%}
    {%- for policy in attached_policies(relation) -%}
        {%- do attached.append((policy.column, policy.role)) -%}
    {%- endfor -%}
    {%- set added = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name in columns -%}
        {%- set type = 'varchar(' ~ column.string_size() ~ ')' if column.is_string() else column.data_type -%}
        {%- for role, way, priority in [('engineer', 'mask', 10), ('pii_reader', 'show', 20)] -%}
            {%- set policy = policy_prefix() ~ way ~ '_' ~ type | replace('(', '_') | replace(')', '') -%}
            {%- if policy not in existing -%}
                {%- do run_query(
                    "create masking policy " ~ policy ~ " with (value " ~ type ~ ") using ("
                    ~ (masking_expression(type) if way == 'mask' else "value") ~ ")"
                ) -%}
                {%- do existing.append(policy) -%}
            {%- endif -%}
            {%- if (column.name, role) not in attached -%}
                {%- do run_query(
                    "attach masking policy " ~ policy ~ " on " ~ relation.include(database=false) ~ " (" ~ column.name
                    ~ ") to role " ~ role ~ " priority " ~ priority
                ) -%}
                {%- do added.append(policy) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(added | length) }}
{% endmacro %}


{# An engineer sees whether there is a value, and the year of a date. #}
{% macro masking_expression(type) %}
    {%- if type == 'date' -%}
        {{ return("cast(date_trunc('year', value) as date)") }}
    {%- elif type.startswith('varchar') -%}
        {{ return("cast(case when value is not null then '***' end as " ~ type ~ ")") }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("No mask is defined for columns of type " ~ type ~ ". Add one to the macro masking_expression.") }}
    {%- endif -%}
{% endmacro %}


{% macro masked_nodes() %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'snapshot') and node.config.schema == 'silver' -%}
        {%- if tagged_columns(node) -%}
            {%- do nodes.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}


{#
    Names of the columns of a model or snapshot of silver that hold personal data: those that the contract of its entity
    (meta.entity) tags, and the raw record.
#}
{% macro tagged_columns(node) %}
    {%- set entity = (node.config.meta or {}).get('entity') -%}
    {%- if not entity -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set domain, name = entity.split('.') -%}
    {%- set columns = pii_columns(domain, name) -%}
    {{ return(columns + (['_raw_record'] if columns and node.name.startswith('base_') else [])) }}
{% endmacro %}


{# Policies belong to the database, not to a schema, so their names carry the target's schema prefix. #}
{% macro policy_prefix() %}
    {{ return('tieout_' ~ target.schema ~ '_') }}
{% endmacro %}


{% macro policy_names() %}
    {%- set query -%}
        select policy_name from svv_masking_policy where policy_name like '{{ policy_prefix() | replace('_', '@_') }}%' escape '@'
    {%- endset -%}
    {%- set names = [] -%}
    {%- for name in run_query(query).columns[0].values() | map('trim') if is_own_policy(name) -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{# The prefix alone is not enough: the policies of dev_ada also begin with tieout_dev_. #}
{% macro is_own_policy(name) %}
    {{ return(modules.re.fullmatch(policy_prefix() ~ '(mask|show)_(date|varchar_[0-9]+)', name) is not none) }}
{% endmacro %}


{% macro attached_policies(relation=none) %}
    {%- set query -%}
        select policy_name, schema_name, table_name, output_columns, grantee
        from svv_attached_masking_policy
        where
            policy_name like '{{ policy_prefix() | replace('_', '@_') }}%' escape '@'
            {%- if relation %}
            and schema_name = '{{ relation.schema }}'
            and table_name = '{{ relation.identifier }}'
            {%- endif %}
        order by schema_name, table_name, output_columns, grantee
    {%- endset -%}
    {%- set attached = [] -%}
    {%- for row in run_query(query).rows if is_own_policy(row[0] | trim) -%}
        {#- A JSON list with one column. -#}
        {%- do attached.append({
            'policy': row[0] | trim,
            'schema': row[1] | trim,
            'table': row[2] | trim,
            'column': fromjson(row[3])[0],
            'role': row[4] | trim,
        }) -%}
    {%- endfor -%}
    {{ return(attached) }}
{% endmacro %}
