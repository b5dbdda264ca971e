"""The warehouse that dbt builds, opened to be read: by the same profile, on DuckDB as on Redshift."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from loaders.contract import project_root
from loaders.errors import TieoutError
from loaders.profile import DuckDBTarget, duckdb_target, profiles_folder

if TYPE_CHECKING:
    from dbt.adapters.contracts.connection import Credentials
    from dbt.config.profile import Profile

TARGET_VARIABLE = "TIEOUT_TARGET"
DUCKDB, REDSHIFT = "duckdb", "redshift"
# The statuses in dbt of a node that did not complete.
_FAILED = "('error', 'fail', 'runtime error', 'partial success', 'skipped')"
_NO_FILES = re.compile(r'No files found that match the pattern "([^"]*)"')

TargetOption = Annotated[
    str | None, typer.Option("--target", help=f"Target of the dbt profile.  [default: ${TARGET_VARIABLE}, or dev]")
]

Row = dict[str, Any]


class BronzeIsAwayError(TieoutError):
    """The landed files are not where the warehouse reads them: a DuckDB file was copied without them."""


class Cursor(Protocol):
    """The part that the drivers of both engines share."""

    @property
    def description(self) -> Any:
        """The columns of the result, the name first in each."""

    def execute(self, operation: str) -> Any:
        """Run a statement."""

    def fetchall(self) -> Any:
        """Return the rows of the result."""


@dataclass(frozen=True)
class Warehouse:
    """A warehouse that is open for reading.

    Attributes:
        target: the target's name.
        prefix: how the names of its schemas begin, the `schema` of the profile.
        engine: `duckdb` or `redshift`.
        location: the file or host, for messages.
        cursor: runs the queries.
    """

    target: str
    prefix: str
    engine: str
    location: str
    cursor: Cursor

    def rows(self, sql: str) -> list[Row]:
        """Run a query.

        `{silver}`, `{gold}`, `{audit}` and `{bronze}` in it are the schemas, `{failed}` the statuses of failed nodes.

        Raises:
            BronzeIsAwayError: it reads bronze, and the landed files are elsewhere.
            TieoutError: a table is not there, may not be read, or the engine refuses the query.
        """
        found = self._run(sql)
        names = [column[0] for column in self.cursor.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def row(self, sql: str) -> Row:
        """Run a query that returns one row."""
        (found,) = self.rows(sql)
        return found

    def compiled_rows(self, sql: str) -> list[Row]:
        """Run a query that dbt has compiled, with the names of its schemas.

        Raises:
            TieoutError: a table is not there, may not be read, or the engine refuses the query.
        """
        return self.rows(sql.replace("{", "{{").replace("}", "}}"))

    def columns(self, relation: str) -> list[str]:
        """Return the names of the columns of a relation, such as `{gold}.dim_customer`.

        Raises:
            TieoutError: it is not there, or may not be read.
        """
        self._run(f"select * from {relation} where 1 = 0")  # noqa: S608
        return [column[0] for column in self.cursor.description]

    def export(self, sql: str) -> None:
        """Run a statement that writes files outside of the warehouse, with the names of its schemas as `rows`.

        Raises:
            TieoutError: a table is not there, may not be read, or the engine refuses the statement.
        """
        self._run(sql, returns=False)

    def _run(self, sql: str, *, returns: bool = True) -> Any:
        schemas = {layer: f"{self.prefix}_{layer}" for layer in ("bronze", "silver", "gold", "audit")}
        try:
            self.cursor.execute(sql.format(**schemas, failed=_FAILED))
            return self.cursor.fetchall() if returns else None
        except _engine_errors() as error:
            missing = _NO_FILES.search(str(error))
            if missing:
                raise BronzeIsAwayError(
                    f"{self.location} reads bronze from {missing[1]}, where there is no file. Run the command in the "
                    "folder that dbt runs in, or copy bronze there too."
                ) from None
            if not returns:
                raise TieoutError(
                    f"{self.location} cannot export: {_message(error)}. Correct this, then run the command again."
                ) from None
            raise TieoutError(f"{self.location} cannot be read: {_message(error)}. {_remedy(error)}") from None


def file_and_line_of(row: Row) -> tuple[str, int]:
    """Return the file and line that a row of a query came from, its columns `source_file` and `source_line`."""
    return row["source_file"], row["source_line"]


def literal(value: str) -> str:
    """Return a text as an SQL expression that means the same on both engines, of which Redshift reads backslashes as
    escapes. Braces are doubled, because a query's schemas are filled in by `str.format`.
    """
    quoted = "'" + value.replace("'", "''").replace("\\", "' || chr(92) || '") + "'"
    return f"({quoted})".replace("{", "{{").replace("}", "}}")


@contextmanager
def open_warehouse(target: str | None) -> Iterator[Warehouse]:
    """Open the warehouse of a target of the profile, to be read.

    Raises:
        TieoutError: there is no such target, a variable of the profile is missing, the warehouse is not there, is being
            written, or refuses the connection.
    """
    found = duckdb_target(target)
    if found:
        name, schema, engine = found.name, found.schema, DUCKDB
        connection, location = _connect_duckdb(found)
    else:
        profile = _profile(target)
        credentials = profile.credentials
        name, schema, engine = profile.target_name, credentials.schema, credentials.type
        connection, location = _connect_duckdb(credentials) if engine == DUCKDB else _connect_redshift(credentials)
    try:
        yield Warehouse(name, schema, engine, location, connection.cursor())
    finally:
        connection.close()


def _profile(target: str | None) -> Profile:
    from dbt.config.runtime import load_profile  # noqa: PLC0415
    from dbt.flags import set_from_args  # noqa: PLC0415
    from dbt_common.context import set_invocation_context  # noqa: PLC0415
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    root = project_root()
    profiles = str(profiles_folder())
    set_invocation_context(dict(os.environ))
    set_from_args(Namespace(PROFILES_DIR=profiles, PROJECT_DIR=str(root)), None)
    try:
        return load_profile(str(root), {}, target_override=target)
    except DbtBaseException as error:
        raise TieoutError(
            f"The profile {Path(profiles) / 'profiles.yml'} cannot be used: {_message(error)}. "
            "docs/redshift.md lists the variables of the target prod."
        ) from None


def _connect_duckdb(credentials: Credentials | DuckDBTarget) -> tuple[Any, str]:
    import duckdb  # noqa: PLC0415

    path = Path(credentials.path)  # type: ignore[union-attr]
    if not path.exists():
        raise TieoutError(
            f"There is no warehouse at {path}: build it first (make build, or dbt build), or run this from the folder "
            "that dbt runs in."
        )
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error):
            raise TieoutError(f"{path} is being written, probably by a build. Wait until it has finished.") from None
        raise TieoutError(f"{path} cannot be opened: {_message(error)}. Rebuild it, or restore it.") from None
    connection.execute("set TimeZone = 'UTC'")
    if os.environ.get("TIEOUT_BRONZE_ROOT", "").startswith("s3:"):
        from loaders.aws.duckdb_s3 import connect  # noqa: PLC0415
        from loaders.aws.session import S3Root  # noqa: PLC0415

        connect(connection, S3Root.parse(os.environ["TIEOUT_BRONZE_ROOT"]))
    return connection, str(path)


def _connect_redshift(credentials: Credentials) -> tuple[Any, str]:
    from dbt.adapters.redshift.connections import get_connection_method  # noqa: PLC0415
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    host = str(credentials.host)  # type: ignore[attr-defined]
    errors: tuple[type[Exception], ...] = (*_engine_errors(), DbtBaseException, OSError)
    try:
        connection = get_connection_method(credentials)()  # type: ignore[arg-type]
        connection.autocommit = True
    except errors as error:
        raise TieoutError(
            f"Redshift at {host} refuses the connection: {_message(error)}. Check REDSHIFT_HOST, the user "
            "and the network (docs/redshift.md)."
        ) from None
    return connection, host


def _engine_errors() -> tuple[type[Exception], ...]:
    import duckdb  # noqa: PLC0415
    from redshift_connector.error import Error  # noqa: PLC0415

    return duckdb.Error, Error


def _message(error: Exception) -> str:
    """Return the message of an engine or of dbt on one line."""
    said = error.args[0] if error.args else error
    text = said.get("M", said) if isinstance(said, dict) else said
    lines = [line.strip() for line in str(text or error).splitlines() if line.strip()]
    return " ".join(lines).rstrip(".")


def _remedy(error: Exception) -> str:
    if "Catalog" in str(error) and "does not exist" in str(error):
        return (
            "The file was copied or renamed, and an older version of the project made its views. Give it its old name, "
            "or run dbt build where it was built, and copy it again."
        )
    if "does not exist" in str(error):
        return "Build the warehouse first: dbt build."
    return "If an older version of the project built the table, run dbt build."
