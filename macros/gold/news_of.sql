{#
    What an incremental model has not seen yet, from one query. Returns a mapping:
    since: watermark column of this table to its greatest value as a literal, so that both engines prune.
    any: false if no source has rows that were loaded later; then the query of the model need not look at anything.

    sources: watermark column of this table to the source that it comes from. Each source has _loaded_at.
#}
{% macro news_of(sources) -%}
    {%- set news = {'since': {}, 'any': not execute} -%}
    {%- set answers = [] -%}
    {%- if execute -%}
        {%- set query -%}
            select answer
            from (
                {%- for column, source in sources.items() %}
                {{ 'union all' if not loop.first }}
                select
                    {{ 2 * loop.index0 }} as position,
                    max({{ column }}) as answer
                from {{ this }}
                union all
                select
                    {{ 2 * loop.index0 + 1 }} as position,
                    max(_loaded_at) as answer
                from {{ source }}
                {%- endfor %}
            ) as answers
            order by position
        {%- endset -%}
        {%- do answers.extend(run_query(query).columns[0].values()) -%}
    {%- endif -%}
    {%- for column in sources -%}
        {%- set seen = answers[2 * loop.index0] if 2 * loop.index0 < answers | length else none -%}
        {%- set loaded = answers[2 * loop.index0 + 1] if 2 * loop.index0 + 1 < answers | length else none -%}
        {%- do news.since.update({column: "cast('" ~ (seen or '1900-01-01 00:00:00') ~ "' as timestamp)"}) -%}
        {%- if loaded is not none and (seen is none or loaded > seen) -%}
            {%- do news.update({'any': true}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(news) }}
{%- endmacro %}
