{#
    The time, as a literal, until which the rows of each entity have an outcome, by entity as <domain>.<name>. Empty where
    all outcomes are worked out: for a new table, and by the full proof.
#}
{% macro loaded_outcomes() %}
    {%- set loaded = {} -%}
    {%- if execute and is_incremental() and not proof_is_full() -%}
        {%- set query = "select domain, entity, max(_loaded_at) from " ~ this ~ " group by domain, entity" -%}
        {%- for row in run_query(query).rows -%}
            {%- do loaded.update({row[0] ~ '.' ~ row[1]: "cast('" ~ row[2] ~ "' as timestamp)"}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(loaded) }}
{% endmacro %}


{#
    The entities of which rows keep their first fingerprints, as <domain>.<name>: all where the table is kept. A full refresh
    proves anew only what is made anew from bronze. Of other entities, base may have been changed by hand.
#}
{% macro entities_proved_before() %}
    {%- set kept = [] -%}
    {%- set is_kept = execute and (is_incremental() or (flags.FULL_REFRESH and load_relation(this) is not none)) -%}
    {%- for entity in audited_entities() if is_kept -%}
        {%- if is_incremental() or 'model.' ~ project_name ~ '.' ~ entity.base not in selected_resources -%}
            {%- do kept.append(entity.domain ~ '.' ~ entity.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(kept) }}
{% endmacro %}


{# The first fingerprint of a row of `outcomes`: that of the same row of `earlier`, if its entity was proved before. #}
{% macro first_fingerprint(proved) -%}
    {%- if not proved -%}
        outcomes._fingerprint
    {%- elif is_incremental() -%}
        coalesce(earlier._fingerprint, outcomes._fingerprint)
    {%- else -%}
        {%- set is_proved = "outcomes.domain || '.' || outcomes.entity in ('" ~ proved | join("', '") ~ "')" -%}
        coalesce(case when {{ is_proved }} then earlier._fingerprint end, outcomes._fingerprint)
    {%- endif -%}
{%- endmacro %}


{#
    The fingerprint of the values that a row has in all of silver: the columns of the contract, its line, arrival day and row
    hash. Base, stg and the versions of an entity hold the same rows, so their fingerprints are compared.

    entity: a mapping of audited_entities.
    relation: the alias of the relation; none where the names are unique.
#}
{% macro row_fingerprint(entity, relation=none) -%}
    {{ fingerprint(fingerprinted_columns(entity), relation) }}
{%- endmacro %}


{#
    The same of a row in base, with its broken rules and its raw record. An accepted row has neither, so its fingerprint is
    that of row_fingerprint.
#}
{% macro base_fingerprint(entity) -%}
    {{ fingerprint(fingerprinted_columns(entity) + ["nullif(_failed_rules, '')", '_raw_record']) }}
{%- endmacro %}


{% macro fingerprinted_columns(entity) %}
    {{ return(
        contract_columns(entity.domain, entity.name, delivered_only=true)
        + base_derived(entity.domain, entity.name).keys() | list
        + ['_source_line', '_arrived_on', '_row_hash']
    ) }}
{% endmacro %}


{#
    The fingerprint of the delivered values of a version, without its file and line: a repeat changes these in silver, and not
    in the snapshot.

    history: a mapping with domain and entity, such as one of audited_histories.
#}
{% macro content_fingerprint(history) -%}
    {{ fingerprint(content_columns(history)) }}
{%- endmacro %}


{% macro content_columns(history) %}
    {{ return(contract_columns(history.domain, history.entity, delivered_only=true) + ['_row_hash']) }}
{% endmacro %}
