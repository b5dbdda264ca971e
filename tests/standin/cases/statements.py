"""Other kinds of statements: transactions, history, grants, roles, parameters, schemas."""

from __future__ import annotations

from redshift_standin import DATABASE, USER

from .case import fails, passes, unsupported

CASES = [
    fails("r_VACUUM_command", "vacuum t", "vacuum t cannot run in a transaction"),
    fails("r_CREATE_DATABASE", "create database d", "cannot run in a transaction"),
    fails("r_TRUNCATE", "truncate t", "truncate commits the current transaction"),
    passes("r_LOCK", "begin; lock table t, u; lock public.t; select count(*) from t", 3),
    unsupported("r_LOCK", "lock table t in share mode", "lock table t"),
    passes(
        "SYS_QUERY_HISTORY",
        "select count(*) from sys_query_history where status = 'running' and query_text like 'select count%'",
        1,
    ),
    passes(
        "SYS_QUERY_HISTORY",
        "set query_group to 'night'; select id from t; commit; "
        "select trim(query_label), returned_rows from sys_query_history"
        " where status = 'success' and end_time >= start_time and session_id = pg_backend_pid()"
        " and query_text like 'select id from t%'",
        "night",
        3,
    ),
    fails("SYS_QUERY_HISTORY", "select count(*) from sys_query_history, t", "cannot be joined to table t"),
    *(
        unsupported("c_SQL_commands", sql, " ".join(sql.split()[:2]))
        for sql in (
            "merge into t using u on t.id = u.id when matched then delete",
            "copy t from 's3://bucket/key' iam_role default",
            "analyze t",
            "explain select 1",
            "create index i on t (id)",
            "create sequence s",
            "create trigger made before insert on t for each row execute procedure f()",
            "create function f() returns integer as 'select 1' language sql",
            "create procedure p() as $$ begin end $$ language plpgsql",
            "create materialized view made as select 1 as a",
            "do $$ begin end $$",
            "call p()",
            "prepare p as select 1",
            "declare c cursor for select 1",
            "savepoint s",
            "begin isolation level serializable",
            "commit and chain",
            "show search_path",
            "drop index i",
            "create user somebody password disable",
            "alter masking policy p using (a)",
        )
    ),
    passes("r_GRANT", "grant select on t to role analyst, role engineer"),
    passes("r_GRANT", f"grant select on t to {USER}, public"),
    passes("r_GRANT", "grant usage on schema public to role analyst"),
    passes("r_REVOKE", "revoke select on t from role analyst"),
    fails("r_GRANT", "grant select on t to role nobody_there", '"role:nobody_there" does not exist'),
    fails("r_GRANT", "grant select on t to analyst", '"analyst" does not exist'),
    unsupported("r_GRANT", "grant select on t to group analyst", "grantee group analyst"),
    unsupported("r_GRANT", "grant select on t to role analyst with grant option", "grantee"),
    unsupported("r_GRANT", "grant role analyst to role engineer", "grant role analyst"),
    fails("r_GRANT", "grant select on lake.files to role analyst", "tables of external schema lake"),
    passes("r_CREATE_ROLE", "create role made; drop role made"),
    fails("r_CREATE_ROLE", "create role analyst", "already exists"),
    fails("r_CREATE_ROLE", "create role made with login", "takes a name and nothing else"),
    fails("r_DROP_ROLE", "drop role nobody_there", "does not exist"),
    passes("r_SET", "set query_group to 'tieout'; reset query_group"),
    passes("r_SET", "set timezone to 'UTC'"),
    passes("r_SET", "set search_path to public; select count(*) from u", 2),
    unsupported("r_SET", "set enable_numeric_rounding to on", "parameter enable_numeric_rounding"),
    unsupported("r_SET", "set enable_case_sensitive_identifier to true", "parameter enable_case"),
    unsupported("r_SET_SESSION_AUTHORIZATION", f"set session authorization {USER}"),
    unsupported("r_RESET", "reset all"),
    fails(
        "r_CREATE_EXTERNAL_SCHEMA",
        "create external schema lake from data catalog database 'glue' iam_role default",
        "already exists",
    ),
    passes(
        "r_CREATE_EXTERNAL_SCHEMA",
        "create external schema if not exists lake from data catalog database 'glue' region 'eu-west-1' "
        "iam_role 'arn:aws:iam::1:role/r' create external database if not exists",
    ),
    fails(
        "r_CREATE_EXTERNAL_SCHEMA",
        "create external schema other from data catalog database 'glue' iam_role 'r'",
        "the ARN of a role",
    ),
    unsupported("r_CREATE_EXTERNAL_SCHEMA", "create external schema other from hive metastore", "this form"),
    unsupported("r_DROP_SCHEMA", "drop schema lake", "drop schema lake"),
    passes("r_CREATE_SCHEMA", f"create schema if not exists {DATABASE}.made; drop schema made cascade"),
    passes("r_COMMENT", "comment on table t is 'what it holds'"),
    unsupported("r_COMMENT", "comment on function f() is 'no'", "comment on function"),
]
