"""What the stand-in accepts, with which result, and what it refuses, through the driver that dbt uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redshift_connector.error

from redshift_standin import StandIn, queries, statements
from redshift_standin.rules import RULES, Rule
from redshift_standin.tokens import RefusedError as Refusal
from tests.standin.cases import CASES, RULE_CASES, SETUP, Case
from tests.standin.connection import connect

pytestmark = pytest.mark.extended

Run = Callable[[str], list[list[Any]] | None]


class RefusedError(Exception):
    """A statement failed."""


@pytest.fixture(scope="module")
def prepared(stand_in: StandIn) -> StandIn:
    """Create the tables and roles, and an external table with one row."""
    with connect(stand_in) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in SETUP.split(";"):
            cursor.execute(statement)
    with stand_in.superuser().cursor() as superuser:
        superuser.execute('create table lake.files (a varchar(65535), "$path" varchar(65535))')
        superuser.execute("insert into lake.files values ('x', 's3://bucket/file')")
        superuser.execute("grant select on lake.files to public")
    return stand_in


@pytest.fixture
def run(prepared: StandIn) -> Iterator[Run]:
    """Run statements in a transaction that is rolled back at the end."""
    with connect(prepared) as connection:
        cursor = connection.cursor()

        def execute(sql: str) -> list[list[Any]] | None:
            try:
                cursor.execute(sql)
                return [list(row) for row in cursor.fetchall()] if cursor.description else None
            except redshift_connector.error.ProgrammingError as error:
                detail = error.args[0]
                raise RefusedError(detail["M"] if isinstance(detail, dict) else str(detail)) from error

        yield execute
        connection.rollback()


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.page}-{n}") for n, case in enumerate(CASES)])
def test_statement(run: Run, case: Case) -> None:
    *before, last = case.statements
    for statement in before:
        run(statement)
    if case.refusal:
        with pytest.raises(RefusedError) as refused:
            run(last)
        assert case.refusal in str(refused.value)
        return
    rows = run(last)
    if case.rows is not None:
        assert rows == case.rows


def test_every_rule_has_a_failing_case_of_its_own() -> None:
    """For each rule there is a statement that this rule refuses and that passes without any rule."""
    refused = [case.statements[-1] for case in RULE_CASES if case.refusal]
    untested = [
        rule.name for rule in RULES if not any(_passes(sql, []) and not _passes(sql, [rule]) for sql in refused)
    ]
    assert not untested


def test_every_rule_has_a_passing_case() -> None:
    """For the guide page of each rule there is a statement that passes, so that no rule refuses everything."""
    passing = {case.page for case in CASES if not case.refusal}
    assert {rule.page for rule in RULES} <= passing


def _passes(sql: str, rules: list[Rule]) -> bool:
    before = RULES[:]
    RULES[:] = rules
    translator = statements.Statements()
    translator.external_schemas = frozenset(["lake"])
    try:
        translator.translate(sql)
    except Refusal:
        return False
    finally:
        RULES[:] = before
    return True


def test_the_superuser_sees_plain_postgresql(prepared: StandIn) -> None:
    with prepared.superuser().cursor() as cursor:
        cursor.execute("select ok::text, id || 'x', at - at is null from t order by id")
        assert cursor.fetchall() == [("true", "1x", False), ("false", "2x", False), (None, "3x", True)]


def test_an_error_aborts_the_transaction(run: Run) -> None:
    with pytest.raises(RefusedError, match="string_agg"):
        run("select string_agg(name, ',') from t")
    with pytest.raises(RefusedError, match="current transaction is aborted"):
        run("select 1")


def test_a_failed_delete_and_insert_is_rolled_back(prepared: StandIn) -> None:
    with connect(prepared) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in ("begin", "delete from t", "insert into t (id, name) select id, name from t"):
            cursor.execute(statement)
        with pytest.raises(redshift_connector.error.ProgrammingError):
            cursor.execute("insert into t (id, name) values (9, 'longer than ten')")
        cursor.execute("rollback")
        cursor.execute("select count(*) from t")
        assert cursor.fetchall() == ([3],)


def test_a_regular_user_sees_neither_policies_nor_roles_and_may_not_mask(prepared: StandIn) -> None:
    views = ("svv_masking_policy", "svv_attached_masking_policy", "svv_roles", "svv_table_info")
    with connect(prepared) as connection:
        connection.autocommit = True
        cursor = connection.cursor()

        def rows() -> list[int]:
            counted: list[int] = []
            for view in views:
                cursor.execute(f"select count(*) from {view}")
                counted += cursor.fetchone() or []
            return counted

        cursor.execute("create masking policy seen with (value date) using (value)")
        cursor.execute("attach masking policy seen on t (day) to role engineer priority 1")
        assert 0 not in rows()
        prepared.set_superuser(False)
        try:
            assert rows() == [0] * len(views)
            for statement in (
                "create masking policy other with (value date) using (value)",
                "attach masking policy seen on t (day) to role analyst priority 2",
                "detach masking policy seen on t (day) from role engineer",
                "drop masking policy seen",
            ):
                with pytest.raises(redshift_connector.error.ProgrammingError, match="permission denied"):
                    cursor.execute(statement)
        finally:
            prepared.set_superuser(True)
        cursor.execute("detach masking policy seen on t (day) from role engineer")
        cursor.execute("drop masking policy seen")


def test_a_varchar_column_is_widened_outside_of_transactions(prepared: StandIn) -> None:
    with connect(prepared) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("create table wide (a varchar(3) not null)")
        cursor.execute("alter table wide alter column a type varchar(5)")
        cursor.execute("insert into wide values ('abcde')")
        for change, refusal in (
            ("type varchar(4)", "too long"),
            ("type integer", "only the length of a varchar column can be altered"),
        ):
            with pytest.raises(redshift_connector.error.ProgrammingError, match=refusal):
                cursor.execute(f"alter table wide alter column a {change}")
        with pytest.raises(redshift_connector.error.ProgrammingError, match="violates check"):
            cursor.execute("insert into wide values ('ééé')")
        cursor.execute("drop table wide")


def test_a_bug_in_the_translator_fails_the_statement(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> str:
        raise ZeroDivisionError("a bug in the translator")

    monkeypatch.setattr(statements, "rewrite", faulty)
    with pytest.raises(
        RefusedError, match=r"not supported by the stand-in: ZeroDivisionError.*a bug in the translator"
    ):
        run("select 'a statement that is not cached'")
    assert queries.rewrite("select 1") == "select 1"
