{# The key in dim_loan of an application without a loan. #}
{% macro loan_id_of_application(application_id) -%}
    'application ' || {{ application_id }}
{%- endmacro %}
