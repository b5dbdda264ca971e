"""Money and text mean the same: every dialect macro on the values that hurt, on both engines, same and right result.

dbt renders the calls for each target, in a project of nothing but the macros; the queries run on DuckDB and on the
stand-in, over tables, as in models. The cases are in dialect_cases.py.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest
import redshift_connector
import yaml

from tests.python.warehouse import PROJECT, Warehouse
from tests.redshift.dialect_cases import (
    BUILT_IN,
    CASES,
    COLUMNS,
    DIFFERENCES,
    WRONG_ARGUMENTS,
    Case,
    Refused,
)
from redshift_standin import DATABASE, USER, StandIn

_MACROS = PROJECT / "macros" / "dialect"
_NAMED_CASES = {f"{macro}_{number}": case for macro, cases in CASES.items() for number, case in enumerate(cases)}
_NAMED_CASES |= {f"built_in_{number}": case for number, case in enumerate(BUILT_IN)}
_NAMED_DIFFERENCES = {f"difference_{number}": difference for number, difference in enumerate(DIFFERENCES)}
_NAMED_WRONG_CALLS = {f"wrong_{number}": call for number, call in enumerate(WRONG_ARGUMENTS)}

_SCALES = range(10)
_REDSHIFT_KINDS = {
    **dict.fromkeys((20, 21, 23), "integer"),
    **dict.fromkeys((25, 1043), "text"),
    **dict.fromkeys((700, 701), "float"),
    16: "boolean",
    1082: "date",
    1114: "timestamp",
    1184: "timestamp with time zone",
    1700: "decimal",
}
_DUCKDB_KINDS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    "VARCHAR": "text",
    "DOUBLE": "float",
}


@dataclass(frozen=True)
class Answer:
    """What an engine answers: the kind of the column's type, and its values."""

    kind: str
    values: list[tuple[Any, ...]]


Answers = dict[str, Answer | Refused]


def _rows(case: Case) -> list[dict[str, Any]]:
    return [given if isinstance(given, dict) else {case.column: given} for given, _ in case.answers]


def _divisions() -> list[tuple[Decimal | None, Decimal | None]]:
    """Make pairs of numbers of all sizes, with ties among the quotients, and zeros and nulls among the numbers."""
    some = random.Random(20250131)

    def number() -> Decimal | None:
        if some.random() < 0.04:
            return some.choice([None, Decimal(0)])
        digits, decimals = some.choice([1, 2, 3, 6, 12, 21, 28]), some.choice([0, 2, 6])
        value = Decimal(some.randrange(1, 10**digits)).scaleb(-decimals if digits - decimals <= 22 else -6)
        return (value if digits - decimals <= 22 else value.quantize(Decimal("0.000001"))) * some.choice([1, -1])

    pairs = [(number(), number()) for _ in range(240)]
    for _ in range(60):  # Halves of the last decimal, and what lies closest to them on either side.
        divisor = Decimal(some.randrange(1, 10**9)).scaleb(-some.choice([0, 2, 6]))
        half = Decimal(some.randrange(10**6) * 2 + 1) / 2
        with localcontext() as context:
            context.prec = 60
            dividend = (divisor * half * Decimal(10) ** -some.choice([0, 1, 2])).quantize(Decimal("0.000001"))
        nudge = Decimal("0.000001") * some.choice([-1, 0, 0, 1])
        pairs.append(((dividend + nudge) * some.choice([1, -1]), divisor * some.choice([1, -1])))
    return pairs


def _quotient(dividend: Decimal | None, divisor: Decimal | None, scale: int) -> Decimal | None:
    if dividend is None or not divisor:
        return None
    with localcontext() as context:
        context.prec = 120
        exact = (dividend / divisor).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return exact if exact else abs(exact)


_DIVISIONS = _divisions()


# Rendering ----------------------------------------------------------------------------------------------------------


def _write_project(folder: Path) -> Path:
    """A project that has the dialect macros, and a model for every case."""
    models = folder / "models"
    models.mkdir(parents=True)
    (folder / "macros").symlink_to(_MACROS)
    (folder / "profiles").symlink_to(PROJECT / "profiles")
    settings = {"name": "tieout", "version": "1.0", "profile": "tieout", "macro-paths": ["macros"]}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings | {"flags": {"send_anonymous_usage_stats": False}}))
    for name, case in _NAMED_CASES.items():
        _write_model(models, name, case.call, case.relation, aggregate=case.aggregate)
    for name, difference in _NAMED_DIFFERENCES.items():
        _write_model(models, name, difference.call, aggregate="avg(" in difference.call)
    quotients = ", ".join(f"{{{{ divide('dividend', 'divisor', {scale}) }}}} as to_{scale}" for scale in _SCALES)
    _write_model(models, "divisions", f"{quotients}, line")
    for name, call in _NAMED_WRONG_CALLS.items():
        _write_model(models, name, f"{{{{ {call} }}}}")
    return folder


