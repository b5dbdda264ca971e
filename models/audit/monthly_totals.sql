-- The totals of every measure of the facts by month and currency, one row per revision. Every run compares the facts
-- with the latest revision and adds a row for each total that differs; restatements explains the changes. A full
-- refresh does not rebuild the table: earlier totals cannot be computed again. Each fact is read in one pass, as in the
-- reconciliation of layers, because a change that dbt did not make leaves no trace in load times.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    tags=['persistent'],
    on_schema_change='fail',
    pre_hook="{{ upgrade_monthly_totals() }}",
) }}

{% set facts = restated_facts() -%}

with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

currencies as (select * from {{ ref('dim_currency') }}),

{% for fact in facts -%}
{% set name = fact.table -%}
{{ name }}_rows as (
    select
        {{ name }}.*,
        {{ month_start(name ~ '.' ~ fact.day) }} as month_start,
        {{ currency_in_fact(fact) }} as currency_code,
        {{ cell_number(fact) }} as cell_number
    from {{ ref(name) }} as {{ name }}
    {% if fact.currency and fact.currency.startswith('delivered.') -%}
    inner join currencies on {{ name }}.currency_id = currencies.currency_id
    {% endif -%}
),

-- The last business day may be older than the last delivery. Rows dated after their arrival do not count for it.
{{ name }}_months as (
    select
        {{ name }}_rows.month_start,
        {{ name }}_rows.currency_code,
        count(*) as fact_rows,
        max(case when {{ name }}_rows.{{ fact.day }} <= deliveries.arrived_on then {{ name }}_rows.{{ fact.day }} end)
            as last_business_day,
        max({{ name }}_rows._loaded_at) as loaded_at,
        {% set priced_at = [] -%}
        {% for entity, _ in fact.prices.values() -%}
        {%- do priced_at.append('max(' ~ name ~ '_rows.' ~ restated_prices()[entity].loaded ~ ')') -%}
        {% endfor -%}
        {{ 'greatest(\n            ' ~ priced_at | join(',\n            ') ~ '\n        )' if priced_at | length > 1
            else priced_at | join('') or 'max(' ~ name ~ '_rows._loaded_at)' }} as priced_at,
        {{ sums_of_measures(fact) | indent(4) }}
    from {{ name }}_rows
    left join deliveries on {{ name }}_rows._source_file = deliveries.bronze_file
    group by
        {{ name }}_rows.month_start,
        {{ name }}_rows.currency_code
),

-- Withdrawn and replaced rows are not in the fact, but they change totals too.
{{ name }}_not_counted as (
    select coalesce(max(_loaded_at), {{ beginning_of_time() }}) as _loaded_at
    from {{ ref(fact.stg) }}
    where not ({{ is_counted() if fact.replaces else is_active() }})
),

{{ name }}_counted as (
    select
        max(last_business_day) as last_business_day,
        coalesce(max(loaded_at), {{ beginning_of_time() }}) as loaded_at,
        coalesce(max(priced_at), {{ beginning_of_time() }}) as priced_at
    from {{ name }}_months
),

{{ name }}_progress as (
    select
        {{ text_literal(name) }} as fact_name,
        {{ name }}_counted.last_business_day,
        greatest({{ name }}_counted.loaded_at, {{ name }}_counted.priced_at, {{ name }}_not_counted._loaded_at)
            as _loaded_at
    from {{ name }}_counted
    cross join {{ name }}_not_counted
),

{% endfor -%}
progress as (
    {% for fact in facts -%}
    select * from {{ fact.table }}_progress
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

found as (
    {% for fact in facts -%}
    {% set is_last_fact = loop.last -%}
    {% for measure in fact.measures -%}
    select
        {{ text_literal(fact.table) }} as fact_name,
        {{ text_literal(measure) }} as measure,
        month_start,
        currency_code,
        fact_rows,
        {{ wide_value('total_' ~ loop.index) }} as total_amount,
        {{ wide_value('cells_' ~ loop.index) }} as cells
    from {{ fact.table }}_months
    {{ 'union all' if not (is_last_fact and loop.last) }}
    {% endfor -%}
    {% endfor %}
),

{% if is_incremental() -%}
ranked as (
    select
        *,
        row_number() over (
            partition by fact_name, measure, month_start, currency_code
            order by revision desc
        ) as revision_rank
    from {{ this }}
),

stored as (
    select *
    from ranked
    where revision_rank = 1
),
{%- else -%}
stored as (
    select
        cast(null as varchar(256)) as fact_name,
        cast(null as varchar(256)) as measure,
        cast(null as date) as month_start,
        cast(null as varchar(256)) as currency_code,
        0 as revision,
        0 as fact_rows,
        cast(0 as decimal(38, 2)) as total_amount,
        cast(0 as decimal(38, 2)) as cells,
        cast(0 as bigint) as hash_check
    -- Redshift joins nothing in full to rows that come from no table.
    from deliveries
    where false
),
{%- endif %}

revisions as (
    select coalesce(max(revision), 0) + 1 as revision
    from stored
),

compared as (
    select
        coalesce(found.fact_name, stored.fact_name) as fact_name,
        coalesce(found.measure, stored.measure) as measure,
        coalesce(found.month_start, stored.month_start) as month_start,
        coalesce(found.currency_code, stored.currency_code) as currency_code,
        coalesce(found.fact_rows, 0) as fact_rows,
        {{ wide_or_zero('found.total_amount') }} as total_amount,
        {{ wide_or_zero('found.cells') }} as cells,
        {{ hash_check() }} as hash_check,
        coalesce(stored.fact_rows, 0) as stored_row_count,
        {{ wide_or_zero('stored.total_amount') }} as stored_total_amount,
        {{ wide_or_zero('stored.cells') }} as stored_cells,
        -- No check: the row is from before there were cells, and the next revision is the first with them.
        coalesce(stored.hash_check, 0) as stored_hash_check
    from found
    full outer join stored
        on
            found.fact_name = stored.fact_name
            and found.measure = stored.measure
            and found.month_start = stored.month_start
            and found.currency_code = stored.currency_code
),

final as (
    select
        compared.fact_name,
        compared.measure,
        compared.month_start,
        compared.currency_code,
        cast(revisions.revision as integer) as revision,

        progress.last_business_day,

        {{ text_literal(reporting_currency()) }} as reporting_currency,
        cast(compared.fact_rows as bigint) as fact_rows,
        cast(compared.total_amount as decimal(38, 2)) as total_amount,
        cast(compared.cells as decimal(38, 2)) as cells,
        cast(compared.hash_check as bigint) as hash_check,

        progress._loaded_at
    from compared
    cross join revisions
    left join progress on compared.fact_name = progress.fact_name
    where
        compared.fact_rows <> compared.stored_row_count
        or compared.total_amount <> compared.stored_total_amount
        or compared.cells <> compared.stored_cells
        or compared.hash_check <> compared.stored_hash_check
)

select * from final
