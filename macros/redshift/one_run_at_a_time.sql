{#
    One run at a time on Redshift, where nothing else keeps two runs apart; DuckDB's lock on its file does it there. Two
    would not damage a table, each of whose changes is a transaction, but both would load the same files.

    A run that writes enters itself into run_lock at its start and leaves at its end. A run that finds another one there
    ends with a sentence, unless that one was killed: then it takes its place. dbt keeps no session open for the whole of
    a run, so whether a run is alive is read from the log of statements: every statement says which run sent it
    (query_comment), and dbt is never silent for long.
#}
{% macro begin_run() %}
    {%- if execute and is_writing() -%}
        {{ adapter.dispatch('begin_run', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__begin_run() %}{% endmacro %}


{% macro redshift__begin_run() %}
    {%- do run_query("create schema if not exists " ~ layer_schema('silver')) -%}
    {%- do run_query(
        "create table if not exists " ~ run_lock() ~ " (invocation_id varchar(64) not null, command varchar(64) not null, "
        ~ "database_user varchar(128) not null, began_at timestamp not null)"
    ) -%}
    {%- set other = run_under_way() -%}
    {%- if other -%}
        {%- do refuse_beside_living(other) -%}
        {%- do log(
            "Run " ~ other.invocation_id ~ ", begun " ~ other.began_at ~ " UTC, was killed. This one takes its place.",
            info=true
        ) -%}
    {%- endif -%}
    {#-
        In one piece, because dbt-redshift repeats what fails by a conflict on a new connection: whichever of several runs
        comes first deletes the dead one and enters itself, the others find it there.
    -#}
    {%- do run_query(
        "begin; lock table " ~ run_lock() ~ "; "
        ~ ("delete from " ~ run_lock() ~ " where invocation_id = '" ~ other.invocation_id ~ "'; " if other else "")
        ~ "insert into " ~ run_lock() ~ " (invocation_id, command, database_user, began_at) select '" ~ invocation_id
        ~ "', '" ~ flags.WHICH ~ "', '" ~ database_user() | replace("'", "''")
        ~ "', getdate() from (select count(*) as runs from " ~ run_lock()
        ~ ") as under_way where under_way.runs = 0; commit"
    ) -%}
    {%- set first = run_under_way() -%}
    {%- if not first -%}
        {{ exceptions.raise_compiler_error("Another run was faster, and has ended since: run this again.") }}
    {%- elif first.invocation_id != invocation_id -%}
        {%- do refuse_beside(first, "It was faster.") -%}
    {%- endif -%}
{% endmacro %}


{# At the end of a run, and where it ends at its start after begin_run. #}
{% macro end_run() %}
    {%- if execute and is_writing() -%}
        {{ adapter.dispatch('end_run', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__end_run() %}{% endmacro %}


{% macro redshift__end_run() %}
    {%- do run_query("delete from " ~ run_lock() ~ " where invocation_id = '" ~ invocation_id ~ "'; commit") -%}
{% endmacro %}


{# Whether the command writes; tests, documents and operations may run beside one that does. #}
{% macro is_writing() %}
    {{ return(flags.WHICH in ['build', 'clone', 'retry', 'run', 'seed', 'snapshot']) }}
{% endmacro %}


{# What every statement says of itself, in a comment before it; the run comes first, for begin_run to find. #}
{% macro query_comment(node) %}
    {%- set comment = {'app': 'dbt', 'invocation_id': invocation_id} -%}
    {%- if node -%}
        {%- do comment.update(node_id=node.unique_id) -%}
    {%- endif -%}
    {{ return(tojson(comment)) }}
{% endmacro %}


{% macro run_lock() %}
    {{ return(layer_schema('silver') ~ '.run_lock') }}
{% endmacro %}


{# Asked for by itself: the guide does not say whether the compute nodes, which hold tables, know it. #}
{% macro database_user() %}
    {{ return(run_query("select current_user").columns[0].values()[0] | trim) }}
{% endmacro %}


{# The run that has entered itself, as a mapping; none where there is none. #}
{% macro run_under_way() %}
    {%- set found = run_query(
        "select invocation_id, command, database_user, to_char(began_at, 'YYYY-MM-DD HH24:MI:SS'), "
        ~ "datediff(second, began_at, getdate()) from " ~ run_lock()
    ).rows -%}
    {%- if found -%}
        {{ return({
            'invocation_id': found[0][0],
            'command': found[0][1],
            'database_user': found[0][2],
            'began_at': found[0][3],
            'age': found[0][4] | int,
            'is_ours': found[0][2] == database_user(),
        }) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{#
    Ends this run beside one that is alive, or of which nobody can tell: users see the statements of their own only, and a
    log that does not know this very run's statements proves nothing.
#}
{% macro refuse_beside_living(other) %}
    {%- set silence = 300 -%}
    {%- if not other.is_ours -%}
        {%- do refuse_beside(
            other, "Whether it is alive this user cannot see. If it was killed: delete from " ~ run_lock() ~ "."
        ) -%}
    {%- endif -%}
    {%- set heard = run_query(
        "select sum(case when sender = 'other' and status in ('planning', 'queued', 'running', 'returning') then 1 else 0 end), "
        ~ "min(case when sender = 'other' then datediff(second, coalesce(end_time, start_time), getdate()) end), "
        ~ "sum(case when sender = 'this' then 1 else 0 end) from (select status, start_time, end_time, case "
        ~ "when " ~ is_sent_by(other.invocation_id) ~ " then 'other' when " ~ is_sent_by(invocation_id) ~ " then 'this' end "
        ~ "as sender from sys_query_history where start_time >= cast('" ~ other.began_at ~ "' as timestamp)) as statements"
    ).rows[0] -%}
    {%- set silent = [heard[1] | int, other.age] | min if heard[1] is not none else other.age -%}
    {%- if heard[0] -%}
        {%- do refuse_beside(other, "A statement of it is running.") -%}
    {%- elif silent < silence -%}
        {%- do refuse_beside(
            other, "It was heard of " ~ silent ~ " seconds ago. If it was killed, its place is free in "
            ~ (silence - silent) ~ " seconds."
        ) -%}
    {%- elif not heard[2] -%}
        {%- do refuse_beside(
            other, "Whether it is alive sys_query_history does not tell: it shows this run no statements, not even its own. "
            ~ "If the other was killed: delete from " ~ run_lock() ~ "."
        ) -%}
    {%- endif -%}
{% endmacro %}


{# A statement's comment is its beginning; further on a statement may ask for a run, as this one does. #}
{% macro is_sent_by(invocation_id) %}
    {{ return("charindex('\"invocation_id\": \"" ~ invocation_id ~ "\"', query_text) between 1 and 40") }}
{% endmacro %}


{% macro refuse_beside(other, why) %}
    {{ exceptions.raise_compiler_error(
        "Another run is writing to the schemas " ~ target.schema ~ "_*: dbt " ~ other.command ~ ", begun " ~ other.began_at ~ " UTC by "
        ~ other.database_user ~ ", invocation " ~ other.invocation_id ~ ". " ~ why
        ~ " One run at a time: run this again when that one has ended."
    ) }}
{% endmacro %}
