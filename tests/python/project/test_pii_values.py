"""Which SQL passes a value on, which masks it, and which cannot be traced."""

from __future__ import annotations

import pytest

from tests.python.project.pii.planted import (
    BORN_LEAKS,
    EMAIL_IS_ONLY_HASHED,
    EMAIL_LEAKS,
    PEOPLE,
    SALTED,
    gold,
    model,
    planted,
)
from tests.python.project.pii.rules import problems


@pytest.mark.parametrize(
    "sql",
    [
        f"select email as x from {PEOPLE}",
        f"with people as (select * from {PEOPLE}) select email as x from people",
        f"with a as (select city as x from {PEOPLE} union all select email from {PEOPLE}), b as (select * from a) "
        "select * from b",
        f"with a as (select * from {PEOPLE}), b as (select a.*, email as address from a), "
        "c as (select id || '/' || address as y from b) select y as x from c",
        f"select sub.y as x from (select lower(trim(email)) as y from {PEOPLE}) as sub",
        f"select (select max(email) from {PEOPLE}) as x",
        f"select (select people.email) as x from {PEOPLE} as people",
        f"select lag(email) over (order by id) as x from {PEOPLE}",
        f"select max(email) filter (where id = '1') as x from {PEOPLE} group by city",
        f"select string_agg(email, ',') as x from {PEOPLE}",
        f"select case when city = 'Praha' then email else 'x' end as x from {PEOPLE}",
        f"select coalesce(city, email) as x from {PEOPLE}",
        f"select list_transform([email], lambda one: lower(one)) as x from {PEOPLE}",
        f"select list_transform([city], lambda one: one || people.email) as x from {PEOPLE} as people",
        f"select coalesce(one.email, '') as x from {PEOPLE} as one join {PEOPLE} as other using (email)",
        f"select email as x from {PEOPLE} join db.bronze.pii_salt on true",
        f"select unnest([email]) as x from {PEOPLE}",
        f"select part.piece as x from {PEOPLE} as people, unnest(string_split(people.email, '@')) as part(piece)",
        f"select md5(email) as x from {PEOPLE}",
        f"select md5(pii_salt.salt || email) as x {SALTED}".replace("pii_salt.salt", "'salt'"),
        f"select {{'mail': email}} as x from {PEOPLE}",
        f'select "EMAIL" as X from {PEOPLE}',
        f"with a(x, y) as (select email, city from {PEOPLE}) select x from a",
        f"select sub.x from (select email, city from {PEOPLE}) as sub(x, y)",
        f"select city as x from {PEOPLE} union all (select email from {PEOPLE} limit 1)",
        f"select upper(a.x) as x from (select * rename (email as x) from {PEOPLE}) as a",
        f"select x from (select email as y, y as x from {PEOPLE})",
        f"select x from {PEOPLE} natural join (select id, email as x from {PEOPLE})",
        f"select x from (select city as x from {PEOPLE} union by name select id, email as x from {PEOPLE})",
        # Deeper than Python's stack.
        " union all ".join([f"select email as x from {PEOPLE}", *[f"select city from {PEOPLE}"] * 600]),
    ],
)
def test_a_leak_is_reported(sql: str) -> None:
    assert gold(sql) == [EMAIL_LEAKS]


@pytest.mark.parametrize(
    "sql",
    [
        f"select city as x from {PEOPLE} where email is not null",
        f"select one.city as x from {PEOPLE} as one join {PEOPLE} as other on one.email = other.email",
        f"select row_number() over (partition by email order by born) as x from {PEOPLE}",
        f"select count(*) as x, count(distinct email) as y from {PEOPLE} group by email",
        f"select email is null as x, email like '%@%' and born > '1990' as y, not email = 'a' as z from {PEOPLE}",
        f"select case when email is null then 'none' when email = city then city else 'some' end as x from {PEOPLE}",
        f"with all_of_it as (select * from {PEOPLE}) select city as x from all_of_it order by email",
        f"select dt as x, filename as y from {PEOPLE}",
        f"select list_transform([city], lambda email: email) as x from {PEOPLE}",
        "select k as x from (values (1), (2)) as given(k)",
    ],
)
def test_sql_that_reveals_no_value_is_no_leak(sql: str) -> None:
    assert gold(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        f"select substring(sha256(pii_salt.salt || ':' || email), 1, 16) as x {SALTED}",
        f"select sha256(concat(lower(email), ':', cast(salt as varchar))) as x {SALTED}",
        f"with pii_salt as (select * from db.bronze.pii_salt), people as (select * from {PEOPLE}), "
        "masked as (select sha256(pii_salt.salt || ':' || email) as x from people cross join pii_salt) "
        "select * from masked union all select city from people",
        f"select sha256((select salt from db.bronze.pii_salt) || email) as x from {PEOPLE}",
    ],
)
def test_a_salted_hash_masks(sql: str) -> None:
    assert gold(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        f"select sha256(email) as x from {PEOPLE}",
        f"select sha256('a literal salt' || ':' || email) as x from {PEOPLE}",
        f"select sha256(city || ':' || email) as x from {PEOPLE}",
        # The value of the salt is not part of these.
        f"select sha256(case when salt is null then '' end || email) as x {SALTED}",
        f"select sha256(left(salt, 0) || email) as x {SALTED}",
    ],
)
def test_a_hash_without_the_salt_does_not_mask(sql: str) -> None:
    assert EMAIL_IS_ONLY_HASHED in gold(sql)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"select substring(sha2(pii_salt.salt || ':' || email, 256), 1, 16) as x {SALTED}", []),
        (f"select sha2(email, 256) as x from {PEOPLE}", [EMAIL_IS_ONLY_HASHED]),
        (f"select date_part(year, born) as x from {PEOPLE}", []),
        (f"select date_part(month, born) as x from {PEOPLE}", [BORN_LEAKS]),
        (f"select nvl(email, '') as x from {PEOPLE}", [EMAIL_LEAKS]),
    ],
)
def test_redshift_sql_is_traced_too(sql: str, found: list[str]) -> None:
    manifest = planted(model("dim", sql))
    manifest["metadata"]["adapter_type"] = "redshift"
    assert problems(manifest) == found


