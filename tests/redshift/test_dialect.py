"""Every dialect macro returns the right result on both engines, for values that are hard for one of them.

dbt renders the calls for each target, and the queries read tables, as models do. The cases are in the package dialect.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from redshift_standin import StandIn
from tests.python.warehouse import Warehouse
from tests.redshift.dialect import (
    CASES_BY_MACRO,
    NAMED_CASES,
    NAMED_DIFFERENCES,
    NAMED_WRONG_CALLS,
    WRONG_ARGUMENTS,
    Refused,
)
from tests.redshift.dialect.divisions import DIVISIONS, SCALES, quotient
from tests.redshift.dialect.engines import Answer, Answers, duckdb_answers, redshift_answers
from tests.redshift.dialect.project import MACROS, compiled_queries, compiler_errors, write_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def warehouse(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("duckdb"), project=project)
    made.database.parent.mkdir()
    return made


@pytest.fixture(scope="module")
def on_duckdb(warehouse: Warehouse) -> Answers:
    return duckdb_answers(compiled_queries(warehouse))


@pytest.fixture(scope="module")
def on_redshift(stand_in: StandIn, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    prod = Warehouse(tmp_path_factory.mktemp("redshift"), "prod", stand_in.environment(), project=project)
    return redshift_answers(compiled_queries(prod), stand_in)


def shown(value: Any) -> str:
    """Show type and value, for messages: 1 differs from 1.0, 1.0 from 1.00, and a timestamp from a date."""
    if value is None:
        return "null"
    text = repr(value) if isinstance(value, str) else str(value)
    return f"{type(value).__name__} {text[:200]}{f'... ({len(text)} characters)' if len(text) > 200 else ''}"


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and str(one) == str(other)


def problems(
    call: str,
    rows: Sequence[Any],
    expected: Sequence[Any],
    on_duckdb: Answer | Refused,
    on_redshift: Answer | Refused,
) -> list[str]:
    """Compare the results of the engines with each other and with the expected results; return a message for each."""
    if isinstance(on_duckdb, Refused):
        return [f"{call} is refused by DuckDB: {on_duckdb.because}"]
    if isinstance(on_redshift, Refused):
        return [f"{call} is refused by Redshift: {on_redshift.because}"]
    found = []
    if on_duckdb.kind != on_redshift.kind:
        found.append(f"{call} is {on_duckdb.kind} on DuckDB, {on_redshift.kind} on Redshift")
    for row, want, (one, *_), (other, *_) in zip(rows, expected, on_duckdb.values, on_redshift.values, strict=True):
        if not (same(one, other) and same(one, want)):
            found.append(
                f"{call} of {row!r}: {shown(one)} on DuckDB, {shown(other)} on Redshift, {shown(want)} expected"
            )
    return found


@pytest.mark.parametrize("name", NAMED_CASES)
def test_both_engines_return_the_expected_result(on_duckdb: Answers, on_redshift: Answers, name: str) -> None:
    case = NAMED_CASES[name]
    answers = case.answers[-1:] if case.aggregate else case.answers
    rows = [given for given, _ in answers]
    found = problems(case.call, rows, [want for _, want in answers], on_duckdb[name], on_redshift[name])
    assert not found, "\n".join(found)


def test_quotients_are_exact_on_both_engines(on_duckdb: Answers, on_redshift: Answers) -> None:
    one_answer, other_answer = on_duckdb["divisions"], on_redshift["divisions"]
    assert isinstance(one_answer, Answer), one_answer
    assert isinstance(other_answer, Answer), other_answer
    found = []
    for (dividend, divisor), one, other in zip(DIVISIONS, one_answer.values, other_answer.values, strict=True):
        for scale in SCALES:
            want = quotient(dividend, divisor, scale)
            if not (same(one[scale], want) and same(other[scale], want)):
                found.append(
                    f"{dividend} / {divisor} to {scale} decimals: {shown(one[scale])} on DuckDB, "
                    f"{shown(other[scale])} on Redshift, {shown(want)} expected"
                )
    assert not found, f"{len(found)} quotients are wrong:\n" + "\n".join(found[:20])


@pytest.mark.parametrize("name", NAMED_DIFFERENCES)
def test_known_differences_still_exist(on_duckdb: Answers, on_redshift: Answers, name: str) -> None:
    """A difference that is gone is no longer a reason to avoid the expression, and a new version may add another."""
    difference = NAMED_DIFFERENCES[name]
    for engine, answer, expected in (
        ("DuckDB", on_duckdb[name], difference.duckdb),
        ("Redshift", on_redshift[name], difference.redshift),
    ):
        if isinstance(expected, Refused):
            assert isinstance(answer, Refused), f"{difference.call} is no longer refused by {engine}: {answer}"
            assert expected.because in answer.because
        else:
            assert isinstance(answer, Answer), f"{difference.call} is refused by {engine}: {answer}"
            assert [value for value, *_ in answer.values] == list(expected), f"{difference.call} on {engine}"


def test_wrong_arguments_raise_a_compiler_error_that_names_the_mistake(warehouse: Warehouse) -> None:
    """One engine is enough: the arguments are checked before the macro of the engine is called."""
    errors = compiler_errors(warehouse)
    found = [
        f"{call}: {errors[name]}"
        for name, call in NAMED_WRONG_CALLS.items()
        if WRONG_ARGUMENTS[call] not in errors[name]
    ]
    assert not found, "\n".join(found)


def documented_macros() -> list[dict[str, Any]]:
    macros: list[dict[str, Any]] = yaml.safe_load((MACROS / "_dialect.yml").read_text(encoding="utf-8"))["macros"]
    return macros


def test_every_public_macro_has_cases() -> None:
    public = {macro["name"] for macro in documented_macros() if macro.get("docs", {}).get("show", True)}
    assert public == CASES_BY_MACRO.keys(), "the macros in _dialect.yml and those with cases differ"
    without_check = public - {call.partition("(")[0] for call in WRONG_ARGUMENTS}
    assert not without_check, "macros whose wrong arguments are not tested"


def test_every_macro_is_documented() -> None:
    documented = {macro["name"] for macro in documented_macros()}
    defined = {
        name
        for file in MACROS.glob("*.sql")
        for name in re.findall(r"{%-?\s*macro\s+(\w+)", file.read_text(encoding="utf-8"))
        if not name.startswith(("duckdb__", "redshift__", "default__"))
    }
    assert documented == defined, "the macros in _dialect.yml and in macros/dialect/ differ"
