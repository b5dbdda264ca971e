"""Digits of decimals, bytes of texts, and trailing blanks: what Redshift cuts, ignores or cannot hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .case import fails, gives, passes

_20_DIGITS = "cast(123456789012345678.01 as decimal(38, 2))"
_19_DIGITS = "cast(12345678901234567.01 as decimal(38, 2))"
_NUMERIC = "r_numeric_computations201"

RULE_CASES = [
    fails(_NUMERIC, "select cast(1 as decimal(24, 2)) * cast(1 as decimal(14, 12))", "of 24 and 14 digits"),
    fails(_NUMERIC, "select amount * cast(1 as decimal(38, 2)) from t", "of ? and 38 digits"),
    fails(_NUMERIC, "select cast(id as bigint) * cast(1 as decimal(19, 2)) from t", "of 19 and 19 digits"),
    passes(_NUMERIC, "select cast(2 as decimal(23, 2)) * cast(0.5 as decimal(14, 12))", Decimal("1.00000000000000")),
]

CASES = [
    fails(
        _NUMERIC,
        "create table made (a decimal(38, 10)); insert into made values (12345678901234567890.5); "
        "select a * a from made",
        "has more than 38 digits",
    ),
    passes(_NUMERIC, "select sum(amount * id) from t", Decimal("-2.50")),
    *(
        case
        for form in (
            "select coalesce({}, 0)",
            "select nvl({}, 0)",
            "select greatest({}, 0)",
            "select least({0}, {0})",
            "select case when 1 = 1 then {} end",
            "select {} union all select 1",
            "select {} as a union select 1 as a",
            "select a from ((select {} as a) union all (select 1 as a)) as s",
            "with s as (select {} as a), u as (select a from s union all select a from s) select distinct a from u",
            "select 1 except select {}",
        )
        for case in (
            fails(_NUMERIC, form.format(_20_DIGITS), "a decimal of more than 19 digits"),
            passes(_NUMERIC, form.format(_19_DIGITS)),
        )
    ),
    fails(
        _NUMERIC,
        "select coalesce(cast(12345678901.1234567891 as decimal(38, 10)), 0)",
        "a decimal of more than 19 digits",
    ),
    *(
        fails(
            _NUMERIC,
            f"create table made (a decimal(38, 2), b decimal(38, 2)); insert into made values (0, {_20_DIGITS}); "
            + query,
            "a decimal of more than 19 digits",
        )
        for query in (
            "select coalesce(b, a) from made",
            "select b from made union all select a from made",
            "with summed as (select sum(b) as s from made) select case when 1 = 1 then s end from summed",
        )
    ),
    passes(
        "r_Character_types",
        "create table made as select coalesce(name, name) as a from t union all select name from t; "
        "select character_maximum_length from information_schema.columns where table_name = 'made'",
        10,
    ),
    passes(_NUMERIC, f"select {_20_DIGITS} + 1", Decimal("123456789012345679.01")),
    gives(
        "r_UNION",
        "select id as b, name, day from t where id = 1 union all select u.id, note, cast(null as date) from u "
        "order by 1, 2",
        [[1, "a", date(2024, 1, 31)], [1, "x", None], [4, "y", None]],
    ),
    fails(
        "r_Character_types", f"select cast('{'x' * 257}' as varchar)", "varchar(256) would truncate a text of 257 bytes"
    ),
    fails(
        "r_Character_types", f"select cast('{'x' * 257}' as text)", "varchar(256) would truncate a text of 257 bytes"
    ),
    fails("r_Character_types", f"select '{'é' * 129}'::text", "text is cut at 256 bytes"),
    passes(
        "r_Character_types", f"select len('{'x' * 256}'::varchar), len(cast('{'x' * 257}' as varchar(257)))", 256, 257
    ),
    passes("r_Character_types", "select 'a' = 'a  ', 'a' <> 'a ', 'a' < 'a ', 'a ' >= 'a'", True, False, False, True),
    passes("r_Character_types", "select len('a '), 'a ' || 'b', 'a ' like 'a'", 2, "a b", False),
    passes("r_Character_types", "select count(*) from t where name in ('a ', 'b  ')", 2),
    passes(
        "r_Character_types", "insert into u values (9, 'a '); select count(*) from t inner join u on name = note", 1
    ),
    passes(
        "r_Character_types",
        "insert into t (id, name) values (9, 'a '); select count(distinct name), max(rows) from "
        "(select name, count(*) over (partition by name) as rows from t where name is not null) as s",
        2,
        2,
    ),
    passes(
        "r_Character_types",
        "select count(*) from (select cast('a ' as varchar(2)) as a union select cast('a' as varchar(2)) as a) as s",
        1,
    ),
    fails(
        "r_WF_SUM",
        "create table made (a bigint); insert into made select sum(cast(id as bigint)) over () from t",
        "type numeric",
    ),
    passes(
        "r_WF_SUM",
        "select sum(cast(id as bigint)) over () from t limit 1",
        Decimal(6),
    ),
    passes("r_WF_SUM", "create table made (a bigint); insert into made select sum(id) over () from t"),
    passes(
        "r_INSERT_30",
        "create table made (a decimal(5, 2)); insert into made select cast(100.8976 as decimal(10, 4)); "
        "insert into made values (-1.005); select max(a), min(a) from made",
        Decimal("100.90"),
        Decimal("-1.01"),
    ),
    fails(
        "r_INSERT_30",
        "create table made (a decimal(5, 2)); insert into made select cast(1.005 as decimal(5, 2))",
        "would truncate",
    ),
    fails("r_ALTER_TABLE", "alter table u alter column note type varchar(30)", "cannot run in a transaction"),
]