def _write_model(
    models: Path, name: str, call: str, relation: str = "dialect_values as given", *, aggregate: bool = False
) -> None:
    # Rendered once, when it is compiled: an error while dbt parses would hide those of the other models.
    order = "" if aggregate else "order by line"
    sql = f"select {call} as answer from {relation} where case_name = '{name}' {order}"
    (models / f"{name}.sql").write_text(f"{{% if execute %}}{sql}{{% endif %}}", encoding="utf-8")


def _compile(warehouse: Warehouse) -> dict[str, str]:
    """Let dbt render the right calls; returns SQL by model."""
    warehouse.run("dbt", "compile", "--no-populate-cache", "--no-introspect", "--exclude", "wrong_*")
    compiled = warehouse.folder / "target" / "compiled" / "tieout" / "models"
    return {file.stem: file.read_text(encoding="utf-8") for file in compiled.glob("*.sql")}


def _errors(warehouse: Warehouse) -> dict[str, str]:
    """Let dbt render the wrong calls; returns messages by model. `compile` would stop at the first of them."""
    warehouse.run("dbt", "run", "--select", "wrong_*", fails=True)
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {result["unique_id"].split(".")[-1]: " ".join(str(result["message"]).split()) for result in results}


# The tables ---------------------------------------------------------------------------------------------------------


def _values() -> Iterator[tuple[Any, ...]]:
    """Yield the rows of dialect_values: name of the case, line, and every column."""
    given = {name: _rows(case) for name, case in _NAMED_CASES.items() if case.relation.startswith("dialect_values")}
    given |= {name: list(difference.given) for name, difference in _NAMED_DIFFERENCES.items()}
    given["divisions"] = [{"dividend": dividend, "divisor": divisor} for dividend, divisor in _DIVISIONS]
    for name, rows in given.items():
        for line, row in enumerate(rows):
            assert row.keys() <= COLUMNS.keys(), f"{name}: no column {row.keys() - COLUMNS.keys()}"
            yield (name, line, *(row.get(column) for column in COLUMNS))


def _files(column: str) -> Iterator[tuple[Any, ...]]:
    for name, case in _NAMED_CASES.items():
        if case.relation.startswith("dialect_bronze"):
            yield from ((name, line, row[column]) for line, row in enumerate(_rows(case)))


