{#
    The incremental strategy of tables whose rows look back at earlier rows of their key: a late row changes its own day
    and some rows of later days. The rows of the query replace the stored rows with the same unique_key. A row with a
    transaction_count of 0 deletes the stored row and is not inserted.
#}
{% macro get_incremental_replace_rows_sql(arg_dict) %}
    {{ replaced_rows('replace_rows', arg_dict, 'transaction_count > 0') }}
{% endmacro %}


{#
    The statements of replace_rows and replace_keys.

    strategy: its name, for messages.
    kept: the condition of the rows that are inserted.
#}
{% macro replaced_rows(strategy, arg_dict, kept) %}
    {%- if arg_dict['unique_key'] is string or not arg_dict['unique_key'] -%}
        {{ exceptions.raise_compiler_error(
            strategy ~ ": " ~ this.identifier ~ " needs a list of key columns, as in unique_key=['customer_id'], not "
            ~ (arg_dict['unique_key'] or 'nothing')
        ) }}
    {%- endif -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set temp = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ target }}
    using {{ temp }}
    where
        {%- for key in arg_dict['unique_key'] %}
        {{ target }}.{{ key }} = {{ temp }}.{{ key }}
        {{ 'and' if not loop.last }}
        {%- endfor %};

    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ temp }}
    where {{ kept }}
{% endmacro %}
