{#
    What gold shows in the place of a value that identifies a person: 16 hexadecimal digits of its salted SHA-256. Equal
    values keep equal pseudonyms, so joins and counts still work; null stays null. The salt is TIEOUT_PII_SALT, which
    prod demands; elsewhere a fixed one does, because the data there is not real.
#}
{% macro pseudonym(column) -%}
    {%- set salt = env_var('TIEOUT_PII_SALT', '') -%}
    {%- if execute and target.name == 'prod' and not salt -%}
        {{ exceptions.raise_compiler_error(
            "Set TIEOUT_PII_SALT: without a secret salt the pseudonyms in " ~ this ~ " could be undone by guessing."
        ) }}
    {%- endif -%}
    substring({{ sha256("'" ~ (salt or 'not a secret') ~ ":' || " ~ column) }}, 1, 16)
{%- endmacro %}
