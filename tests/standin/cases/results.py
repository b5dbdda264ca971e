"""Functions and operators whose result differs between PostgreSQL and Redshift."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from .case import fails, gives, passes, unsupported

CASES = [
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
    unsupported("REGEXP_SUBSTR", "select regexp_substr('abc', '(b)', 1, 1, 'e')"),
    passes("REGEXP_REPLACE", "select regexp_replace('a1b2', '[0-9]', '')", "ab"),
    unsupported("REGEXP_REPLACE", "select regexp_replace('a1b2', '[0-9]', '', 1)"),
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
    fails("SPLIT_PART", "select split_part('a,b', ',', -1)", "a negative position"),
    passes("SHA2", "select sha2('', 256)", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    fails("SHA2", "select sha2('', 512)", "sha2 with 512 bits"),
    passes("r_LN", "select cast(round(ln(cast(2.5 as decimal(18, 2))), 9) as decimal(18, 9))", Decimal("0.916290732")),
    fails("r_LN", "select cast(ln(2.5) as decimal(18, 9))", "would truncate"),
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
