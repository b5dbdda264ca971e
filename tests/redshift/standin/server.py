"""The stand-in as a whole: a server, its proxy, a database and its user."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .history import History
from .postgres import Postgres
from .proxy import Proxy

DATABASE, USER = "tieout", "dbt"
_SETUP = Path(__file__).with_name("setup.psql")


class StandIn:
    """A Redshift of one's own, from `with` to the end of it.

    Attributes:
        history: the statements that came.
        port: where redshift_connector connects to, on 127.0.0.1.
    """

    def __init__(self) -> None:
        """Prepare; nothing runs before `with`."""
        self._postgres = Postgres()
        self.history = History(self.superuser)
        self._proxy = Proxy(self._postgres.socket, self.history)

    def __enter__(self) -> Self:
        """Start.

        Raises:
            StandInError: it cannot start here.
        """
        try:
            self._postgres.start()
            with self._postgres.connect("postgres").cursor() as cursor:
                cursor.execute(f"create role {USER} login createdb createrole")
                cursor.execute(f"create database {DATABASE} owner {USER}")
                cursor.execute(f"alter database {DATABASE} set search_path = public, rs, pg_catalog")
            with self.superuser().cursor() as cursor:
                cursor.execute(_SETUP.read_text(encoding="utf-8"))
            self._proxy.start()
        except BaseException:
            self._postgres.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and leave nothing behind."""
        self._proxy.stop()
        self._postgres.stop()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return self._proxy.port

    @property
    def folder(self) -> Path:
        """Everything that it writes stands here."""
        return self._postgres.folder

    def superuser(self) -> Any:
        """Connect to PostgreSQL itself, past the proxy, to set up and to look."""
        return self._postgres.connect(DATABASE)

    def environment(self) -> dict[str, str]:
        """Tell the variables with which the profile's target prod leads here."""
        return {
            "REDSHIFT_METHOD": "database",
            "REDSHIFT_HOST": "127.0.0.1",
            "REDSHIFT_PORT": str(self.port),
            "REDSHIFT_DATABASE": DATABASE,
            "REDSHIFT_USER": USER,
            "DBT_ENV_SECRET_REDSHIFT_PASSWORD": "none",
            "REDSHIFT_SSLMODE": "disable",
            # The driver would look for a cluster's region otherwise.
            "AWS_REGION": os.environ.get("AWS_REGION", "eu-west-1"),
        }