def test_a_hash_next_to_the_value_does_not_mask() -> None:
    assert gold(f"select sha256(salt || email) || email as x {SALTED}") == [EMAIL_LEAKS]


def test_the_salt_must_not_be_exposed() -> None:
    assert gold("select salt as x from db.bronze.pii_salt") == [
        "dim.x exposes the salt, with which pseudonyms can be reversed."
    ]


@pytest.mark.parametrize("year", ["extract(year from {})", "date_part('year', {})", "year({})"])
def test_the_year_masks_a_quasi_identifier(year: str) -> None:
    assert gold(f"select cast({year.format('cast(born as date)')} as integer) as x from {PEOPLE}") == []
    assert gold(f"select {year.format('email')} as x from {PEOPLE}") == [EMAIL_LEAKS]


@pytest.mark.parametrize(
    "part", ["born", "extract(month from born)", "date_part('doy', born)", "date_trunc('year', born)"]
)
def test_any_other_part_of_a_date_does_not_mask(part: str) -> None:
    assert gold(f"select {part} as x from {PEOPLE}") == [BORN_LEAKS]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (
            "select nothing as x from db.bronze.people",
            "dim.x cannot be traced: `nothing` is not a column of a known table",
        ),
        ("select a.nothing as x from db.bronze.people as a", "dim cannot be traced: its SQL cannot be parsed (Unknown"),
        ("select a.x from db.elsewhere.a as a", "dim.x cannot be traced: `db.elsewhere.a AS a` is not a table"),
        ("select * from db.elsewhere.a", "dim cannot be traced: `*` stands for columns that are not declared"),
        ("select columns(*) from db.bronze.people", "dim cannot be traced: `COLUMNS(*) AS _col_0` stands"),
        ("select * like '%mail' from db.bronze.people", "dim cannot be traced: `* LIKE '%mail' AS _col_0`"),
        ("select #2 as x from db.bronze.people", "dim.x cannot be traced: `#2` is not a column"),
        ("select to_json(people.*) as x from db.bronze.people", "cannot be traced: "),
        ("select a.x from db.bronze.people as a(x, y)", "dim.x cannot be traced: "),
        ("select a.x from db.bronze.people as p, lateral (select p.email as x) as a", "dim.x cannot be traced: "),
        ("select people as x from db.bronze.people", "dim.x cannot be traced: `people` is not a column"),
        ("select * from read_csv('people.csv')", "dim cannot be traced: "),
        ("select r.x from read_csv('people.csv') as r(x)", "dim.x cannot be traced: "),
        ("pivot db.bronze.people on city using max(email)", "dim cannot be traced: "),
        ("select * from db.bronze.people pivot (max(email) for city in ('a', 'b'))", "cannot be traced: "),
        (
            "with recursive r as (select id as x from db.bronze.people union all select x from r) from r",
            "it contains a recursive query",
        ),
        (
            "select id, id, city as x from db.bronze.people union all select 1, 2, 3",
            "dim cannot be traced: the parts of",
        ),
        (
            "select id as x from db.bronze.people union all select id, city from db.bronze.people",
            "the parts of a union",
        ),
        ("selec x fro", "dim cannot be traced: its SQL"),
        ("select 1 as x; select email from db.bronze.people", "dim cannot be traced: "),
        ("drop table db.bronze.people", "dim cannot be traced: "),
        (None, "dim cannot be traced: it has no compiled SQL"),
    ],
)
def test_sql_that_cannot_be_traced_is_reported(sql: str | None, sentence: str) -> None:
    found = problems(planted(model("dim", sql)))
    assert found
    assert all("cannot be traced" in one for one in found)
    assert any(sentence in one for one in found)


def test_a_column_that_cannot_be_traced_is_reported_once() -> None:
    base = model("base", f"select nothing as x, email from {PEOPLE}", "silver", x="direct", email="direct")
    found = problems(planted(base, model("dim", "select x from db.silver.base")))
    assert found == ["base.x cannot be traced: `nothing` is not a column of a known table."]
