{#
    What unexplained_rows compares, as a list of sides. Each pair of layers has a side with the rows that must be there and a
    side with the rows that are there:

    - loaded to base: the rows as they were when their outcome was worked out, and base;
    - base to stg: the current, replaced and withdrawn rows, and stg;
    - base to versions: these and the superseded rows, and the versions of an entity with a history;
    - stg to each fact with one row per row of stg that counts.

    A side is a mapping: the entity (a mapping of audited_entities), from_layer, to_layer, is_in (whether its rows must be
    there), compares_values, table, condition (of its rows), for sides of row_outcomes also outcomes (the condition of their
    outcomes), totals (the CTE with the totals of these rows), and the expressions of file, line, business key, amount and
    fingerprint.
#}
{% macro file_borders() %}
    {%- set sides = [] -%}
    {%- for entity in audited_entities() -%}
        {%- set outcomes = {
            'entity': entity,
            'is_in': true,
            'compares_values': true,
            'table': 'row_outcomes',
            'file': 'source_file',
            'line': 'source_line',
            'key': 'business_key',
            'amount': 'control_amount',
            'fingerprint': '_fingerprint',
        } -%}
        {%- set silver = {
            'entity': entity,
            'is_in': false,
            'compares_values': true,
            'condition': 'true',
            'file': '_source_file',
            'line': '_source_line',
            'key': business_key(entity.key),
            'amount': entity.amount or 'cast(null as decimal(18, 2))',
            'fingerprint': row_fingerprint(entity),
        } -%}
        {%- set no_fingerprint = {'compares_values': false, 'fingerprint': 'cast(null as bigint)'} -%}

        {%- do sides.append(dict(outcomes, from_layer='loaded', to_layer='base', outcomes='true')) -%}
        {%- do sides.append(dict(
            silver, from_layer='loaded', to_layer='base', table=entity.base, fingerprint=base_fingerprint(entity)
        )) -%}

        {%- do sides.append(dict(
            outcomes, from_layer='base', to_layer='stg', outcomes="outcome in ('current', 'replaced', 'withdrawn')"
        )) -%}
        {%- do sides.append(dict(silver, from_layer='base', to_layer='stg', table=entity.stg)) -%}

        {%- for history in audited_histories()
            if entity.history and history.domain == entity.domain and history.entity == entity.name -%}
            {%- do sides.append(dict(
                outcomes, from_layer='base', to_layer='versions',
                outcomes="outcome in ('current', 'superseded', 'replaced', 'withdrawn')"
            )) -%}
            {%- do sides.append(dict(silver, from_layer='base', to_layer='versions', table=history.versions)) -%}
        {%- endfor -%}

        {%- for fact in audited_facts() if fact.domain == entity.domain and fact.entity == entity.name -%}
            {%- do sides.append(dict(
                silver, is_in=true, from_layer='stg', to_layer=fact.table, table=entity.stg,
                condition=counted_rows(entity) or 'true', **no_fingerprint
            )) -%}
            {%- do sides.append(dict(
                silver,
                from_layer='stg',
                to_layer=fact.table,
                table=fact.table,
                key='cast(null as varchar(1024))',
                amount=fact.amount or 'cast(null as decimal(18, 2))',
                **no_fingerprint
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for side in sides -%}
        {%- if side.table == 'row_outcomes' -%}
            {%- do side.update({
                'condition': "row_outcomes.domain = '" ~ side.entity.domain ~ "' and row_outcomes.entity = '"
                    ~ side.entity.name ~ "' and " ~ side.outcomes
            }) -%}
        {%- endif -%}
        {%- set counts_some = side.condition != 'true' and side.table != 'row_outcomes' -%}
        {%- do side.update({'totals': side.table ~ ('_counted_totals' if counts_some else '_totals')}) -%}
    {%- endfor -%}
    {{ return(sides) }}
{% endmacro %}


{# The condition that a row of an entity's staging model counts in facts; none where all rows count. #}
{% macro counted_rows(entity) %}
    {{ return(is_counted() if entity.replaces else is_active() if entity.can_withdraw else none) }}
{% endmacro %}


{#
    The totals of each file of the rows of silver or of a fact, for all sides that read these rows. Where values are not
    compared, the sum of line times amount notices that two rows have swapped their amounts.

    sides: the sides that read them.
#}
{% macro table_totals(sides) -%}
    {%- set side = sides[0] -%}
    select
        {{ side.file }} as source_file,
        count(*) as row_total,
        sum({{ side.line }}) as line_total,
        cast(sum(coalesce({{ side.amount }}, 0)) as decimal(38, 2)) as amount_total,
        {%- if sides | rejectattr('compares_values') | list %}
        cast(
            sum(cast(coalesce({{ side.amount }}, 0) as decimal(27, 2)) * cast({{ side.line }} as decimal(9, 0)))
            as decimal(38, 2)
        ) as weighted_total,
        {%- else %}
        cast(0 as decimal(38, 2)) as weighted_total,
        {%- endif %}
        {%- if sides | selectattr('compares_values') | list %}
        {#- On Redshift a sum of bigint is a bigint, which would overflow. #}
        cast(sum(cast(coalesce({{ side.fingerprint }}, 0) as decimal(38, 0))) as decimal(38, 0)) as fingerprint_total
        {%- else %}
        cast(0 as decimal(38, 0)) as fingerprint_total
        {%- endif %}
    from {{ ref(side.table) }}
    where {{ side.condition }}
    group by {{ side.file }}
{%- endmacro %}


{#
    A side's part of the differences. Totals of rows that are there count less than zero, so that both sides add up to zero.
    Amounts and fingerprints are wide values.
#}
{% macro side_totals(side) -%}
    {%- set sign = '' if side.is_in else '-' -%}
    select
        {{ text_literal(side.entity.domain) }} as domain,
        {{ text_literal(side.entity.name) }} as entity,
        {{ text_literal(side.from_layer) }} as from_layer,
        {{ text_literal(side.to_layer) }} as to_layer,
        source_file,
        {{ sign }}row_total as row_total,
        {{ sign }}line_total as line_total,
        {{ wide_value(sign ~ 'amount_total') }} as amount_total,
        {{ wide_value('cast(0 as decimal(38, 2))' if side.compares_values else sign ~ 'weighted_total') }} as weighted_total,
        {{ wide_value(sign ~ 'fingerprint_total' if side.compares_values else 'cast(0 as decimal(38, 0))') }} as fingerprint_total
    from {{ side.totals }}{{ ' as row_outcomes' if side.table == 'row_outcomes' }}
    {{ 'where ' ~ side.condition if side.table == 'row_outcomes' }}
{%- endmacro %}


{#
    The rows of all sides of row_outcomes that are in the files to compare, in one read of it.

    sides: these sides.
    outcomes, files: names of CTEs, of row_outcomes and of the files with domain, entity, from_layer, to_layer and source_file.
#}
{% macro outcome_rows(sides, outcomes, files) -%}
    {{- expect_expression('outcome_rows', 'outcomes', outcomes) -}}
    {{- expect_expression('outcome_rows', 'files', files) -}}
    {%- set borders = {} -%}
    {%- for side in sides -%}
        {%- do borders.update({(side.from_layer, side.to_layer): side.outcomes}) -%}
    {%- endfor -%}
    select
        files.domain,
        files.entity,
        files.from_layer,
        files.to_layer,
        outcomes.source_file,
        outcomes.source_line,
        outcomes.business_key,
        outcomes.control_amount as amount,
        outcomes._fingerprint as row_fingerprint,
        1 as rows_in,
        0 as rows_out
    from {{ outcomes }} as outcomes
    inner join {{ files }} as files
        on
            outcomes.domain = files.domain
            and outcomes.entity = files.entity
            and outcomes.source_file = files.source_file
    where
        {% for (from_layer, to_layer), condition in borders.items() -%}
        {{ 'or ' if not loop.first }}(files.from_layer = '{{ from_layer }}' and files.to_layer = '{{ to_layer }}' and {{ condition }})
        {% endfor %}
{%- endmacro %}


{#
    The rows of a side of silver or of a fact that are in the files to compare.

    files: name of a CTE with domain, entity, from_layer, to_layer and source_file.
#}
{% macro side_rows(side, files) -%}
    {{- expect_expression('side_rows', 'files', files) -}}
    select
        {{ text_literal(side.entity.domain) }} as domain,
        {{ text_literal(side.entity.name) }} as entity,
        {{ text_literal(side.from_layer) }} as from_layer,
        {{ text_literal(side.to_layer) }} as to_layer,
        {{ side.file }} as source_file,
        {{ side.line }} as source_line,
        {{ side.key }} as business_key,
        {{ side.amount }} as amount,
        {{ side.fingerprint }} as row_fingerprint,
        {{ 1 if side.is_in else 0 }} as rows_in,
        {{ 0 if side.is_in else 1 }} as rows_out
    from {{ ref(side.table) }}
    where
        {{ side.condition }}
        and {{ side.file }} in (
            select files.source_file
            from {{ files }} as files
            where
                files.domain = '{{ side.entity.domain }}'
                and files.entity = '{{ side.entity.name }}'
                and files.from_layer = '{{ side.from_layer }}'
                and files.to_layer = '{{ side.to_layer }}'
        )
{%- endmacro %}
