{# The condition that a version was valid at a moment. Intervals are half-open, so exactly one version is. #}
{% macro valid_at(versions, moment) -%}
    ({{ moment }} >= {{ versions }}.valid_from and {{ moment }} < {{ versions }}.valid_to)
{%- endmacro %}


{# The condition that a version was valid at the end of a day of a domain, for facts with a day but without a time. #}
{% macro valid_at_end_of(versions, day, domain) -%}
    {%- set end = end_of_business_day(day, domain) -%}
    ({{ end }} > {{ versions }}.valid_from and {{ end }} <= {{ versions }}.valid_to)
{%- endmacro %}
