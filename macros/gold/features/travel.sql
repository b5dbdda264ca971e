{#
    The transactions at a known location, with the distance and time since the previous use of the account, and whether the
    account was used at two locations between which nobody can travel in the time: faster than an airliner, and farther
    apart than a location can be wrong. Uses more than a day apart are not compared.

    transactions: name of a CTE with transaction_id, subject_id, delivered_account_id, transaction_ts, latitude and
    longitude.
#}
{% macro travel_between_uses(transactions) -%}
    {%- set seconds_of_day = 24 * 3600 -%}
    {%- set least_km = 500 -%}
    {%- set km_per_hour = 900 -%}
    {%- set account = "partition by subject_id, delivered_account_id order by transaction_ts, transaction_id" -%}
    with

    uses as (
        select
            transaction_id,
            transaction_ts,
            latitude,
            longitude,
            {%- for position, function in {'previous': 'lag', 'next': 'lead'}.items() %}
            {{ function }}(transaction_ts) over ({{ account }}) as {{ position }}_ts,
            {{ function }}(latitude) over ({{ account }}) as {{ position }}_latitude,
            {{ function }}(longitude) over ({{ account }}) as {{ position }}_longitude{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ transactions }}
        where latitude is not null
    ),

    legs as (
        select
            transaction_id,
            {{ distance_km('previous_latitude', 'previous_longitude', 'latitude', 'longitude') }} as km_from_previous_use,
            {{ dbt.datediff('previous_ts', 'transaction_ts', 'second') }} as seconds_since_previous_use,
            {{ distance_km('latitude', 'longitude', 'next_latitude', 'next_longitude') }} as km_to_next_use,
            {{ dbt.datediff('transaction_ts', 'next_ts', 'second') }} as seconds_to_next_use
        from uses
    )

    select
        legs.transaction_id,
        case
            when legs.seconds_since_previous_use <= {{ seconds_of_day }} then legs.km_from_previous_use
        end as km_from_previous_use,
        case
            when legs.seconds_since_previous_use <= {{ seconds_of_day }}
                then cast(legs.seconds_since_previous_use as bigint)
        end as seconds_since_previous_use,
        {% for km, seconds in [
            ('legs.km_from_previous_use', 'legs.seconds_since_previous_use'),
            ('legs.km_to_next_use', 'legs.seconds_to_next_use'),
        ] -%}
        {{ 'or ' if not loop.first }}coalesce(
            {{ seconds }} <= {{ seconds_of_day }}
            and {{ km }} > {{ least_km }}
            and {{ km }} * 3600 > {{ km_per_hour }} * {{ seconds }},
            false
        )
        {% endfor -%}
        as is_impossible_travel
    from legs
{%- endmacro %}
