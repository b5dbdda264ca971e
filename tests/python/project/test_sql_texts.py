"""The tests split texts and insert CTEs as sqlparse and dbt do."""

from __future__ import annotations

import pytest
import sqlparse
from dbt.artifacts.resources.v1.components import InjectedCTE
from dbt.compilation import inject_ctes_into_sql

from tests.python.sql_texts import statements, with_inputs

CTES = [InjectedCTE(id="a", sql="a as (select 1 as x)"), InjectedCTE(id="b", sql="b as (select 2 as x)")]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "select 1",
        "select 1;",
        "  select ';' as \"a;b\" from t -- c; d\n  where 'it''s; here' <> '' ; select 2 /* ; */\n",
        "begin; lock table x; insert into y select case when true then 1 end; commit",
        "create table t (a integer); insert into t (select 1);\n",
    ],
)
def test_a_text_is_split_into_the_statements_that_sqlparse_finds(sql: str) -> None:
    assert list(statements(sql)) == sqlparse.split(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "with c as (select * from a) select * from c",
        "-- with a comment\n\nWITH\n\nc as (select * from a)\n\nselect * from c",
        "with recursive c as (select * from a) select * from c",
        "select * from a",
        "select withheld from a",
    ],
)
def test_the_inputs_of_a_unit_test_come_first(sql: str) -> None:
    assert "".join(with_inputs(sql, CTES).split()) == "".join(inject_ctes_into_sql(sql, CTES).split())
    assert with_inputs(sql, []) == sql
