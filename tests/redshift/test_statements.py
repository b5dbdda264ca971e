"""What the stand-in lets pass, with which result, and what it refuses, through the driver that dbt uses.

Every case carries the page of the AWS guide (Amazon Redshift Database Developer Guide) whose rule it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import redshift_connector

from tests.redshift.standin import queries, rules, statements, tokens
from tests.redshift.standin.server import DATABASE, USER, StandIn

Run = Callable[..., list[list[Any]] | None]
NOT_ASKED = object()

SETUP = """
create table t (id integer not null, name varchar(10), amount decimal(10,2), day date, at timestamp, ok boolean);
insert into t values
    (1, 'a', 1.50, '2024-01-31', '2024-01-31 10:00:00', true),
    (2, 'b', -2.00, '2024-02-29', '2024-02-29 23:59:59', false),
    (3, null, null, null, null, null);
create table u (id bigint, note varchar(20));
insert into u values (1, 'x'), (4, 'y');
create role analyst;
create role engineer;
create external schema lake from data catalog database 'glue' iam_role default
"""


@dataclass(frozen=True)
class Case:
    """Statements, of which the last one counts.

    Attributes:
        page: page of the AWS guide.
        sql: the statements, split at semicolons.
        rows: what the last one returns.
        refusal: part of the message with which the last one fails.
    """

    page: str
    sql: str
    rows: object = NOT_ASKED
    refusal: str = ""


def passes(page: str, sql: str, *values: object) -> Case:
    """Make a case that passes; values are those of the only row."""
    return Case(page, sql, [list(values)] if values else NOT_ASKED)


def gives(page: str, sql: str, rows: list[list[object]]) -> Case:
    """Make a case that passes with several rows."""
    return Case(page, sql, rows)


def fails(page: str, sql: str, refusal: str) -> Case:
    """Make a case that fails."""
    return Case(page, sql, refusal=refusal)


RULES = [
    fails("c_SQL_functions_leader_node_only", "select now() from t", "now runs on the leader node only"),
    fails("c_SQL_functions_leader_node_only", "select current_timestamp from t", "leader node only"),
    fails("c_SQL_functions_leader_node_only", "select substr(name, 1) from t", "leader node only"),
    fails(
        "c_SQL_functions_leader_node_only", "create table made as select now() as a", "cannot be used with table made"
    ),
    passes("c_SQL_functions_leader_node_only", "select count(*) from t where at < getdate()", 2),
    passes("c_SQL_functions_leader_node_only", "select current_schema()", "public"),
    fails("c_SQL_functions", "select string_agg(name, ',') from t", "Redshift has no function string_agg()"),
    fails("c_SQL_functions", "select median(id) from t", "the stand-in does not imitate function median()"),
    fails("c_SQL_functions", 'select "median"(id) from t', "the stand-in does not imitate function median()"),
    fails("c_SQL_functions_leader_node_only", 'select "now"() from t', "leader node only"),
    fails("c_SQL_functions", "select pg_catalog.now() from t", "cannot judge: dot"),
    fails("c_SQL_functions", "select rs.exact(1, 0)", "cannot judge: dot"),
    passes("c_SQL_functions", "select max(id) from t", 3),
    fails("c_join_PG", "select count(*) from t inner join pg_class on relname = name", "cannot be joined"),
    fails("c_join_PG", "create table made as select relname from pg_class", "cannot be joined to table made"),
    passes("c_join_PG", "select count(*) from pg_class where relname = 'u'", 1),
    fails("r_Aggregate_Functions", "select count(*) filter (where ok) from t", "filter (where ...)"),
    passes("r_Aggregate_Functions", "select sum(case when ok then 1 else 0 end) from t", 1),
    fails("r_FROM_clause30", "select 1 from t, lateral (select t.id) as l", "lateral"),
    fails("c_unsupported-postgresql-functions", "select id is distinct from 1 from t", "is distinct from"),
    fails("c_unsupported-postgresql-functions", "select id is not distinct from 1 from t", "is not distinct from"),
    fails("r_INSERT_30", "insert into t (id) values (9) returning id", "returning"),
    fails("r_INSERT_30", "insert into t (id) values (9) on conflict do nothing", "on conflict"),
    fails("r_INSERT_30", "insert into t default values", "cannot judge: default"),
    fails("r_SELECT_list", "select distinct on (name) id from t", "distinct on"),
    gives("r_SELECT_list", "select distinct ok from t order by ok", [[False], [True], [None]]),
    fails("r_SELECT_synopsis", "select 1 from t tablesample system (10)", "tablesample"),
    fails("c_unsupported-postgresql-features", "select array[1, 2]", "array[...]"),
    fails("c_unsupported-postgresql-features", "select name[1] from t", "subscripts"),
    fails("c_unsupported-postgresql-features", "select (id, name) from t", "rows as values: (id, name)"),
    fails("c_unsupported-postgresql-features", "select 1 from t where (id, name) in ((1, 'a'))", "rows as values"),
    passes("r_in_condition", "select id from t where (id, name) in (select id, 'a'::varchar from u)", 1),
    fails("c_unsupported-postgresql-features", "select * from (values (1), (2)) as v", "values as a table"),
    fails("c_unsupported-postgresql-features", "select ctid from t", "no system column ctid"),
    fails("c_unsupported-postgresql-features", "create table made (xmin integer)", "no column may be named xmin"),
    fails("c_unsupported-postgresql-datatypes", "select t from t", "names a table here"),
    fails("c_unsupported-postgresql-datatypes", "select '{}'::json ->> 'a'", "the operator ->>"),
    fails("r_CONCAT", "select concat('a', 'b', 'c')", "concat takes two arguments"),
    passes("r_CONCAT", "select concat('a', 'b')", "ab"),
    fails("r_WITH_clause", "with recursive r as (select 1 as a) select a from r", "with recursive"),
    fails("r_WITH_clause", "with r as materialized (select 1 as a) select a from r", "cannot judge"),
    passes("r_WITH_clause", "with r (a) as (select 1) select a from r", 1),
    fails("r_QUALIFY_clause", "select id from t qualify row_number() over (order by id) = 1", "cannot judge: qualify"),
    fails("c_Supported_data_types", "select '{}'::jsonb", "type jsonb"),
    fails("c_Supported_data_types", "select uuid '8400f1f0-0000-0000-0000-000000000000'", "type uuid"),
    fails("c_Supported_data_types", "create table made (a uuid)", "cannot judge: cast to uuid"),
    fails("r_Window_function_synopsis", "select sum(id) over (order by id) from t", "explicit rows frame"),
    fails("r_Window_function_synopsis", "select first_value(id) over (order by id) from t", "explicit rows frame"),
    fails(
        "r_Window_function_synopsis",
        "select sum(id) over (order by id range between unbounded preceding and current row) from t",
        "frames of rows only",
    ),
    fails("r_Window_function_synopsis", "select lag(id) over w from t window w as (order by id)", "named windows"),
    fails("r_Window_function_synopsis", "select rank() over (order by 1) from t", "ordered by a literal"),
    gives(
        "r_Window_function_synopsis",
        "select sum(id) over (order by id rows unbounded preceding) from t order by id",
        [[1], [3], [6]],
    ),
    gives("r_Window_function_synopsis", "select lag(id) over (order by id) from t order by id", [[None], [1], [2]]),
    fails("r_pg_keywords", "select id as open from t", "open is a reserved word"),
    fails("r_pg_keywords", "select tag.id from t as tag", "tag is a reserved word"),
    fails("r_pg_keywords", "create table made (system integer)", "system is a reserved word"),
    passes("r_pg_keywords", 'select id as "open" from t where id = 1', 1),
    fails("r_SELECT_list", "select id + 1 as next, next + 1 as second from t", "lateral alias: next"),
    fails("r_SELECT_list", "select name as n, count(*) from t group by n", "alias n is used in group"),
    fails("r_SELECT_list", "select id + 1 as next from t where next > 1", "alias next is used in where"),
    fails("r_SELECT_list", "select from t", "a select list is empty"),
    gives("r_SELECT_list", "select ok, count(*) from t group by 1 order by 1", [[False, 1], [True, 1], [None, 1]]),
    fails("r_numeric_computations201", "select 7 / 2", "division is not rounded"),
    fails("r_numeric_computations201", "select id / 2 from t", "division is not rounded"),
    fails(
        "r_numeric_computations201",
        "select round(cast(1 as decimal(38, 2)) / cast(3 as decimal(38, 2)), 6)",
        "division keeps 4 decimals",
    ),
    passes(
        "r_numeric_computations201",
        "select round(cast(1 as decimal(18, 2)) / nullif(cast(3 as decimal(18, 2)), 0), 4)",
        Decimal("0.3333"),
    ),
    fails("r_AVG", "select avg(id) from t", "avg keeps the scale"),
    fails("r_UNION", "select a from (select 1 as a union all select null) as s", "literal without type"),
    fails("r_UNION", "with s as (select null as a) select a from s", "literal without type"),
    fails("r_UNION", "select id from t except all select id from u", "neither except all nor intersect all"),
    passes("r_UNION", "select id from t intersect select id from u", 1),
    fails("r_correlated_subqueries", "select id from t where exists (select 1 from u where u.id = t.id)", "correlated"),
    fails("r_correlated_subqueries", "delete from t where exists (select 1 from u where u.id = t.id)", "correlated"),
    passes("r_correlated_subqueries", "select id from t where id in (select id from u)", 1),
    fails("c-spectrum-external-tables", 'select "$path" from t', "exists in external tables only"),
    fails("r_Boolean_type", "select ok is true from t", "stands outside where: write = TRUE"),
    passes("r_Boolean_type", "select id from t where ok is true", 1),
    fails("r_Boolean_type", "select max(ok) from t", "max(boolean)"),
    passes("r_BOOL_OR", "select bool_or(ok) from t", True),
]

SYNTAX = [
    fails("c_SQL_commands", "select 'a' where 1 = any(select id from u)", "cannot judge: any"),
    fails("c_SQL_commands", "select id from t for update", "cannot judge: locks"),
    fails("c_SQL_commands", "select id into made from t", "cannot judge: into"),
    fails("c_SQL_commands", "select id from only t", "cannot judge: only"),
    fails("c_SQL_commands", "select t.id from t natural join u", "cannot judge: method"),
    passes("r_FROM_clause30", "select note from t inner join u using (id)", "x"),
    fails("c_SQL_commands", "select id from t limit (select 1)", "limit and offset take numbers"),
    passes("r_ORDER_BY_clause", "select id from t order by id limit 1 offset 1", 2),
    fails("c_SQL_commands", "select id from t fetch first 1 rows only", "cannot judge: fetch"),
    fails("c_SQL_commands", "select id between symmetric 3 and 1 from t", "cannot judge: symmetric"),
    fails("c_SQL_commands", "select id from t where name isnull", "cannot judge: isnull"),
    fails("c_SQL_commands", "select name ~~ 'a' from t", "cannot judge: ~~"),
    fails("c_SQL_commands", "select name ~* 'A' from t", "cannot judge: regexpilike"),
    fails("c_SQL_commands", "select substring('abc' from 'b')", "substring takes numbers"),
    passes("r_SUBSTRING", "select substring('abc' from 2 for 1)", "b"),
    fails("c_SQL_commands", "select id & 2 from t", "cannot judge: bitwise"),
    fails("c_SQL_commands", "select id & 1 from t", "cannot judge: bitwiseand"),
    fails("r_interval_literals", "select day + interval '1 month' from t", "cannot judge: interval"),
    passes(
        "r_AT_TIME_ZONE",
        "select cast('2024-07-01 12:00:00+02:00' as timestamptz) at time zone 'UTC'",
        datetime(2024, 7, 1, 10),
    ),
    fails("r_Datetime_types", "select at - at from t", "use datediff"),
    fails("c_SQL_commands", "select E'a\\nb'", "cannot judge"),
    fails("c_SQL_commands", "select $$a$$", "the literal $$a$$"),
    fails("c_SQL_commands", "select U&'d\\0061'", "cannot judge"),
    fails("c_SQL_commands", "select 'a\\u0041'", "the escape in"),
    fails("c_SQL_commands", "select '\\x41'", "the escape in"),
    passes("r_Examples_with_character_types", r"select 'it\'s \\ one'", r"it's \ one"),
    passes("r_patternmatching_condition_like", "select id from t where name ilike 'A%'", 1),
    passes("pattern-matching-conditions-similar-to", "select id from t where name similar to 'a|x'", 1),
    fails("c_SQL_commands", "select id from t group by grouping sets ((id), ())", "cannot judge: groupingsets"),
    fails("r_GROUP_BY_clause", "select id from t group by rollup (id)", "rollup"),
    fails("c_unsupported-postgresql-functions", "select generate_series(1, 3)", "cannot judge"),
    fails("unnest-doc", "select unnest(array[1])", "unnest"),
    fails("r_COUNT", "select count(distinct id, name) from t", "count("),
    fails("r_concat_op", "select 'a' || id from t", "|| of other than texts"),
    fails("r_concat_op", "select ok || 'a' from t", "|| of other than texts"),
    fails("c_SQL_commands", "table t", "cannot judge: table t"),
    fails("c_SQL_commands", "values (1)", "cannot judge: values (1)"),
    fails("r_ORDER_BY_clause", "select id from t where", "does not parse"),
    fails("r_DELETE", "delete from t as x where x.id = 99", "an alias of the table to delete from"),
    passes("r_DELETE", "delete from t using u where t.id = u.id and u.id = 99"),
    passes("r_UPDATE", "update u set note = t.name from t where t.id = u.id and u.id = 99"),
    fails("r_names", f"select 1 as {'n' * 64}", "is longer than 63 bytes"),
    fails("r_names", f'select 1 as "{"é" * 32}"', "is longer than 63 bytes"),
    fails("r_names", f"create table {'n' * 64} (a integer)", "is longer than 63 bytes"),
    passes(
        "r_names",
        f'create temporary table "{"n" * 60}__dbt_tmp123" (a integer); select count(*) from "{"n" * 60}__dbt_tmp123"',
        0,
    ),
    passes("r_names", 'create table "Mixed" (a integer); select count(*) from MIXED', 0),
    fails("r_SELECT_synopsis", "select 1;; select 2", "several statements at once"),
    fails("r_SELECT_synopsis", "begin;; create index i on t (id)", "several statements at once"),
]

CASTS = [
    passes("r_enable_numeric_rounding", "select cast(1.50 as decimal(5, 1))", Decimal("1.5")),
    fails("r_enable_numeric_rounding", "select cast(1.55 as decimal(5, 1))", "would cut off digits of 1.55"),
    passes("r_enable_numeric_rounding", "select cast(amount as integer) from t where id = 2", -2),
    fails("r_enable_numeric_rounding", "select cast(amount as integer) from t where id = 1", "would cut off digits"),
    passes("r_Numeric_types201", "select cast(round(1.005, 2) as decimal(5, 2))", Decimal("1.01")),
    passes("r_Numeric_types201", "select cast('1.2300' as decimal(5, 2))", Decimal("1.23")),
    passes("r_Numeric_types201", "select cast(null as decimal(5, 2))", None),
    fails("r_Numeric_types201", "select cast(1000 as decimal(5, 2))", "numeric field overflow"),
    fails("r_Numeric_types201", "select cast(1 as decimal(39, 2))", "more than 38 digits"),
    fails("r_Numeric_types201", "select cast('NaN' as decimal(5, 2))", "invalid input for a number"),
    fails("r_Numeric_types201", "select cast('0x1F' as integer)", "invalid input for a number"),
    fails("r_Numeric_types201", "select cast('1_000' as integer)", "invalid input for a number"),
    passes("r_Numeric_types201", "select cast('12' as integer)", 12),
    passes("r_Character_types", "select cast('é' as varchar(2))", "é"),
    fails("r_Character_types", "select cast('éa' as varchar(2))", "would cut off bytes of a text of 3"),
    passes("r_Character_types", "select cast('a' as varchar(max))", "a"),
    fails("r_Character_types", "select cast('a' as char(1))", "cannot judge: cast to char(1)"),
    fails("r_CAST_function", "select cast(ok as varchar(5)) from t", "no cast from boolean to varchar"),
    fails("r_CAST_function", "select ok::varchar from t", "no cast from boolean to varchar"),
    fails("r_CAST_function", "select cast(name as boolean) from t", "cannot judge: a cast to boolean"),
    passes("r_CAST_function", "select cast(ok as integer) from t where id = 1", 1),
    passes("r_CAST_function", "select '2024-01-31'::date", date(2024, 1, 31)),
    fails("r_CAST_function", "select amount::integer from t", "cannot judge: ::integer"),
    fails("r_CAST_function", "select amount::decimal(5, 1) from t", "cannot judge: ::decimal"),
    fails("r_CAST_function", "select name::varchar(1) from t", "cannot judge: ::varchar(1)"),
    passes("r_TRY_CAST", "select try_cast('12.30' as decimal(5, 2))", Decimal("12.30")),
    passes("r_TRY_CAST", "select try_cast('x' as integer)", None),
    passes("r_TRY_CAST", "select try_cast('2024-02-30' as date)", None),
    passes("r_TRY_CAST", "select try_cast('123456' as decimal(5, 2))", None),
    fails("r_TRY_CAST", "select try_cast('12.345' as decimal(5, 2))", "would cut off digits"),
    fails("r_TRY_CAST", "select try_cast('x' as boolean)", "try_cast to boolean is not known"),
    fails("r_TRY_CAST", "select try_cast(' ' as integer)", "try_cast of a blank text"),
    fails("r_TRY_CAST", "select try_cast('NaN' as decimal(5, 2))", "cannot judge: try_cast of 'NaN'"),
    fails("r_TRY_CAST", "select try_cast('today' as date)", "cannot judge: try_cast of 'today'"),
]

TABLES = [
    fails("r_Character_types", "create table made (a varchar)", "a varchar column without length"),
    fails("r_Character_types", "create table made (a text)", "a varchar column without length"),
    fails("r_Character_types", "create table made (a varchar(65536))", "longer than 65535 bytes"),
    fails("r_Character_types", "create table made (a varchar(3)); insert into made values ('éé')", "violates check"),
    passes(
        "r_Character_types",
        "create table made (a varchar(4)); insert into made values ('éé'); select a from made",
        "éé",
    ),
    fails("r_Character_types", "create table made (a varchar(3)); insert into made values ('abcd')", "too long"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer) distkey (b)", "names b, which is no column"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer) sortkey (a, b)", "names b, which is no column"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer, b integer) distkey (a, b)", "distkey takes one column"),
    passes("r_CREATE_TABLE_NEW", "create table made (a integer) diststyle key distkey (a) compound sortkey (a)"),
    fails("r_CREATE_TABLE_AS", "create table made distkey (b) as select 1 as a", "b does not exist"),
    passes("r_CREATE_TABLE_AS", "create table made sortkey (a) as (select 1 as a); select a from made", 1),
    passes("r_CREATE_TABLE_AS", "create temporary table made as select 1 as a; select a from made", 1),
    fails("r_CREATE_TABLE_AS", "create table made as values (1)", "cannot judge: values"),
    fails("r_CREATE_TABLE_AS", "create temp table made on commit drop as select 1 as a", "cannot judge"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer check (a > 0))", "check constraints"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer primary key)", "cannot judge: column definition"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer, primary key (a))", "cannot judge: column definition"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer default 1)", "cannot judge: column definition"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer[])", "cannot judge: column definition"),
    fails("r_CREATE_TABLE_NEW", "create table made (like t)", "cannot judge"),
    fails(
        "r_CREATE_TABLE_NEW", "create table made (a integer) inherits (t)", "cannot judge: create table ... inherits"
    ),
    fails("r_CREATE_TABLE_NEW", "create unlogged table made (a integer)", "cannot judge: create unlogged table"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer not null); insert into made values (null)", "not-null"),
    passes("r_CREATE_VIEW", "create view seen as select id from t where id = 1; select id from seen", 1),
    passes(
        "r_CREATE_VIEW",
        "create view seen as select id from t where id = 1 with no schema binding; select id from seen",
        1,
    ),
    fails("r_CREATE_VIEW", "create view seen as select a from lake.files", "must bind late"),
    passes(
        "r_CREATE_VIEW",
        'create view seen as select a, "$path" from lake.files with no schema binding; select a from seen',
        "x",
    ),
    fails("r_CREATE_VIEW", "create view seen (a) as select 1", "cannot judge: create view with a list of columns"),
    fails("r_CREATE_VIEW", "create view seen as select now() from t", "leader node only"),
    gives("c-spectrum-external-tables", 'select "$path", a from lake.files', [["s3://bucket/file", "x"]]),
    passes("r_ALTER_TABLE", "alter table u add column more varchar(3); insert into u (more) values ('abc')"),
    fails(
        "r_ALTER_TABLE",
        "alter table u add column more varchar(3); insert into u (more) values ('éé')",
        "violates check",
    ),
    fails("r_ALTER_TABLE", "alter table u add column more varchar", "without length"),
    fails("r_ALTER_TABLE", "alter table u add column more integer default 1", "cannot judge"),
    fails("r_ALTER_TABLE", "alter table u add column more integer not null", "needs a default"),
    fails("r_ALTER_TABLE", "alter table u add column a integer, add column b integer", "cannot judge: alter table"),
    passes("r_ALTER_TABLE", "alter table u drop column note cascade"),
    fails("r_ALTER_TABLE", "alter table u alter column note type varchar(30)", "cannot judge: alter table u"),
    passes("r_ALTER_TABLE", "alter table u rename to v; select count(*) from v", 2),
]

STATEMENTS = [
    fails("r_TRUNCATE", "truncate t", "truncate commits the transaction"),
    passes("r_LOCK", "begin; lock table t, u; lock public.t; select count(*) from t", 3),
    fails("r_LOCK", "lock table t in share mode", "cannot judge: lock table t"),
    passes(
        "SYS_QUERY_HISTORY",
        "select count(*) from sys_query_history where status = 'running' and query_text like 'select count%'",
        1,
    ),
    passes(
        "SYS_QUERY_HISTORY",
        "set query_group to 'night'; select id from t; select trim(query_label), returned_rows from sys_query_history"
        " where status = 'success' and end_time >= start_time and session_id = pg_backend_pid()"
        " and query_text like 'select id from t%'",
        "night",
        3,
    ),
    fails("SYS_QUERY_HISTORY", "select count(*) from sys_query_history, t", "cannot be joined to table t"),
    *(
        fails("c_SQL_commands", sql, "cannot judge: " + " ".join(sql.split()[:2]))
        for sql in (
            "merge into t using u on t.id = u.id when matched then delete",
            "copy t from 's3://bucket/key' iam_role default",
            "unload ('select 1') to 's3://bucket/key' iam_role default",
            "vacuum t",
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
    fails("r_GRANT", "grant select on t to group analyst", "cannot judge: grantee group analyst"),
    fails("r_GRANT", "grant select on t to role analyst with grant option", "cannot judge: grantee"),
    fails("r_GRANT", "grant role analyst to role engineer", "cannot judge: grant role analyst"),
    fails("r_GRANT", "grant select on lake.files to role analyst", "tables of external schema lake"),
    passes("r_CREATE_ROLE", "create role made; drop role made"),
    fails("r_CREATE_ROLE", "create role analyst", "already exists"),
    fails("r_CREATE_ROLE", "create role made with login", "takes a name and nothing else"),
    fails("r_DROP_ROLE", "drop role nobody_there", "does not exist"),
    passes("r_SET", "set query_group to 'tieout'; reset query_group"),
    passes("r_SET", "set timezone to 'UTC'"),
    passes("r_SET", "set search_path to public; select count(*) from u", 2),
    fails("r_SET", "set enable_numeric_rounding to on", "cannot judge: what enable_numeric_rounding changes"),
    fails("r_SET", "set enable_case_sensitive_identifier to true", "cannot judge: what enable_case"),
    fails("r_SET_SESSION_AUTHORIZATION", f"set session authorization {USER}", "cannot judge"),
    fails("r_RESET", "reset all", "cannot judge"),
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
    fails("r_CREATE_EXTERNAL_SCHEMA", "create external schema other from hive metastore", "cannot judge: this form"),
    fails("r_DROP_SCHEMA", "drop schema lake", "cannot judge: drop schema lake"),
    passes("r_CREATE_SCHEMA", f"create schema if not exists {DATABASE}.made; drop schema made cascade"),
    passes("r_COMMENT", "comment on table t is 'what it holds'"),
    fails("r_COMMENT", "comment on function f() is 'no'", "cannot judge: comment on function"),
]

MASK = "create masking policy hide with (value varchar(10)) using (cast('***' as varchar(10)))"
SHOW = "create masking policy show with (value varchar(10)) using (value)"
ATTACH = "attach masking policy hide on public.t (name) to role engineer priority 10"
ATTACHED = "select table_name, output_columns, grantee, priority from svv_attached_masking_policy"

MASKING = [
    passes("r_CREATE_MASKING_POLICY", f"{MASK}; select policy_name from svv_masking_policy", "hide"),
    fails("r_CREATE_MASKING_POLICY", f"{MASK}; {MASK}", "already exists"),
    fails(
        "r_CREATE_MASKING_POLICY",
        "create masking policy hide with (value varchar(10)) using ('***')",
        "is not of type varchar(10)",
    ),
    fails(
        "r_CREATE_MASKING_POLICY",
        "create masking policy hide with (value varchar(10)) using (cast(string_agg(value, '') as varchar(10)))",
        "no function string_agg()",
    ),
    passes("r_ATTACH_MASKING_POLICY", f"{MASK}; {ATTACH}; {ATTACHED}", "t", '["name"]', "engineer", 10),
    passes(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (name) to public; {ATTACHED}",
        "t",
        '["name"]',
        "public",
        0,
    ),
    passes(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; {ATTACH}; attach masking policy hide on t (name) to role analyst priority 10",
    ),
    fails("r_ATTACH_MASKING_POLICY", ATTACH, 'masking policy "hide" does not exist'),
    fails("r_ATTACH_MASKING_POLICY", f"{MASK}; {ATTACH}; {ATTACH}", "already has a masking policy"),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; {SHOW}; {ATTACH}; attach masking policy show on t (name) to role analyst priority 10",
        "with priority 10",
    ),
    passes(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; {SHOW}; {ATTACH}; attach masking policy show on t (name) to role analyst priority 20",
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (id) to role engineer priority 1",
        'is for varchar(10), column "id" is integer',
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on u (note) to role engineer priority 1",
        'is for varchar(10), column "note" is varchar(20)',
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (nothing) to role engineer priority 1",
        'column "nothing" of relation "t" does not exist',
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (name) to role nobody_there priority 1",
        'role "nobody_there" does not exist',
    ),
    passes(
        "r_DETACH_MASKING_POLICY",
        f"{MASK}; {ATTACH}; detach masking policy hide on t (name) from role engineer; "
        "select count(*) from svv_attached_masking_policy",
        0,
    ),
    fails(
        "r_DETACH_MASKING_POLICY",
        f"{MASK}; detach masking policy hide on t (name) from role engineer",
        "is not attached",
    ),
    fails("r_DROP_MASKING_POLICY", f"{MASK}; {ATTACH}; drop masking policy hide", "is still attached"),
    fails("r_DROP_MASKING_POLICY", "drop masking policy hide", "does not exist"),
    passes("r_DROP_MASKING_POLICY", f"{MASK}; drop masking policy hide; select count(*) from svv_masking_policy", 0),
    passes("r_DROP_MASKING_POLICY", f"{MASK}; {ATTACH}; drop table t; drop masking policy hide"),
    passes(
        "t_ddm-considerations",
        f"{MASK}; {ATTACH}; alter table t rename to renamed; {ATTACHED}",
        "renamed",
        '["name"]',
        "engineer",
        10,
    ),
]

MEANING = [
    passes("r_DATEDIFF_function", "select datediff(year, cast('2023-12-31' as date), cast('2024-01-01' as date))", 1),
    passes("r_DATEDIFF_function", "select datediff(month, cast('2024-01-31' as date), cast('2024-02-01' as date))", 1),
    passes(
        "r_DATEDIFF_function", "select datediff(quarter, cast('2024-01-01' as date), cast('2023-12-31' as date))", -1
    ),
    passes(
        "r_DATEDIFF_function",
        "select datediff(hour, cast('2024-01-01 00:59:59' as timestamp), cast('2024-01-01 01:00:00' as timestamp))",
        1,
    ),
    passes(
        "r_DATEDIFF_function",
        "select datediff(day, cast('2024-01-01 00:00:00' as timestamp), cast('2024-01-01 23:59:59' as timestamp))",
        0,
    ),
    fails("r_DATEDIFF_function", "select datediff(week, day, day) from t where id = 1", "datediff in weeks"),
    fails(
        "r_Dateparts_for_datetime_functions",
        "select datediff(century, day, day) from t where id = 1",
        "date part century",
    ),
    passes("r_DATEADD_function", "select dateadd(month, 1, cast('2024-01-31' as date))", datetime(2024, 2, 29)),
    passes("r_DATEADD_function", "select dateadd('day', -1, cast('2024-03-01' as date))", datetime(2024, 2, 29)),
    passes("r_ADD_MONTHS", "select add_months(cast('2024-02-29' as date), 1)", datetime(2024, 3, 31)),
    passes("r_ADD_MONTHS", "select add_months(cast('2024-01-30' as date), 1)", datetime(2024, 2, 29)),
    passes("r_LAST_DAY", "select last_day(cast('2024-02-10' as date))", date(2024, 2, 29)),
    passes("r_DATE_TRUNC", "select date_trunc('week', cast('2024-03-03' as date))", datetime(2024, 2, 26)),
    passes("r_EXTRACT_function", "select extract(dow from cast('2024-03-03' as date))", 0),
    passes("r_EXTRACT_function", "select extract(week from cast('2024-12-30' as date))", 1),
    passes("r_DATE_PART_function", "select date_part(year, cast('2024-03-03' as date))", 2024),
    fails("r_EXTRACT_function", "select extract(century from day) from t where id = 1", "date part century"),
    passes("r_GETDATE", "select datediff(hour, getdate(), sysdate)", 0),
    passes(
        "CONVERT_TIMEZONE",
        "select convert_timezone('Europe/Prague', 'UTC', cast('2024-07-01 12:00:00' as timestamp))",
        datetime(2024, 7, 1, 10),
    ),
    passes("REGEXP_SUBSTR", "select regexp_substr('abc', 'x')", ""),
    passes("REGEXP_SUBSTR", "select regexp_substr('abc', '[bc]+')", "bc"),
    passes("REGEXP_SUBSTR", "select regexp_substr(cast(null as varchar(3)), 'x')", None),
    fails("REGEXP_SUBSTR", "select regexp_substr('abc', '(b)', 1, 1, 'e')", "cannot judge"),
    passes("REGEXP_REPLACE", "select regexp_replace('a1b2', '[0-9]', '')", "ab"),
    fails("REGEXP_REPLACE", "select regexp_replace('a1b2', '[0-9]', '', 1)", "cannot judge"),
    passes("r_concat_op", "select 'a' || cast(null as varchar(3))", None),
    passes("r_CONCAT", "select concat('a', null)", None),
    gives("r_ORDER_BY_clause", "select name from t order by name", [["a"], ["b"], [None]]),
    gives("r_ORDER_BY_clause", "select name from t order by name desc", [[None], ["b"], ["a"]]),
    gives("r_ORDER_BY_clause", "select name from t order by name nulls first", [[None], ["a"], ["b"]]),
    passes(
        "r_INSERT_30",
        "create table made (a decimal(5, 2)); insert into made values (1.005); select a from made",
        Decimal("1.01"),
    ),
    fails(
        "r_INSERT_30", "create table made (a decimal(5, 2)); insert into made values (1000)", "numeric field overflow"
    ),
    fails("r_INSERT_30", "create table made (a integer); insert into made select amount from t", "type numeric"),
    passes("r_SUM", "select sum(id), sum(cast(id as bigint)), sum(amount) from t", 6, 6, Decimal("-0.50")),
    passes("r_OPERATOR_SYMBOLS", "select 7 % 3", 1),
    passes("r_NVL_function", "select nvl(null, 'b')", "b"),
    passes("r_Boolean_type", "select count(*) from t where not ok", 1),
    fails("r_Type_Compatibility", "select id from t where name = 1", "operator does not exist"),
    fails("r_Type_Compatibility", "select id from t where ok = 1", "operator does not exist"),
    passes("r_UPPER", "select upper('ab') || lower('CD')", "ABcd"),
    fails("r_UPPER", "select upper('é')", "upper and lower case beyond ASCII"),
    passes("SPLIT_PART", "select split_part('a,b', ',', 2)", "b"),
    fails("SPLIT_PART", "select split_part('a,b', ',', -1)", "a negative place"),
    passes("SHA2", "select sha2('', 256)", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    fails("SHA2", "select sha2('', 512)", "sha2 with 512 bits"),
    passes("r_LN", "select cast(round(ln(cast(2.5 as decimal(18, 2))), 9) as decimal(18, 9))", Decimal("0.916290732")),
    fails("r_LN", "select cast(ln(2.5) as decimal(18, 9))", "would cut off digits"),
    passes("r_SQRT", "select sqrt(cast(2.25 as decimal(18, 2)))", 1.5),
    passes("r_POWER", "select power(cast(1.5 as decimal(18, 2)), 2)", 2.25),
    passes(
        "r_ASIN",
        "select round(asin(sin(radians(cast(30 as double precision)))) * cast(6 as double precision), 9)",
        3.141592654,
    ),
    passes("r_COS", "select round(cos(radians(cast(60 as double precision))), 9)", 0.5),
    passes(
        "r_ROUND",
        "select round(cast(-2.5 as double precision), 0), round(cast(0.125 as double precision), 2)",
        -3.0,
        0.13,
    ),
    passes("r_OCTET_LENGTH", "select octet_length('é'), len('é')", 2, 1),
]


@pytest.fixture(scope="module")
def filled(stand_in: StandIn) -> StandIn:
    """Make the tables, the roles and an external table."""
    with connect(stand_in) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in SETUP.split(";"):
            cursor.execute(statement)
    with stand_in.superuser().cursor() as cursor:
        cursor.execute('create table lake.files (a varchar(65535), "$path" varchar(65535))')
        cursor.execute("insert into lake.files values ('x', 's3://bucket/file')")
        cursor.execute("grant select on lake.files to public")
    return stand_in


def connect(stand_in: StandIn) -> redshift_connector.Connection:
    return redshift_connector.connect(
        host="127.0.0.1", port=stand_in.port, database=DATABASE, user=USER, password="none", ssl=False
    )


@pytest.fixture
def run(filled: StandIn) -> Iterator[Run]:
    """Run a statement in a transaction that is rolled back; the message of a refusal is the exception's text."""
    with connect(filled) as connection:
        cursor = connection.cursor()

        def execute(sql: str) -> list[list[Any]] | None:
            try:
                cursor.execute(sql)
                return [list(row) for row in cursor.fetchall()] if cursor.description else None
            except redshift_connector.ProgrammingError as error:
                detail = error.args[0]
                raise RefusedError(detail["M"] if isinstance(detail, dict) else str(detail)) from error

        yield execute
        connection.rollback()


