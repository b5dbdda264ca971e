{#
    A number made of the names and values of columns, as a bigint. Sums of it over two sets of rows are equal if the rows
    are, and differ if any value does, so rows are compared without sorting or joining them. A column without a value adds
    nothing, so a new column that is still empty changes no fingerprint.

    Each engine uses its own fast hash, so the numbers of the two engines differ. Only compare those of one engine.

    columns: a list of column names.
    relation: the alias of the relation; none where the names are unique.
#}
{% macro fingerprint(columns, relation=none) -%}
    {%- if columns is string or columns is not sequence or columns | length == 0 -%}
        {{ exceptions.raise_compiler_error("fingerprint: columns must be a list with at least one column name, not " ~ columns) }}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set value = relation ~ '.' ~ column if relation else column -%}
        {%- do parts.append(adapter.dispatch('value_fingerprint', 'tieout')(value, local_md5(column)[:12] | int(base=16))) -%}
    {%- endfor -%}
    {{ adapter.dispatch('joined_fingerprints', 'tieout')(parts) }}
{%- endmacro %}


{#
    The part of one value; seed is a number made of the column's name. The inner hash joins value and seed in a way that
    cancels out between two columns with the same value, so its result is hashed again.
#}
{% macro duckdb__value_fingerprint(value, seed) -%}
    case when {{ value }} is null then 0 else hash(hash({{ value }}, {{ seed }})) end
{%- endmacro %}


{# A part has at most 17 digits, so the sum of 90 columns fits into a bigint. #}
{% macro redshift__value_fingerprint(value, seed) -%}
    case when {{ value }} is null then 0 else mod(fnv_hash({{ value }}, cast({{ seed }} as bigint)), 100000000000000003) end
{%- endmacro %}


{#
    hash() gives an unsigned number of 64 bits, and a bigint has 63. The parts are joined in pairs, and these again, so that
    the expression of a wide table is not nested deeply.
#}
{% macro duckdb__joined_fingerprints(parts) -%}
    {%- set joined = namespace(parts=parts) -%}
    {%- for _ in parts if joined.parts | length > 1 -%}
        {%- set pairs = [] -%}
        {%- for pair in joined.parts | batch(2) -%}
            {%- do pairs.append(pair[0] if pair | length == 1 else 'xor(' ~ pair[0] ~ ',\n        ' ~ pair[1] ~ ')') -%}
        {%- endfor -%}
        {%- set joined.parts = pairs -%}
    {%- endfor -%}
    cast({{ joined.parts[0] }} >> 1 as bigint)
{%- endmacro %}


{% macro redshift__joined_fingerprints(parts) -%}
    {{ parts | join('\n        + ') }}
{%- endmacro %}
