{#
    Only one run may write at a time: two runs would load the same files. DuckDB locks its file. On Redshift a run that
    writes adds itself to the table run_lock when it starts and removes itself when it ends.

    An interrupted run cannot remove itself. dbt opens a session per node and not per run, so sessions do not show whether
    a run is alive. The statement log does: query_comment puts the run's id into every statement, and dbt is never silent
    for long. A run without a running statement, and whose last statement ended more than five minutes ago, is dead.
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
        {%- do refuse_unless_dead(other) -%}
        {%- do log(
            "Run " ~ other.invocation_id ~ ", started " ~ other.began_at ~ " UTC, was interrupted. Its lock is removed.",
            info=true
        ) -%}
    {%- endif -%}
    {#-
        One call, because after some conflicts dbt-redshift repeats the call on a new connection. Of several runs that start
        together, the first deletes the dead run and inserts itself; the others find its row. The guide does not say whether
        `lock` takes the snapshot that the transaction reads. If it does, the others read before the first one has written,
        and insert themselves too. So each looks again afterwards, and a run that finds another one removes itself.
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
        {{ exceptions.raise_compiler_error(
            "Another run took the lock first and has ended since. Run this command again."
        ) }}
    {%- elif first.invocation_id != invocation_id -%}
        {%- do redshift__end_run() -%}
        {%- do refuse_run(first, "It took the lock first.") -%}
    {%- endif -%}
{% endmacro %}


{# Called when a run ends, and by hooks that fail a run after begin_run. #}
{% macro end_run() %}
    {%- if execute and is_writing() -%}
        {{ adapter.dispatch('end_run', 'tieout')() }}
    {%- endif -%}
{% endmacro %}


{% macro default__end_run() %}{% endmacro %}


{% macro redshift__end_run() %}
    {%- do run_query("delete from " ~ run_lock() ~ " where invocation_id = '" ~ invocation_id ~ "'; commit") -%}
{% endmacro %}


{# Tests, documentation and operations do not write and need no lock. #}
{% macro is_writing() %}
    {{ return(flags.WHICH in ['build', 'clone', 'retry', 'run', 'seed', 'snapshot']) }}
{% endmacro %}


{# The comment before every statement. `invocation_id` is near its start, where is_sent_by looks for it. #}
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


{# A query of its own: AWS does not document whether current_user may be used in a query that reads tables. #}
{% macro database_user() %}
    {{ return(run_query("select current_user").columns[0].values()[0] | trim) }}
{% endmacro %}


{# The run in run_lock as a mapping, or none. If there are several, one that is not this run. #}
{% macro run_under_way() %}
    {%- set found = run_query(
        "select invocation_id, command, database_user, to_char(began_at, 'YYYY-MM-DD HH24:MI:SS'), "
        ~ "datediff(second, began_at, getdate()) from " ~ run_lock() ~ " order by case when invocation_id = '" ~ invocation_id
        ~ "' then 1 else 0 end, began_at, invocation_id"
    ).rows -%}
    {%- if found -%}
        {{ return({
            'invocation_id': found[0][0],
            'command': found[0][1],
            'database_user': found[0][2],
            'began_at': found[0][3],
            'age': found[0][4] | int,
            'is_own_user': found[0][2] == database_user(),
        }) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{#
    Fails this run unless the statement log proves that the other one is dead. Users see only their own statements, and a
    log without this run's own statements proves nothing.
#}
{% macro refuse_unless_dead(other) %}
    {%- set silence = 300 -%}
    {%- set by_hand = "If it was interrupted, remove its lock: delete from " ~ run_lock() ~ "." -%}
    {%- if not other.is_own_user -%}
        {%- do refuse_run(other, "This user cannot see whether it is still running. " ~ by_hand) -%}
    {%- endif -%}
    {%- set statements = run_query(
        "select sum(case when sender = 'other' and status in ('planning', 'queued', 'running', 'returning') then 1 else 0 end), "
        ~ "min(case when sender = 'other' then datediff(second, coalesce(end_time, start_time), getdate()) end), "
        ~ "sum(case when sender = 'this' then 1 else 0 end) from (select status, start_time, end_time, case "
        ~ "when " ~ is_sent_by(other.invocation_id) ~ " then 'other' when " ~ is_sent_by(invocation_id) ~ " then 'this' end "
        ~ "as sender from sys_query_history where start_time >= cast('" ~ other.began_at ~ "' as timestamp)) as statements"
    ).rows[0] -%}
    {%- set silent = [statements[1] | int, other.age] | min if statements[1] is not none else other.age -%}
    {%- if statements[0] -%}
        {%- do refuse_run(other, "One of its statements is still running.") -%}
    {%- elif silent < silence -%}
        {%- do refuse_run(
            other, "Its last statement ended " ~ silent ~ " seconds ago. If it was interrupted, its lock expires in "
            ~ (silence - silent) ~ " seconds."
        ) -%}
    {%- elif not statements[2] -%}
        {%- do refuse_run(
            other, "sys_query_history does not show whether it is still running: it shows no statement of this run either. "
            ~ by_hand
        ) -%}
    {%- endif -%}
{% endmacro %}


{# Looks at the start of a statement only, because a query on the log contains the ids of other runs. #}
{% macro is_sent_by(invocation_id) %}
    {{ return("charindex('\"invocation_id\": \"" ~ invocation_id ~ "\"', query_text) between 1 and 40") }}
{% endmacro %}


{% macro refuse_run(other, reason) %}
    {{ exceptions.raise_compiler_error(
        "Another run is writing to the schemas " ~ target.schema ~ "_*: dbt " ~ other.command ~ ", started "
        ~ other.began_at ~ " UTC by " ~ other.database_user ~ ", invocation " ~ other.invocation_id ~ ". " ~ reason
        ~ " Only one run may write at a time. Run this command again when the other run has ended."
    ) }}
{% endmacro %}