_CREATE_VALUES = "create table dialect_values (case_name varchar(256), line integer, {columns})".format(
    columns=", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def warehouse(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("duckdb"), project=project)
    made.database.parent.mkdir()
    return made


@pytest.fixture(scope="module")
def on_duckdb(warehouse: Warehouse) -> Answers:
    """All answers of DuckDB, by model."""
    queries = _compile(warehouse)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")  # As in the profile.
        connection.execute(_CREATE_VALUES)
        places = ", ".join("?" * (len(COLUMNS) + 2))
        connection.executemany(f"insert into dialect_values values ({places})", list(_values()))
        connection.execute("create schema dialect_bronze")
        connection.execute("create table dialect_bronze.files (case_name varchar, line integer, filename varchar)")
        connection.executemany("insert into dialect_bronze.files values (?, ?, ?)", list(_files("filename")))

        def kind(type_: Any) -> str:
            name = re.sub(r"\(.*", "", str(type_))
            return _DUCKDB_KINDS.get(name, name.lower())

        return _ask(connection, queries, kind)


@pytest.fixture(scope="module")
def on_redshift(stand_in: StandIn, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """All answers of the stand-in, by model."""
    queries = _compile(Warehouse(tmp_path_factory.mktemp("redshift"), "prod", stand_in.environment(), project=project))
    connection = redshift_connector.connect(
        host="127.0.0.1", port=stand_in.port, database=DATABASE, user=USER, password="none", ssl=False
    )
    connection.autocommit = True
    with connection, connection.cursor() as cursor:
        cursor.execute(_CREATE_VALUES)
        cursor.execute("create external schema dialect_bronze from data catalog database 'x' iam_role default")
        with stand_in.superuser() as beside, beside.cursor() as loader:
            places = ", ".join(["%s"] * (len(COLUMNS) + 2))
            loader.executemany(f"insert into dialect_values values ({places})", list(_values()))
            loader.execute('create table dialect_bronze.files (case_name text, line integer, "$path" text)')
            loader.execute("grant select on dialect_bronze.files to public")
            loader.executemany("insert into dialect_bronze.files values (%s, %s, %s)", list(_files("$path")))
        # A user may have any: no answer depends on it.
        cursor.execute("set timezone to 'Asia/Kathmandu'")
        return _ask(cursor, queries, lambda type_: _REDSHIFT_KINDS.get(type_, f"type {type_}"))


def _ask(cursor: Any, queries: dict[str, str], kind: Callable[[Any], str]) -> Answers:
    answers: Answers = {}
    for name, sql in queries.items():
        try:
            cursor.execute(sql)
            answers[name] = Answer(kind(cursor.description[0][1]), [tuple(row) for row in cursor.fetchall()])
        except (duckdb.Error, redshift_connector.Error) as error:
            answers[name] = Refused(str(error))
    return answers


# The tests ----------------------------------------------------------------------------------------------------------


def _shown(value: Any) -> str:
    """Type and value: 1 is not 1.0, 1.0 is not 1.00, a timestamp is no date."""
    if value is None:
        return "null"
    text = repr(value) if isinstance(value, str) else str(value)
    return f"{type(value).__name__} {text[:200]}{f'... ({len(text)} characters)' if len(text) > 200 else ''}"


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and str(one) == str(other)


def _check(call: str, rows: Sequence[Any], wanted: Sequence[Any], duckdb_: Any, redshift: Any) -> list[str]:
    """Compare the engines' answers with each other and with the wanted ones; returns a sentence for each difference."""
    found = [
        f"{call} is refused by {name}: {answer.because}"
        for name, answer in (("DuckDB", duckdb_), ("Redshift", redshift))
        if isinstance(answer, Refused)
    ]
    if found:
        return found
    if duckdb_.kind != redshift.kind:
        found.append(f"{call} is {duckdb_.kind} on DuckDB, {redshift.kind} on Redshift")
    for row, want, (here, *_), (there, *_) in zip(rows, wanted, duckdb_.values, redshift.values, strict=True):
        if not (_same(here, there) and _same(here, want)):
            found.append(
                f"{call} of {row!r}: {_shown(here)} on DuckDB, {_shown(there)} on Redshift, {_shown(want)} wanted"
            )
    return found


@pytest.mark.parametrize("name", _NAMED_CASES)
def test_both_engines_give_the_right_result(on_duckdb: Answers, on_redshift: Answers, name: str) -> None:
    case = _NAMED_CASES[name]
    answers = case.answers[-1:] if case.aggregate else case.answers
    rows = [given for given, _ in answers]
    found = _check(case.call, rows, [want for _, want in answers], on_duckdb[name], on_redshift[name])
    assert not found, "\n".join(found)


def test_quotients_are_exact_on_both_engines(on_duckdb: Answers, on_redshift: Answers) -> None:
    here, there = on_duckdb["divisions"], on_redshift["divisions"]
    assert isinstance(here, Answer), here
    assert isinstance(there, Answer), there
    found = []
    for (dividend, divisor), one, other in zip(_DIVISIONS, here.values, there.values, strict=True):
        for scale in _SCALES:
            want = _quotient(dividend, divisor, scale)
            if not (_same(one[scale], want) and _same(other[scale], want)):
                found.append(
                    f"{dividend} / {divisor} to {scale} decimals: {_shown(one[scale])} on DuckDB, "
                    f"{_shown(other[scale])} on Redshift, {_shown(want)} wanted"
                )
    assert not found, f"{len(found)} quotients are wrong:\n" + "\n".join(found[:20])


@pytest.mark.parametrize("name", _NAMED_DIFFERENCES)
def test_known_differences_are_still_there(on_duckdb: Answers, on_redshift: Answers, name: str) -> None:
    """What is no difference any more, models may use; a new engine may also differ in another way."""
    difference = _NAMED_DIFFERENCES[name]
    for engine, answer, wanted in (
        ("DuckDB", on_duckdb[name], difference.duckdb),
        ("Redshift", on_redshift[name], difference.redshift),
    ):
        if isinstance(wanted, Refused):
            assert isinstance(answer, Refused), f"{difference.call} is no longer refused by {engine}: {answer}"
            assert wanted.because in answer.because
        else:
            assert isinstance(answer, Answer), f"{difference.call} is refused by {engine}: {answer}"
            assert [value for value, *_ in answer.values] == list(wanted), f"{difference.call} on {engine}"


def test_wrong_arguments_are_named(warehouse: Warehouse) -> None:
    """On one engine: the arguments are checked before the engine's variant is called."""
    errors = _errors(warehouse)
    found = [
        f"{call}: {errors[name]}"
        for name, call in _NAMED_WRONG_CALLS.items()
        if WRONG_ARGUMENTS[call] not in errors[name]
    ]
    assert not found, "\n".join(found)


def test_every_public_macro_has_cases() -> None:
    listed = yaml.safe_load((_MACROS / "_dialect.yml").read_text(encoding="utf-8"))["macros"]
    public = {macro["name"] for macro in listed if macro.get("docs", {}).get("show", True)}
    assert public == CASES.keys(), "macros in _dialect.yml and in CASES"
    without_check = public - {re.match(r"\w+", call)[0] for call in WRONG_ARGUMENTS}
    assert not without_check, "macros whose wrong arguments are not tested"


def test_every_macro_is_listed() -> None:
    listed = {
        macro["name"] for macro in yaml.safe_load((_MACROS / "_dialect.yml").read_text(encoding="utf-8"))["macros"]
    }
    written = {
        name
        for file in _MACROS.glob("*.sql")
        for name in re.findall(r"{%-?\s*macro\s+(\w+)", file.read_text(encoding="utf-8"))
        if not name.startswith(("duckdb__", "redshift__", "default__"))
    }
    assert listed == written, "macros in _dialect.yml and in macros/dialect/"
