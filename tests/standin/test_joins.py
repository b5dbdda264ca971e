"""Which joins move rows between nodes, judged from statements. No server is needed."""

from __future__ import annotations

import pytest

from redshift_standin.joins import Join, JoinReader, Verdict

TABLES = (
    'create table "tieout"."prod_gold"."fact__dbt_tmp" (a integer, sold_date date) distkey (a) sortkey (sold_date)',
    'alter table "tieout"."prod_gold"."fact__dbt_tmp" rename to "fact"',
    "create table gold.features diststyle key distkey (a) compound sortkey(a) as (select 1 as a)",
    "create table gold.other diststyle key distkey (b) compound sortkey(b) as (select 1 as b)",
    "create table gold.small (a integer) diststyle all",
    "create table gold.automatic (a integer)",
    "create view gold.shown as select a as key_of_fact, c from gold.fact with no schema binding",
)
CO_LOCATED, MOVES, UNKNOWN = Verdict.CO_LOCATED, Verdict.MOVES, Verdict.UNKNOWN


@pytest.fixture(scope="module")
def reader() -> JoinReader:
    """A reader that knows the tables."""
    made = JoinReader()
    for statement in TABLES:
        assert made.read(statement) == []
    return made


def only(found: list[Join]) -> Join:
    """Return the only join."""
    (join,) = found
    return join


@pytest.mark.parametrize(
    "query",
    [
        "select * from gold.fact inner join gold.features on fact.a = features.a",
        "select * from gold.fact as f left join gold.features as g on f.a = g.a and f.c > g.c",
        "select * from gold.fact full outer join gold.features on fact.a = features.a",
        "select * from gold.fact left join gold.small on fact.c = small.a",
        "select * from gold.small inner join gold.fact on fact.c = small.a",
        "select * from gold.small full outer join gold.small as again on small.a = again.a",
        # Queries that select, filter, rename and group keep the place of a row.
        "with f as (select a as k, c from gold.fact where c > 1), g as (select f.* from f) "
        "select * from g inner join gold.features on g.k = features.a",
        "with f as (select a, count(*) as n from gold.fact group by a) "
        "select * from f inner join gold.features on f.a = features.a",
        "with f as (select a, row_number() over (partition by a order by c) as n from gold.fact) "
        "select * from f inner join gold.features on f.a = features.a",
        "with f as (select a from gold.fact union all select a from gold.features) "
        "select * from f inner join gold.features as g on f.a = g.a",
        "select * from gold.shown inner join gold.features on shown.key_of_fact = features.a",
        "select * from gold.fact where a in (select a from gold.features)",
        "select * from gold.fact where c not in (select a from gold.small)",
        "delete from gold.fact using gold.features where fact.a = features.a and fact.c = features.c",
        "insert into gold.fact (select fact.* from gold.fact inner join gold.features on fact.a = features.a)",
        "create temporary table made diststyle key distkey (a) as "
        "(select fact.* from gold.fact inner join gold.features on fact.a = features.a)",
    ],
)
def test_joins_that_move_nothing(reader: JoinReader, query: str) -> None:
    assert only(reader.read(query)).verdict is CO_LOCATED


@pytest.mark.parametrize(
    ("query", "said"),
    [
        # To the key of the other side, if the join compares it; otherwise everywhere, or both.
        ("select * from gold.fact inner join gold.other on fact.c = other.b", "distributes fact"),
        ("select * from gold.fact left join gold.other on fact.a = other.c", "distributes other"),
        ("select * from gold.fact left join gold.other on fact.c = other.c", "distributes fact and other"),
        ("select * from gold.fact left join gold.other on fact.c > other.c", "broadcasts other"),
        ("select * from gold.fact inner join gold.features on fact.c = features.a", "distributes fact"),
        # A side that keeps its rows on all nodes is no help to a side that must be complete.
        ("select * from gold.small left join gold.fact on small.a = fact.a", "gathers fact"),
        ("delete from gold.small where a not in (select a from gold.fact)", "gathers fact"),
        ("delete from gold.small where a not in (select distinct c from gold.fact)", "gathers groups of fact"),
        # Rows of some days, of the latest load, of the groups of a table, and rejected rows.
        (
            "with day as (select * from gold.fact where sold_date in (cast('2025-01-01' as date))) "
            "select * from day inner join gold.other on day.c = other.b",
            "distributes a part of fact",
        ),
        (
            "select * from gold.other inner join (select * from gold.fact where _loaded_at > '2025-01-01') as new "
            "on other.c = new.c",
            "broadcasts a part of fact",
        ),
        (
            "select * from gold.other inner join gold.fact on other.c = fact.c where fact._failed_rules <> ''",
            "broadcasts a part of fact",
        ),
        (
            "with groups as (select c from gold.fact group by c) "
            "select * from gold.other inner join groups on other.b = groups.c",
            "distributes groups of fact",
        ),
        # The key is lost.
        (
            "with f as (select coalesce(a, 0) as a from gold.fact) "
            "select * from f inner join gold.features on f.a = features.a",
            "distributes fact",
        ),
        (
            "with f as (select a, sum(c) over (partition by c) as n from gold.fact) "
            "select * from gold.features inner join f on f.a = features.a",
            "distributes fact",
        ),
        (
            "with f as (select features.a from gold.fact left join gold.features on fact.a = features.a) "
            "select * from gold.features as g inner join f on f.a = g.a",
            "distributes fact and 1 more",
        ),
    ],
)
def test_joins_that_move_rows(reader: JoinReader, query: str, said: str) -> None:
    join = reader.read(query)[-1]
    assert join.verdict is MOVES
    assert str(join).endswith(f": moves rows ({said})")
    assert join.moves_a_large_table == ("part of" not in said and "groups of" not in said)


def test_a_join_of_a_table_without_a_setting_depends_on_redshift(reader: JoinReader) -> None:
    join = only(reader.read("select * from gold.fact left join gold.automatic on fact.c = automatic.a"))
    assert str(join) == "fact with automatic: depends on AUTO (broadcasts automatic)"
    assert not join.moves_a_large_table
    join = only(reader.read("select * from gold.automatic left join gold.fact on fact.c = automatic.a"))
    assert join.verdict is UNKNOWN
    assert join.moves_a_large_table


def test_a_temporary_table_has_as_many_rows_as_its_query(reader: JoinReader) -> None:
    for rows, moved in (("gold.fact where sold_date = '2025-01-01'", "a part of new_rows"), ("gold.fact", "new_rows")):
        assert reader.read("create temporary table new_rows (a integer, c integer) diststyle key distkey (a)") == []
        assert reader.read(f"insert into new_rows (select a, c from {rows})") == []
        join = only(reader.read("delete from gold.other using new_rows where other.b = new_rows.c"))
        assert str(join).endswith(f"(distributes {moved})")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from (select * from gold.fact inner join gold.other on fact.a = other.b) as q where false limit 0",
        "select * from gold.fact cross join (select max(c) as latest from gold.fact) as latest",
        "select * from gold.fact inner join (select 1 as a union all select 2) as numbers on fact.c = numbers.a",
        "select * from pg_class inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid",
        "grant select on gold.fact to role analyst",
    ],
)
def test_statements_without_a_join_of_stored_tables(reader: JoinReader, statement: str) -> None:
    assert reader.read(statement) == []
