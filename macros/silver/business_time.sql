{#
    The time zone in which a domain keeps its books: the variable business_time_zones, UTC where it does not name the domain.
    Timestamps are stored in UTC. Every date, and every hour of the day, that is taken from a time is taken in this zone.
#}
{% macro business_time_zone(domain) %}
    {%- set zones = var('business_time_zones') -%}
    {%- if zones is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "The variable business_time_zones is a mapping of domain to time zone, such as {banking: America/New_York}, not " ~ zones
        ) }}
    {%- endif -%}
    {#- dbt's graph is empty while the project is parsed, and has no sources in unit tests. -#}
    {%- set domains = deliverable_entities() | map(attribute='domain') | unique | sort if graph.sources else [] -%}
    {%- for name, zone in zones.items() -%}
        {%- if domains and name not in domains -%}
            {{ exceptions.raise_compiler_error(
                "business_time_zones: '" ~ name ~ "' is no domain of the bronze contract. Write " ~ domains | join(' or ') ~ "."
            ) }}
        {%- elif zone is not string or zone not in modules.pytz.all_timezones_set -%}
            {{ exceptions.raise_compiler_error(
                "business_time_zones: '" ~ zone ~ "', the time zone of " ~ name ~ ", is no time zone. Write an IANA name, such as "
                ~ "UTC or America/New_York."
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(zones.get(domain, 'UTC')) }}
{% endmacro %}


{# A time in UTC as the time of day in the time zone of a domain. #}
{% macro business_time(time, domain) -%}
    {{ local_time(time, business_time_zone(domain)) }}
{%- endmacro %}


{#
    The date of a time in UTC in the time zone of a domain.

    has_time: SQL expression that is false where the source delivered only a date, which is the date then; null counts as
        true. none where a time is always delivered.
#}
{% macro business_date(time, domain, has_time=none) -%}
    {{- expect_expression('business_date', 'time', time) -}}
    {%- set business_time = business_time(time, domain) -%}
    {%- if has_time is none or business_time == time -%}
        cast({{ business_time }} as date)
    {%- else -%}
        cast(case when not {{ has_time }} then {{ time }} else {{ business_time }} end as date)
    {%- endif -%}
{%- endmacro %}


{# The moment in UTC at which a day ends in the time zone of a domain. #}
{% macro end_of_business_day(day, domain) -%}
    {{ end_of_local_day(day, business_time_zone(domain)) }}
{%- endmacro %}


{#
    The moment in UTC at which a fact looks up what was valid: its time, or the beginning of its day in the time zone of a domain
    where the source delivered only a date.

    has_time: as for business_date.
#}
{% macro business_moment(time, domain, has_time) -%}
    {{- expect_expression('business_moment', 'time', time) -}}
    {%- if business_time(time, domain) == time -%}
        {{ time }}
    {%- else -%}
        {%- set day_before = 'cast(' ~ dbt.dateadd('day', -1, time) ~ ' as date)' -%}
        case when not {{ has_time }} then {{ end_of_business_day(day_before, domain) }} else {{ time }} end
    {%- endif -%}
{%- endmacro %}


{# The greatest difference between the business dates of two times that are a day apart: two where a day can have 25 hours. #}
{% macro dates_of_a_day(domain) %}
    {{ return(1 if offsets_of_zone('dates_of_a_day', business_time_zone(domain)) | length == 1 else 2) }}
{% endmacro %}


{# The date on which a transaction counts: the one on which the bank booked it, if it says so, or else that of its time. #}
{% macro transaction_date_of(transactions) -%}
    {{- expect_expression('transaction_date_of', 'transactions', transactions) -}}
    coalesce(
        {{ transactions }}.booking_date,
        {{ business_date(transactions ~ '.transaction_ts', 'banking', transactions ~ '.has_time') }}
    )
{%- endmacro %}
