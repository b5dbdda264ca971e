"""The stand-in as a whole: PostgreSQL server, proxy, database and user."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from .history import History
from .postgres import Connection, Postgres
from .proxy import Proxy
from .unload import Unload

DATABASE, USER = "tieout", "dbt"
# The scripts run in the order of their names.
_SETUP_SCRIPTS = sorted(Path(__file__).with_name("setup").glob("*.psql"))


class StandIn:
    """A private Redshift stand-in that runs inside a `with` block.

    Attributes:
        history: the statements received so far.
    """

    def __init__(self, *, superuser: bool = True) -> None:
        """Prepare the stand-in; it starts at `with`.

        Args:
            superuser: whether the user of dbt is a superuser of Redshift.
        """
        self._superuser = superuser
        self._postgres = Postgres()
        self.history = History(self.superuser)
        self._proxy = Proxy(self._postgres.socket, self.history)

    def __enter__(self) -> Self:
        """Start the server and the proxy.

        Raises:
            StandInError: the server cannot start on this machine.
        """
        try:
            self._postgres.start()
            with self._postgres.connect("postgres").cursor() as cursor:
                cursor.execute(f"create role {USER} login createdb createrole")
                cursor.execute(f"create database {DATABASE} owner {USER}")
                cursor.execute(f"alter database {DATABASE} set search_path = public, rs, pg_catalog")
                # Redshift's default is snapshot isolation, PostgreSQL's name of which is repeatable read.
                cursor.execute(f"alter database {DATABASE} set default_transaction_isolation = 'repeatable read'")
            with self.superuser().cursor() as cursor:
                for script in _SETUP_SCRIPTS:
                    cursor.execute(script.read_text(encoding="utf-8"))
            self.set_superuser(self._superuser)
            self._proxy.start()
        except BaseException:
            self._postgres.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the proxy and the server, and remove their files."""
        self._proxy.stop()
        self._postgres.stop()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1 to which redshift_connector connects."""
        return self._proxy.port

    @property
    def folder(self) -> Path:
        """The folder with all files that the stand-in writes."""
        return self._postgres.folder

    def superuser(self) -> Connection:
        """Connect to PostgreSQL directly, bypassing the proxy, to prepare or inspect data."""
        return self._postgres.connect(DATABASE)

    def set_superuser(self, superuser: bool) -> None:
        """Make the user of dbt a superuser, or a regular user, who sees neither masking policies nor roles."""
        with self.superuser().cursor() as cursor:
            cursor.execute("delete from rs.superusers")
            if superuser:
                cursor.execute("insert into rs.superusers values (%s)", (USER,))

    def expect_days(self, expects: bool) -> None:
        """Refuse queries that read all days of an external table, as a daily run must not, or allow them."""
        self._proxy.statements.expect_days(expects)

    def write_unloads(self, write: Callable[[Unload], None]) -> None:
        """Let a function write the files of each `unload`, which is only checked otherwise.

        It is called in the proxy while the statement runs, and an error in it is one of the statement.
        """
        self._proxy.unload = write

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point the prod target of the dbt profile to this stand-in."""
        return {
            "REDSHIFT_METHOD": "database",
            "REDSHIFT_HOST": "127.0.0.1",
            "REDSHIFT_PORT": str(self.port),
            "REDSHIFT_DATABASE": DATABASE,
            "REDSHIFT_USER": USER,
            "DBT_ENV_SECRET_REDSHIFT_PASSWORD": "none",
            "REDSHIFT_SSLMODE": "disable",
            # Without a region the driver would try to look up a cluster.
            "AWS_REGION": os.environ.get("AWS_REGION", "eu-west-1"),
        }
