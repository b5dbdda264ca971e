"""Expressions of a mapping: what they can do, and that they reach nothing outside."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from loaders.table_import.expressions import FUNCTIONS, ExpressionError, parse_expression
from loaders.table_import.session import sandbox
from tests.python.loaders.table_import.conftest import Desk

pytestmark = pytest.mark.extended

HOSTILE = [
    "(select content from read_text('/etc/passwd'))",
    "exists (from read_csv('/etc/passwd'))",
    "a in (select * from glob('/*'))",
    "read_csv('/etc/passwd')",
    "read_blob('x')",
    "getenv('HOME')",
    "current_setting('memory_limit')",
    "getvariable('x')",
    "nextval('s')",
    "random()",
    "now()",
    "repeat('x', 1000000000)",
    "range(1000000000)",
    "count(*)",
    "sum(a)",
    "max(a) filter (true)",
    "row_number() over ()",
    "unnest([1, 2])",
    "columns('.*')",
    "*",
    "?",
    "$1",
    "#1",
    "a, b",
    "a; attach 'x.db'",
    "attach 'x.db'",
    "copy lines to 'x.csv'",
    "pragma version",
    "set memory_limit = '1GB'",
    "install httpfs",
    "1) from read_csv('/etc/passwd') --",
    "1 from lines",
    "1 union select 2",
    "a where true",
    "list_transform([1], lambda x: x)",
    "system.main.upper(a)",
    "lines.text",
    "cast(a as main.lines)",
    "x" * 20_000,
    "",
    # What ends the expression and goes on with a query.
    "1) from read_csv('/etc/passwd') where (true",
    "1) as x, (select 2",
    "1) union (select 2",
    "1) order by (1",
    # Other ways to a function, a table or a name.
    "query('select 1')",
    "query_table('lines')",
    "read_json('x')",
    "parquet_metadata('x')",
    "sniff_csv('x')",
    "pragma_version()",
    "duckdb_settings()",
    "\"read_text\"('/etc/passwd')",
    "main.getenv('HOME')",
    "a.getenv()",
    "gEtEnV('HOME')",
    "getenv\u200b('HOME')",
    "\uff47\uff45\uff54\uff45\uff4e\uff56('HOME')",
    "try(getenv('HOME'))",
    "a collate nocase",
    "'a'::regclass",
    "a glob '/*'",
    "[x for x in [1]]",
    "(table lines)",
    "(values (1))",
    "$$a$$, getenv($$HOME$$)",
    # What would fill memory or stack.
    "lpad('x', 2000000000, 'y')",
    "rpad(a, cast(b as integer))",
    "printf('%2000000000d', 1)",
    "printf('%*d', 2000000000, 1)",
    "format('{:2000000000}', 1)",
    "format('{:{}}', 'x', 2000000000)",
    "format(a, 1)",
    "replace(replace(replace(a, 'a', '12345678'), '1', '12345678'), '1', '12345678')",
    "regexp_replace(regexp_replace(a, '', '0123456789', 'g'), '', '0123456789' || a, 'g')",
    "upper(" * 800 + "a" + ")" * 800,
    "(1+" * 900 + "1" + ")" * 900,
    "not " * 2_000 + "true",
    "cast(1e400 as varchar)",
]


@pytest.mark.parametrize("expression", HOSTILE)
def test_hostile_expressions_are_refused_before_they_run(expression: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "upper(Zweck) || '-' || Nr",
        "case when Zweck like 'B%' then 'x' else null end",
        "cast(replace(Betrag, ',', '.') as decimal(18, 2)) * 100",
        "coalesce(nullif(Zweck, 'x'), Nr, '(select 1)')",
        "regexp_extract(Zweck, '([a-z]+)', 1)",
        "Zweck in ('a', 'b') and not Nr between '1' and '2' -- a comment",
        "strptime(Tag, '%d.%m.%Y') + interval 1 day",
        "extract(year from strptime(Tag, '%d.%m.%Y'))",
        "try_cast(Nr as integer) is null",
        'lower("Zweck")',
        "lpad(Nr, 10, '0') || printf('%05d', cast(Nr as integer)) || format('{:>8}', Zweck)",
        "replace(replace(Betrag, '.', ''), ',', '.') || regexp_replace(Zweck, '\\s+', ' ', 'g')",
        "concat_ws(' ', Zweck, Nr, strftime(strptime(Tag, '%d.%m.%Y'), '%Y'))",
    ],
)
def test_usual_expressions_are_allowed(expression: str) -> None:
    assert set(parse_expression(expression).columns) <= {"Zweck", "Nr", "Betrag", "Tag"}


def test_every_allowed_function_is_a_function_of_single_rows_without_memory() -> None:
    with duckdb.connect() as engine:
        known = dict(
            engine.execute(
                "select function_name, bool_and(function_type = 'macro' or (function_type = 'scalar' and "
                "coalesce(stability, '') = 'CONSISTENT')) from duckdb_functions() "
                "where function_type in ('scalar', 'macro', 'aggregate') group by 1"
            ).fetchall()
        )
    assert {name for name in FUNCTIONS if not known.get(name)} == set()


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('/etc/passwd')",
        "from read_text('{outside}')",
        "from glob('/etc/*')",
        "attach '{outside}.db'",
        "copy (select 1) to '{outside}'",
        "load httpfs",
        "install httpfs",
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "set memory_limit = '1GB'",
        "from secret",
        "select getenv('HOME')",
    ],
)
def test_the_engine_itself_reaches_nothing_outside_of_its_folder(tmp_path: Path, query: str) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret", encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    secret = duckdb.sql("select 1 as secret")  # a variable that a query could find
    with sandbox(inside) as engine:
        with pytest.raises(duckdb.Error):
            engine.execute(query.format(outside=outside)).fetchall()
        assert engine.execute("select 1").fetchall() == [(1,)]
    assert secret is not None
    assert outside.read_text(encoding="utf-8") == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inside", "outside.txt"]


def test_an_expression_that_fails_for_a_row_sets_only_this_row_aside(desk: Desk) -> None:
    export = "Nr;Tag;Zweck;Betrag\n1;02.01.2025;x;1,00\n2;02.01.2025;7;1,00\n3;02.01.2025;;1,00\n"
    rows = desk.imported(export, category="  category: {sql: cast(Zweck as integer) + 1}")
    assert [(row["transaction_id"], row["category"]) for row in rows] == [("2", "8"), ("3", "")]
    assert desk.reasons() == {2: "category: the expression fails for this row"}


def test_an_unknown_column_of_an_expression_is_named(desk: Desk) -> None:
    told = desk.refusal(category="  category: {sql: upper(Zwek)}")
    assert "export.csv has no column 'Zwek', which the mapping names (bank.yml line 15). Did you mean Zweck?" in told


def test_the_type_of_an_expression_decides_how_it_is_written(desk: Desk) -> None:
    moment = "strptime(Tag, '%d.%m.%Y') + interval 8 hour"
    (row, _) = desk.imported(
        category="  category: {sql: cast(Nr as double) / 4}",
        transaction_ts=f'  transaction_ts: {{sql: "{moment}", dates: {{time_zone: Europe/Berlin}}}}',
    )
    assert (row["category"], row["transaction_ts"]) == ("0.250000", "2025-01-02 07:00:00")