class RefusedError(Exception):
    """A statement failed."""


def split(sql: str) -> list[str]:
    """Split at semicolons; two of them are one that stays."""
    return [part.replace("\0", ";").strip() for part in sql.replace(";;", "\0").split(";")]


def named(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=f"{case.page}-{number}") for number, case in enumerate(cases)]


@pytest.mark.parametrize("case", named([*RULES, *SYNTAX, *CASTS, *TABLES, *STATEMENTS, *MASKING, *MEANING]))
def test_statement(run: Run, case: Case) -> None:
    *before, last = split(case.sql)
    for statement in before:
        run(statement)
    if case.refusal:
        with pytest.raises(RefusedError) as refused:
            run(last)
        assert case.refusal in str(refused.value)
        return
    rows = run(last)
    if case.rows is not NOT_ASKED:
        assert rows == case.rows


def test_every_rule_has_a_case_that_fails() -> None:
    """Each rule alone must refuse a case that passes without rules."""
    refused = [split(case.sql)[-1] for case in [*RULES, *SYNTAX, *CASTS] if case.refusal]
    idle = []
    for page, rule in rules.RULES:
        if not any(_passes(sql, []) and not _passes(sql, [(page, rule)]) for sql in refused):
            idle.append(rule.__name__)
    assert not idle


