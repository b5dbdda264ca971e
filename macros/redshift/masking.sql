{#
    Dynamic data masking on Redshift, from the `pii` tags of silver's columns:

        dbt run-operation apply_masking     engineers see *** and years, pii_readers see all
        dbt run-operation remove_masking    as before

    Both may be repeated. They need a user with sys:secadmin. Policies are attached to roles, not to everybody: one for
    everybody would mask what dbt itself reads, and masked values would be stored.
#}
{% macro apply_masking() %}
    {{ adapter.dispatch('apply_masking', 'tieout')() }}
{% endmacro %}


{% macro default__apply_masking() %}
    {%- do log(target.type ~ " has no masking policies: nothing to do.", info=true) -%}
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
            {#- Looking up columns has begun a transaction, which dbt rolls back at the end of an operation. -#}
            {%- do adapter.commit() -%}
        {%- else -%}
            {%- do log(node.name ~ " is not built yet: it is masked when it is.", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do log("Masking: " ~ done.attached ~ " policies newly attached.", info=true) -%}
{% endmacro %}


{% macro remove_masking() %}
    {{ adapter.dispatch('remove_masking', 'tieout')() }}
{% endmacro %}


{% macro default__remove_masking() %}
    {%- do log(target.type ~ " has no masking policies: nothing to do.", info=true) -%}
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
    Post-hook of silver's tables: a table that is built anew has lost its policies with the old one, and gets them back in
    the transaction that puts it in place. Does nothing as long as apply_masking has not run.
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
    Attaches what is missing on one table; makes policies that are not among the existing ones, and adds them there.
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


{# What an engineer sees: that there is a value, and of a date its year. #}
{% macro masking_expression(type) %}
    {%- if type == 'date' -%}
        {{ return("cast(date_trunc('year', value) as date)") }}
    {%- elif type.startswith('varchar') -%}
        {{ return("cast(case when value is not null then '***' end as " ~ type ~ ")") }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("There is no way to mask a column of type " ~ type ~ " yet: add one here.") }}
    {%- endif -%}
{% endmacro %}


{# Silver's models and snapshots with tagged columns. #}
{% macro masked_nodes() %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'snapshot') and node.config.schema == 'silver' -%}
        {%- if tagged_columns(node) -%}
            {%- do nodes.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}


{# Names of a node's columns that are tagged as PII. #}
{% macro tagged_columns(node) %}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() if column.meta.get('pii') -%}
        {%- do columns.append(column.name) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{# Policies belong to the database, not to a schema, so their names carry the target's schema prefix. #}
{% macro policy_prefix() %}
    {{ return('tieout_' ~ target.schema ~ '_') }}
{% endmacro %}


{# Names of this target's policies. #}
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


{# Whether a policy is this target's: the prefix tieout_dev_ also begins the names of dev_ada's policies. #}
{% macro is_own_policy(name) %}
    {{ return(modules.re.fullmatch(policy_prefix() ~ '(mask|show)_(date|varchar_[0-9]+)', name) is not none) }}
{% endmacro %}


{# Where this target's policies are attached, on one table or on all. #}
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
        {#- The columns are a JSON list; a policy of ours has one. -#}
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
