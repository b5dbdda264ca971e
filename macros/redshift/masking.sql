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
    {%- do create_masking_table() -%}
    {#- From now on masking is on, even if this operation is interrupted. -#}
    {%- if not remembered_masks('*') -%}
        {%- do remember_masks([]) -%}
    {%- endif -%}
    {%- set existing = policy_names() -%}
    {%- set attached = attached_policies() -%}
    {%- set done = namespace(added=0, masks=[]) -%}
    {%- for node in masked_nodes() -%}
        {%- set relation = load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias
        )) -%}
        {%- if relation -%}
            {%- set masks = masks_of(relation, tagged_columns(node)) -%}
            {#- The column lookup opened a transaction. -#}
            {%- do adapter.commit() -%}
            {%- set done.added = done.added + attach_masks(relation, masks, existing, attached) | int -%}
            {%- set done.masks = done.masks + masks -%}
        {%- else -%}
            {%- do log(node.name ~ " does not exist yet. Its policies are attached when it is built.", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do remember_masks(done.masks) -%}
    {%- do compare_masks(remembered_masks(), attached_policies()) -%}
    {%- do log("Masking: " ~ done.added ~ " policies attached.", info=true) -%}
{% endmacro %}


{% macro remove_masking() %}
    {{ adapter.dispatch('remove_masking', 'tieout')() }}
{% endmacro %}


{% macro default__remove_masking() %}
    {%- do log(target.type ~ " has no masking policies. Nothing to do.", info=true) -%}
{% endmacro %}


{% macro redshift__remove_masking() %}
    {%- do create_masking_table() -%}
    {%- set policies = policy_names() -%}
    {%- if not policies and remembered_masks('*') -%}
        {%- do refuse_without_policies() -%}
    {%- endif -%}
    {%- set attached = attached_policies() -%}
    {%- for mask in attached -%}
        {%- do run_query(
            "detach masking policy " ~ mask.policy ~ " on " ~ mask.schema ~ "." ~ mask.table ~ " (" ~ mask.column
            ~ ") from role " ~ mask.role
        ) -%}
    {%- endfor -%}
    {%- for policy in policies -%}
        {%- do run_query("drop masking policy " ~ policy) -%}
    {%- endfor -%}
    {%- do run_query("delete from " ~ masking_table()) -%}
    {%- do log(
        "Masking removed: " ~ attached | length ~ " policies detached, " ~ policies | length ~ " dropped.", info=true
    ) -%}
{% endmacro %}


{# Post-hook of silver's tables. Does nothing before the first apply_masking. #}
{% macro keep_masked() %}
    {%- if execute and tagged_columns(model) -%}
        {{ adapter.dispatch('keep_masked', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__keep_masked() %}{% endmacro %}


{#
    A rebuilt table is a new table without policies. The guide says neither whether policies can be attached in a
    transaction, nor what becomes of them when the table is renamed in it. So the transaction that replaces the table ends
    here, without the readers whose view is masked, and they may read the table when its policies are attached.
#}
{% macro redshift__keep_masked() %}
    {%- set remembered = remembered_masks(this.identifier) -%}
    {%- if remembered -%}
        {%- set attached = attached_policies(this) -%}
        {%- set columns = attached | map(attribute='column') | list -%}
        {%- set unmasked = tagged_columns(model) | reject('in', columns) | list -%}
        {%- if unmasked or remembered | length != attached | length + 1 -%}
            {%- set masks = masks_of(this, tagged_columns(model)) -%}
            {%- do run_query("revoke select on " ~ this.include(database=false) ~ " from role engineer") -%}
            {%- do adapter.commit() -%}
            {%- do attach_masks(this, masks, policy_names(), attached) -%}
            {%- do remember_masks(masks, this.identifier) -%}
            {#- dbt goes on in a transaction, and grants what else is missing. -#}
            {%- call statement('grant_after_masking', auto_begin=true) -%}
                grant select on {{ this.include(database=false) }} to role engineer
            {%- endcall -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# The policies that the tagged columns of a table need, as a list of mappings. #}
{% macro masks_of(relation, columns) %}
    {%- set masks = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name in columns -%}
        {%- set type = 'varchar(' ~ column.string_size() ~ ')' if column.is_string() else column.data_type -%}
        {%- for role, way, priority in [('engineer', 'mask', 10), ('pii_reader', 'show', 20)] -%}
            {%- do masks.append({
                'table': relation.identifier,
                'column': column.name,
                'role': role,
                'policy': policy_prefix() ~ way ~ '_' ~ type | replace('(', '_') | replace(')', ''),
                'priority': priority,
                'type': type,
                'expression': masking_expression(type) if way == 'mask' else 'value',
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(masks) }}
{% endmacro %}


{#
    Attaches the policies of a table that are not in `attached`. Creates those that are not in `existing`, and adds them to
    that list. Returns how many were attached.
#}
{% macro attach_masks(relation, masks, existing, attached) %}
    {%- set found = [] -%}
    {%- for mask in attached if mask.schema == relation.schema and mask.table == relation.identifier -%}
        {%- do found.append((mask.column, mask.role)) -%}
    {%- endfor -%}
    {%- set added = [] -%}
    {%- for mask in masks if (mask.column, mask.role) not in found -%}
        {%- if mask.policy not in existing -%}
            {%- do run_query(
                "create masking policy " ~ mask.policy ~ " with (value " ~ mask.type ~ ") using (" ~ mask.expression ~ ")"
            ) -%}
            {%- do existing.append(mask.policy) -%}
        {%- endif -%}
        {%- do run_query(
            "attach masking policy " ~ mask.policy ~ " on " ~ relation.include(database=false) ~ " (" ~ mask.column
            ~ ") to role " ~ mask.role ~ " priority " ~ mask.priority
        ) -%}
        {%- do added.append(mask.policy) -%}
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
    (meta.entity) or control table (meta.control_table) tags, and the raw record.
#}
{% macro tagged_columns(node) %}
    {%- set meta = node.config.meta or {} -%}
    {%- set entity = 'control.' ~ meta.control_table if meta.control_table else meta.entity -%}
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
        {%- for column in columns_of_policy(row[3]) -%}
            {%- do attached.append({
                'policy': row[0] | trim,
                'schema': row[1] | trim,
                'table': row[2] | trim,
                'column': column,
                'role': row[4] | trim,
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(attached) }}
{% endmacro %}


{#
    Names of the columns in `output_columns`, whose form the guide does not describe: a JSON list of names or of mappings
    with names, an array such as {email}, or names alone.
#}
{% macro columns_of_policy(text) %}
    {%- set parsed = fromjson(text | trim, none) -%}
    {%- set columns = [] -%}
    {%- if parsed is string -%}
        {%- do columns.append(parsed) -%}
    {%- elif parsed is sequence and parsed is not mapping -%}
        {%- for item in parsed -%}
            {%- do columns.append(item if item is string else item.get('colname') or item.get('column_name') or item.get('name')) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for item in text.split(',') -%}
            {%- do columns.append(modules.re.sub('[^A-Za-z0-9_$].*$', '', modules.re.sub('^[^A-Za-z0-9_]+', '', item))) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns | map('lower') | list) }}
{% endmacro %}
