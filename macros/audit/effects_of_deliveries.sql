{#
    What each delivery changed in a fact between two revisions of the monthly totals, as CTEs up to <fact>_causes: by month,
    currency and file, what its rows added, less what was there before, in every measure.

    A key counts if its latest row is not withdrawn and, in entities whose rows replace others, no other key replaces it. So
    these are looked at: the keys with new rows, those that they name, those whose price is new (an exchange rate or a unit
    cost, which also holds on days after its own), and of all of them those that replace them. Everything is ranked as of
    each revision and as of the one before it, by load time.

    fact: one of restated_facts.
    intervals: name of a CTE with fact_name, revision, loaded_after and loaded_until.
#}
{% macro effects_of_deliveries(fact, intervals) -%}
{{- expect_expression('effects_of_deliveries', 'intervals', intervals) -}}
{%- set name = fact.table -%}
{%- set keys = [] -%}
{%- for column in fact.key -%}{%- do keys.append('key_' ~ loop.index) -%}{%- endfor -%}
{%- set revision_and_keys = ['revision'] + keys -%}
{{ name }}_intervals as (
    select
        revision,
        loaded_after,
        loaded_until
    from {{ intervals }}
    where fact_name = {{ text_literal(name) }}
),

{{ name }}_states as (
    select
        {% for column in fact.key -%}
        delivered.{{ column }} as key_{{ loop.index }},
        {% endfor -%}
        {% for column, expression in fact.identity.items() -%}
        {{ expression }} as {{ column }},
        {% endfor -%}
        {% for column, expression in fact.columns.items() -%}
        {{ expression }} as {{ column }},
        {% endfor -%}
        {{ fact.currency or text_literal('Any') }} as currency_code,
        {% for price, (_, column) in fact.prices.items() -%}
        delivered.{{ column }} as {{ price }}_key,
        {% endfor -%}
        {{ 'delivered.' ~ fact.replaces if fact.replaces else 'cast(null as varchar(256))' }} as replaces_key,
        {{ is_active('delivered') }} as is_active,
        {% for column in version_order() -%}
        delivered.{{ column }} as {{ version_column(column) }},
        {% endfor -%}
        delivered._loaded_at
    from {{ ref(fact.base) }} as delivered
    {%- for seed, seed_column, column in fact.joins %}
    inner join {{ ref(seed) }} as {{ seed }} on delivered.{{ column }} = {{ seed }}.{{ seed_column }}
    {%- endfor %}
    where delivered._failed_rules = ''
),

-- Keys with a row that was loaded between two revisions.
{{ name }}_touched as (
    select distinct
        intervals.revision,
        intervals.loaded_after,
        intervals.loaded_until,
        {{ columns_of('states', keys) }}
    from {{ name }}_states as states
    inner join {{ name }}_intervals as intervals
        on
            states._loaded_at > intervals.loaded_after
            and states._loaded_at <= intervals.loaded_until
),

{% if fact.replaces -%}
{{ name }}_pairs as (
    {{ replacement_pairs(fact.base, fact.key[0], fact.replaces) }}
),

{% endif -%}
{% for price in fact.prices -%}
{{ prices_as_of(fact, price) }}

{% endfor -%}
{% if fact.prices -%}
{{ name }}_repriced as (
    select
        revision,
        loaded_after,
        loaded_until,
        {{ keys | join(',\n        ') }},
        {% for price in fact.prices -%}
        max({{ price }}_file) as {{ price }}_file{{ ',' if not loop.last }}
        {% endfor -%}
    from (
        {%- for price in fact.prices %}
        {{ 'union all' if not loop.first }}
        select
            intervals.revision,
            intervals.loaded_after,
            intervals.loaded_until,
            {{ columns_of('states', keys) }},
            {% for other in fact.prices -%}
            {{ 'prices.source_file' if other == price else 'cast(null as varchar(1024))' }} as {{ other }}_file
            {{- ',' if not loop.last }}
            {% endfor -%}
        from {{ name }}_states as states
        inner join {{ name }}_{{ price }}s_after as prices
            on
                states.{{ price }}_key = prices.price_key
                and prices.is_new
                and {{ price_holds('prices', 'states.' ~ fact.day) }}
        inner join {{ name }}_intervals as intervals on prices.revision = intervals.revision
        where states._loaded_at <= intervals.loaded_until
        {%- endfor %}
    ) as repriced
    group by
        revision,
        loaded_after,
        loaded_until,
        {{ keys | join(',\n        ') }}
),

{% endif -%}
{{ name }}_affected as (
    select * from {{ name }}_touched
    {%- if fact.replaces %}
    union
    select
        touched.revision,
        touched.loaded_after,
        touched.loaded_until,
        pairs.replaced_key as key_1
    from {{ name }}_touched as touched
    inner join {{ name }}_pairs as pairs on touched.key_1 = pairs.replacing_key
    {%- endif %}
    {%- if fact.prices %}
    union
    select
        revision,
        loaded_after,
        loaded_until,
        {{ keys | join(',\n        ') }}
    from {{ name }}_repriced
    {%- endif %}
),

{{ name }}_to_rank as (
    select * from {{ name }}_affected
    {%- if fact.replaces %}
    union
    select
        affected.revision,
        affected.loaded_after,
        affected.loaded_until,
        pairs.replacing_key as key_1
    from {{ name }}_affected as affected
    inner join {{ name }}_pairs as pairs on affected.key_1 = pairs.replaced_key
    {%- endif %}
),

{{ name }}_ranked as (
    select
        to_rank.revision,
        states.*,
        states._loaded_at <= to_rank.loaded_after as was_known,
        row_number() over (
            partition by to_rank.revision, {{ columns_of('states', keys, ', ') }}
            order by {{ latest_first('states') }}
        ) as rank_now,
        row_number() over (
            partition by to_rank.revision, {{ columns_of('states', keys, ', ') }}, states._loaded_at <= to_rank.loaded_after
            order by {{ latest_first('states') }}
        ) as rank_before
    from {{ name }}_states as states
    inner join {{ name }}_to_rank as to_rank
        on
            states._loaded_at <= to_rank.loaded_until
            and {{ same_columns('states', 'to_rank', keys) }}
),

{% for moment, condition in [('after', 'rank_now = 1'), ('before', 'was_known and rank_before = 1')] -%}
{{ name }}_states_{{ moment }} as (
    select *
    from {{ name }}_ranked
    where {{ condition }}
),

{% if fact.replaces -%}
{{ name }}_replaced_{{ moment }} as (
    select distinct
        revision,
        replaces_key
    from {{ name }}_states_{{ moment }}
    where
        is_active
        and replaces_key is not null
),

{% endif -%}
{{ name }}_counted_{{ moment }} as (
    select
        {% for price in fact.prices -%}
        {{ price }}s.price as {{ price }},
        {% endfor -%}
        states.*
    from {{ name }}_states_{{ moment }} as states
    {%- if fact.replaces %}
    left join {{ name }}_replaced_{{ moment }} as replaced
        on
            states.revision = replaced.revision
            and states.key_1 = replaced.replaces_key
    {%- endif %}
    {%- for price in fact.prices %}
    left join {{ name }}_{{ price }}s_{{ moment }} as {{ price }}s
        on
            states.revision = {{ price }}s.revision
            and states.{{ price }}_key = {{ price }}s.price_key
            and {{ price_holds(price ~ 's', 'states.' ~ fact.day) }}
    {%- endfor %}
    where
        states.is_active
        {{ 'and replaced.revision is null' if fact.replaces }}
),

{% endfor -%}
{{ files_of_effects(fact, keys) }}

{{ name }}_effects as (
    {% for moment, sign in [('after', '1'), ('before', '-1')] -%}
    select
        counted.*,
        caused_by.source_file,
        {% for price in fact.valued_by.values() -%}
        case when caused_by.{{ price }}_alone is null then {{ sign }} else 0 end as {{ price }}_effect_sign,
        {% endfor -%}
        {{ sign }} as effect_sign
    from {{ name }}_counted_{{ moment }} as counted
    inner join {{ name }}_caused_by as caused_by
        on {{ same_columns('counted', 'caused_by', revision_and_keys) }}
    {% for price in fact.valued_by.values() -%}
    union all
    select
        counted.*,
        caused_by.{{ price }}_alone as source_file,
        {% for other in fact.valued_by.values() -%}
        {{ sign if other == price else 0 }} as {{ other }}_effect_sign,
        {% endfor -%}
        0 as effect_sign
    from {{ name }}_counted_{{ moment }} as counted
    inner join {{ name }}_caused_by as caused_by
        on {{ same_columns('counted', 'caused_by', revision_and_keys) }}
    where caused_by.{{ price }}_alone is not null
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{{ name }}_valued as (
    select
        *,
        {% for column, expression in fact.priced.items() -%}
        {{ expression }} as {{ column }},
        {% endfor -%}
        {{ cell_number(fact) }} as cell_number,
        {{ month_start(fact.day) }} as month_start
    from {{ name }}_effects
),

{{ name }}_causes as (
    select
        revision,
        month_start,
        currency_code,
        source_file,
        sum(effect_sign) as fact_rows,
        {{ sums_of_measures(fact, 'effect_sign') | indent(4) }}
    from {{ name }}_valued
    group by
        revision,
        month_start,
        currency_code,
        source_file
),
{%- endmacro %}
