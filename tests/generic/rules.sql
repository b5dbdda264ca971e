{#
    The rules of one table, checked by one query. Returns a row for each broken rule: the column, the rule, and how many rows
    break it (for `unique`: how many keys occur more than once). The macro name_broken_rules prints them after a run.

    All conditions on single rows are counted in one scan. A key and a reference read only their own columns. For a
    reference equal values are grouped before they are looked up, which costs less than one join with the whole rows.

    unique: keys: a column, a list of columns, or {columns: [...], where: condition}. A key of one column may be null.
    not_null: columns that are never null.
    columns: by column one condition or several, to be read after the name of the column, such as `between 0 and 1`.
    rows: by name a condition that holds for each row. Like those of columns it may be null.
    refers_to: by column the table that has its values: ref('table') where the column there has the same name, else
        {to: ref('table'), field: name}. Also takes `where`, for the rows that count, and `only_new`, see since.
    contract: the entity, as in banking.accounts, whose required columns and limits the rows keep.
    same_rows_as: a table with as many rows.
    since: a column with the time at which a row was written. Then keys, and references with `only_new`, are looked up
        only for rows since the last run that built the table and passed this test; all with the var `proof: full`. A view
        has no such time: {of: ref('table'), day: name, column: name} names the table whose rows it shows, their day and their
        time. Of a view all but references is only checked for the days on which rows were written to that table since.
#}
{% test rules(
    model,
    unique=[],
    not_null=[],
    columns={},
    rows={},
    refers_to={},
    contract=none,
    same_rows_as=none,
    since=none
) %}

{{ config(fail_calc='coalesce(sum(failing_rows), 0)') }}

{%- set row_rules = rules_of_rows(not_null, columns, rows, contract) %}
{%- set passed_at = last_passed_at() if since else none %}
{%- set of_view = since is mapping and passed_at -%}
{%- set is_new = 'tested.' ~ (since or '') ~ ' > ' ~ passed_at -%}
{%- if of_view -%}
    {%- set days = days_written_since(since.of, since.day, since.column, passed_at) -%}
    {%- set is_new = in_days('tested.' ~ since.day, days) -%}
{%- endif %}
{#- The CTEs with what was found: column_name, rule, failing_rows. -#}
{%- set checks = [] %}

with

counted as (
    select
        {% for rule in row_rules -%}
        sum(case when {{ rule.broken }} then 1 else 0 end) as rule_{{ loop.index }},
        {% endfor -%}
        count(*) as row_count
    from {{ model }} as tested
    {{ 'where ' ~ is_new if of_view }}
),

{% if row_rules -%}
{% do checks.append('broken_by_rows') -%}
row_rules as (
    {% for rule in row_rules -%}
    select
        {{ loop.index }} as rule_number,
        {{ text_literal(rule.column_name) }} as column_name,
        {{ text_literal(rule.rule) }} as rule
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

broken_by_rows as (
    select
        row_rules.column_name,
        row_rules.rule,
        case row_rules.rule_number
            {% for rule in row_rules -%}
            when {{ loop.index }} then counted.rule_{{ loop.index }}
            {% endfor %}
        end as failing_rows
    from row_rules
    cross join counted
),

{% endif -%}
{% for given in unique -%}
{% set key = key_of(given) -%}
{% do checks.append('repeated_' ~ loop.index) -%}
{% if passed_at -%}
new_keys_{{ loop.index }} as (
    select distinct
        {% for column in key.columns -%}
        tested.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ model }} as tested
    where {{ (key.conditions + [is_new]) | join(' and ') }}
),

{% endif -%}
repeated_keys_{{ loop.index }} as (
    select
        {% for column in key.columns -%}
        tested.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ model }} as tested
    {% if passed_at -%}
    inner join new_keys_{{ loop.index }} as new_keys
        on
            {% for column in key.columns -%}
            {{ 'and ' if not loop.first }}tested.{{ column }} = new_keys.{{ column }}
            {% endfor %}
    {% endif -%}
    {{ 'where ' ~ key.conditions | join(' and ') if key.conditions }}
    group by
        {% for column in key.columns -%}
        tested.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    having count(*) > 1
),

repeated_{{ loop.index }} as (
    select
        {{ text_literal(key.columns | join(', ')) }} as column_name,
        {{ text_literal(key.rule) }} as rule,
        count(*) as failing_rows
    from repeated_keys_{{ loop.index }}
),

{% endfor -%}
{% for column, given in refers_to.items() -%}
{% set reference = reference_of(column, given) -%}
{% do reference.conditions.append(is_new) if reference.only_new and passed_at -%}
{% do checks.append('dangling_' ~ loop.index) -%}
values_{{ loop.index }} as (
    select
        tested.{{ column }} as referring_value,
        count(*) as row_count
    from {{ model }} as tested
    where {{ reference.conditions | join(' and ') }}
    group by tested.{{ column }}
),

dangling_{{ loop.index }} as (
    select
        {{ text_literal(column) }} as column_name,
        {{ text_literal(reference.rule) }} as rule,
        sum(referring.row_count) as failing_rows
    from values_{{ loop.index }} as referring
    left join {{ reference.to }} as referred on referring.referring_value = referred.{{ reference.field }}
    where referred.{{ reference.field }} is null
),

{% endfor -%}
{% if same_rows_as -%}
{% do checks.append('other_number_of_rows') -%}
same_rows as (
    select count(*) as row_count
    from {{ same_rows_as }} as tested
    {{ 'where ' ~ is_new if of_view }}
),

other_number_of_rows as (
    select
        {{ text_literal('') }} as column_name,
        {{ text_literal('as many rows as ' ~ same_rows_as.identifier) }} as rule,
        abs(counted.row_count - same_rows.row_count) as failing_rows
    from counted
    cross join same_rows
),

{% endif -%}
checked as (
    {% for check in checks -%}
    select * from {{ check }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

final as (
    select
        column_name,
        rule,
        failing_rows
    from checked
    where failing_rows > 0
)

select * from final

{% endtest %}
