{#
    The prices of one kind as of each revision and as of the one before it, as CTEs <fact>_<price>s_after and
    <fact>_<price>s_before: from which day on a price holds, and the day of the next one. is_new says that it was loaded
    between the two.

    fact: one of restated_facts, with <fact>_intervals.
    price: one of its prices.
#}
{% macro prices_as_of(fact, price) -%}
{%- set name = fact.table ~ '_' ~ price ~ 's' -%}
{%- set prices = restated_prices()[fact.prices[price][0]] -%}
{{ name }}_delivered as (
    select
        intervals.revision,
        delivered.{{ prices.key }} as price_key,
        delivered.{{ prices.day }} as valid_from,
        delivered.{{ prices.value }} as price,
        delivered._source_file as source_file,
        delivered._loaded_at <= intervals.loaded_after as was_known,
        row_number() over (
            partition by intervals.revision, delivered.{{ prices.key }}, delivered.{{ prices.day }}
            order by {% for column in version_order() %}delivered.{{ column }} desc{{ ', ' if not loop.last }}{% endfor %}
        ) as rank_now,
        row_number() over (
            partition by
                intervals.revision, delivered.{{ prices.key }}, delivered.{{ prices.day }},
                delivered._loaded_at <= intervals.loaded_after
            order by {% for column in version_order() %}delivered.{{ column }} desc{{ ', ' if not loop.last }}{% endfor %}
        ) as rank_before
    from {{ ref(prices.base) }} as delivered
    inner join {{ fact.table }}_intervals as intervals on delivered._loaded_at <= intervals.loaded_until
    where delivered._failed_rules = ''
),

{% for moment, condition in [('after', 'rank_now = 1'), ('before', 'was_known and rank_before = 1')] -%}
{{ name ~ '_in_dollars' if prices.divided_by else name }}_{{ moment }} as (
    select
        revision,
        price_key,
        valid_from,
        {% if prices.days is none -%}
        lead(valid_from) over (
            partition by revision, price_key
            order by valid_from
        ) as valid_to,
        {%- else -%}
        least(
            lead(valid_from) over (
                partition by revision, price_key
                order by valid_from
            ),
            cast({{ dbt.dateadd('day', prices.days + 1, 'valid_from') }} as date)
        ) as valid_to,
        {%- endif %}
        price,
        source_file,
        not was_known as is_new
    from {{ name }}_delivered
    where {{ condition }}
),

{% if prices.divided_by -%}
{{ divided_prices(name ~ '_in_dollars_' ~ moment, prices.divided_by, name ~ '_' ~ moment) }}

{% endif -%}
{%- endfor %}
{%- endmacro %}


{#
    Exchange rates in the reporting currency, as a CTE like the one that it is made from: a rate to the US dollar, divided by
    that of the reporting currency, holds while both do. A new one of either is a new rate.

    rates: name of the CTE with the rates to the US dollar.
    currency: the reporting currency.
    made: name of the CTE to make.
#}
{% macro divided_prices(rates, currency, made) -%}
{{ made }} as (
    select
        own.revision,
        own.price_key,
        greatest(own.valid_from, reporting.valid_from) as valid_from,
        least(own.valid_to, reporting.valid_to) as valid_to,
        {{ cross_rate('own.price', 'reporting.price') }} as price,
        case when own.is_new then own.source_file else reporting.source_file end as source_file,
        own.is_new or reporting.is_new as is_new
    from {{ rates }} as own
    inner join {{ rates }} as reporting
        on
            own.revision = reporting.revision
            and own.valid_from < reporting.valid_to
            and own.valid_to > reporting.valid_from
    where
        own.price_key <> 'USD'
        and reporting.price_key = {{ quoted(currency) }}
    union all
    select
        reporting.revision,
        {{ text_literal('USD') }} as price_key,
        reporting.valid_from,
        reporting.valid_to,
        {{ cross_rate('1', 'reporting.price') }} as price,
        reporting.source_file,
        reporting.is_new
    from {{ rates }} as reporting
    where reporting.price_key = {{ quoted(currency) }}
),
{%- endmacro %}


{# The condition that a price holds on a day: until the next one, and not for more days than it may. #}
{% macro price_holds(prices, day) -%}
    {{ day }} >= {{ prices }}.valid_from
    and ({{ prices }}.valid_to is null or {{ day }} < {{ prices }}.valid_to)
{%- endmacro %}


{# The name in a CTE of states of a column of version_order: identities may have columns of the same names. #}
{% macro version_column(column) %}
    {{ return(column ~ '_ordered') }}
{% endmacro %}


{# The order of states, the latest first. #}
{% macro latest_first(states) -%}
    {%- for column in version_order() -%}
        {{ states }}.{{ version_column(column) }} desc{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The columns of a relation as a list for a select. #}
{% macro columns_of(relation, columns, separator=',\n        ') -%}
    {%- for column in columns -%}
        {{ relation }}.{{ column }}{{ separator if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The condition that two relations have the same values in columns without nulls. #}
{% macro same_columns(one, other, columns) -%}
    {%- for column in columns -%}
        {{ ' and ' if not loop.first }}{{ one }}.{{ column }} = {{ other }}.{{ column }}
    {%- endfor -%}
{%- endmacro %}
