{#
    All reconciliations into and within gold, each as a tuple: domain, entity, the tables before and after, the measure,
    and how it is added up in each. Unknown members come from no file, so they are not counted. A row that moved to another
    day is neither lost nor invented, but the sum of its days since 1970 is another one.
#}
{% macro gold_reconciliations() %}
    {%- set found = [] -%}
    {%- for history in audited_histories() -%}
        {%- set known = "count(nullif(" ~ history.key ~ ", 'unknown'))" -%}
        {%- set active = "count(case when not is_deleted then nullif(" ~ history.key ~ ", 'unknown') end)" -%}
        {%- for before, after, rows_after in [
            (history.stg, history.dimension, history.get('dimension_rows', active)),
            (history.versions, history.history, known),
        ] -%}
            {%- do found.append((history.domain, history.entity, before, after, 'rows', 'count(*)', rows_after)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for fact in audited_facts() if fact.entity -%}
        {%- set stg = 'stg_' ~ fact.domain ~ '__' ~ fact.entity -%}
        {%- do found.append((fact.domain, fact.entity, stg, fact.table, 'rows', 'count(*)', 'count(*)')) -%}
        {%- do found.append((
            fact.domain, fact.entity, stg, fact.table, 'days', sum_of_days(fact.stg_day), sum_of_days(fact.day)
        )) -%}
        {%- if fact.amount -%}
            {%- do found.append((
                fact.domain, fact.entity, stg, fact.table, fact.stg_amount,
                'sum(' ~ fact.stg_amount ~ ')', 'sum(' ~ fact.amount ~ ')'
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for domain, reconciliations in [
        ('banking', banking_reconciliations()), ('commerce', commerce_reconciliations()),
    ] -%}
        {%- for entity, before, after, measure, sum_before, sum_after in reconciliations -%}
            {%- do found.append((domain, entity, before, after, measure, sum_before, sum_after)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
