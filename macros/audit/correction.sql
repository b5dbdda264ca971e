{#
    The part of a file's name that says which bronze file it corrects: the first digits of the MD5 of its path. See
    docs/decisions/0008-rejected-rows-are-resolved.md.
#}
{% macro correction_digits(bronze_file) -%}
    {{- expect_expression('correction_digits', 'bronze_file', bronze_file) -}}
    substring(md5({{ bronze_file }}), 1, 12)
{%- endmacro %}


{# The digits in the name of a correcting file. #}
{% macro corrected_digits(source_file) -%}
    {{- expect_expression('corrected_digits', 'source_file', source_file) -}}
    substring({{ source_file }}, position('.corrects-' in {{ source_file }}) + 10, 12)
{%- endmacro %}


{# The condition that a row arrived after another one: by day, file and line. #}
{% macro arrived_after(later, earlier) -%}
    {{- expect_expression('arrived_after', 'later', later) -}}
    {{- expect_expression('arrived_after', 'earlier', earlier) -}}
    (
        {{ later }}.arrived_on > {{ earlier }}.arrived_on
        or (
            {{ later }}.arrived_on = {{ earlier }}.arrived_on
            and (
                {{ later }}.source_file > {{ earlier }}.source_file
                or (
                    {{ later }}.source_file = {{ earlier }}.source_file
                    and {{ later }}.source_line > {{ earlier }}.source_line
                )
            )
        )
    )
{%- endmacro %}