def _passes(sql: str, judged_by: list[tuple[str, rules.Rule]]) -> bool:
    before = rules.RULES[:]
    rules.RULES[:] = judged_by
    try:
        statements.Statements().translate(sql)
    except tokens.RefusedError:
        return False
    finally:
        rules.RULES[:] = before
    return True


def test_who_looks_past_the_proxy_sees_values_as_they_are(filled: StandIn) -> None:
    with filled.superuser().cursor() as cursor:
        cursor.execute("select ok::text, id || 'x', at - at is null from t order by id")
        assert cursor.fetchall() == [("true", "1x", False), ("false", "2x", False), (None, "3x", True)]


def test_an_error_aborts_the_transaction(run: Run) -> None:
    with pytest.raises(RefusedError, match="string_agg"):
        run("select string_agg(name, ',') from t")
    with pytest.raises(RefusedError, match="current transaction is aborted"):
        run("select 1")


def test_delete_and_insert_that_fail_leave_the_table_whole(filled: StandIn) -> None:
    with connect(filled) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in ("begin", "delete from t", "insert into t (id, name) select id, name from t"):
            cursor.execute(statement)
        with pytest.raises(redshift_connector.ProgrammingError):
            cursor.execute("insert into t (id, name) values (9, 'longer than ten')")
        cursor.execute("rollback")
        cursor.execute("select count(*) from t")
        assert cursor.fetchall() == ([3],)


def test_a_fault_of_the_translator_fails_the_statement(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(sql: str) -> str:
        raise ZeroDivisionError("a fault in the translator")

    monkeypatch.setattr(statements, "rewrite", faulty)
    with pytest.raises(RefusedError, match=r"cannot judge: ZeroDivisionError.*a fault in the translator"):
        run("select 1")
    assert queries.rewrite("select 1") == "select 1"
