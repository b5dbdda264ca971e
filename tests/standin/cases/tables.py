"""Statements that create or change tables and views."""

from __future__ import annotations

from .case import fails, gives, passes, unsupported

CASES = [
    fails("r_Character_types", "create table made (a varchar)", "a varchar column without a length"),
    fails("r_Character_types", "create table made (a text)", "a varchar column without a length"),
    fails("r_Character_types", "create table made (a varchar(65536))", "longer than 65535 bytes"),
    fails("r_Character_types", "create table made (a varchar(3)); insert into made values ('éé')", "violates check"),
    passes(
        "r_Character_types",
        "create table made (a varchar(4)); insert into made values ('éé'); select a from made",
        "éé",
    ),
    fails("r_Character_types", "create table made (a varchar(3)); insert into made values ('abcd')", "too long"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer) distkey (b)", "names b, which is not a column"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer) sortkey (a, b)", "names b, which is not a column"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer, b integer) distkey (a, b)", "distkey takes one column"),
    passes("r_CREATE_TABLE_NEW", "create table made (a integer) diststyle key distkey (a) compound sortkey (a)"),
    fails("r_CREATE_TABLE_AS", "create table made distkey (b) as select 1 as a", "b does not exist"),
    passes("r_CREATE_TABLE_AS", "create table made sortkey (a) as (select 1 as a); select a from made", 1),
    passes("r_CREATE_TABLE_AS", "create temporary table made as select 1 as a; select a from made", 1),
    unsupported("r_CREATE_TABLE_AS", "create table made as values (1)", "values"),
    unsupported("r_CREATE_TABLE_AS", "create temp table made on commit drop as select 1 as a"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer check (a > 0))", "check constraints"),
    unsupported("r_CREATE_TABLE_NEW", "create table made (a integer primary key)", "column definition"),
    unsupported("r_CREATE_TABLE_NEW", "create table made (a integer, primary key (a))", "column definition"),
    unsupported("r_CREATE_TABLE_NEW", "create table made (a integer default 1)", "column definition"),
    unsupported("r_CREATE_TABLE_NEW", "create table made (a integer[])", "column definition"),
    unsupported("r_CREATE_TABLE_NEW", "create table made (like t)"),
    unsupported("r_CREATE_TABLE_NEW", "create table made (a integer) inherits (t)", "create table ... inherits"),
    unsupported("r_CREATE_TABLE_NEW", "create unlogged table made (a integer)", "create unlogged table"),
    fails("r_CREATE_TABLE_NEW", "create table made (a integer not null); insert into made values (null)", "not-null"),
    passes("r_CREATE_VIEW", "create view seen as select id from t where id = 1; select id from seen", 1),
    passes(
        "r_CREATE_VIEW",
        "create view seen as select id from t where id = 1 with no schema binding; select id from seen",
        1,
    ),
    fails("r_CREATE_VIEW", "create view seen as select a from lake.files", "must be late-binding"),
    passes(
        "r_CREATE_VIEW",
        'create view seen as select a, "$path" from lake.files with no schema binding; select a from seen',
        "x",
    ),
    unsupported("r_CREATE_VIEW", "create view seen (a) as select 1", "create view with a list of columns"),
    fails("r_CREATE_VIEW", "create view seen as select now() from t", "leader node only"),
    gives("c-spectrum-external-tables", 'select "$path", a from lake.files', [["s3://bucket/file", "x"]]),
    passes("r_ALTER_TABLE", "alter table u add column more varchar(3); insert into u (more) values ('abc')"),
    fails(
        "r_ALTER_TABLE",
        "alter table u add column more varchar(3); insert into u (more) values ('éé')",
        "violates check",
    ),
    fails("r_ALTER_TABLE", "alter table u add column more varchar", "without a length"),
    unsupported("r_ALTER_TABLE", "alter table u add column more integer default 1"),
    fails("r_ALTER_TABLE", "alter table u add column more integer not null", "needs a default"),
    unsupported("r_ALTER_TABLE", "alter table u add column a integer, add column b integer", "alter table"),
    passes("r_ALTER_TABLE", "alter table u drop column note cascade"),
    passes("r_ALTER_TABLE", "alter table u rename to v; select count(*) from v", 2),
    passes("r_ALTER_TABLE", "alter table u rename column note to remark; select count(remark) from u where false", 0),
]
