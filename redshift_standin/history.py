"""The statements that sys_query_history shows: who sent what, when, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .postgres import Connection

_MAX_CHARACTERS = 4_000


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class Statement:
    """A statement that a session sent.

    Attributes:
        session: process ID of the session.
        user: database user of the session.
        label: query group.
        text: the statement as sent, with comments.
        began_at: when it arrived.
        ended_at: when it was answered, or when its session ended; None while it runs.
        is_failed: whether it ended with an error.
        returned_rows: number of rows in the answer.
        written_rows: number of rows that it inserted, updated or deleted.
    """

    session: int
    user: str
    label: str
    text: str
    began_at: datetime = field(default_factory=_now)
    ended_at: datetime | None = None
    is_failed: bool = False
    returned_rows: int = 0
    written_rows: int = 0

    def run(self) -> None:
        """Mark it as running. A driver first asks for the statement's columns, which already marked it as ended."""
        self.ended_at = None

    def end(self) -> None:
        """Mark it as answered."""
        self.ended_at = self.ended_at or _now()

    @property
    def status(self) -> str:
        """The status as sys_query_history shows it."""
        if self.ended_at is None:
            return "running"
        return "failed" if self.is_failed else "success"


class History:
    """The statements of all sessions, kept in memory and written to the database only when a query asks for them.

    Attributes:
        kept: a list to which each further statement is added, for whoever counts them; None as long as nobody does.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Start with an empty history.

        Args:
            connect: opens a superuser connection.
        """
        self.kept: list[Statement] | None = None
        self._connect = connect
        self._unwritten: list[Statement] = []

    def add(self, session: int, user: str, label: str, text: str) -> Statement:
        """Record a statement that has arrived."""
        statement = Statement(session, user, label, text)
        self._unwritten.append(statement)
        if self.kept is not None:
            self.kept.append(statement)
        return statement

    def write(self) -> None:
        """Make sys_query_history show all statements up to now."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("delete from rs.statements where end_time is null")
                cursor.executemany(
                    "insert into rs.statements (session_id, user_name, query_label, status, start_time, end_time, "
                    "returned_rows, query_text) values (%s, %s, %s, %s, %s, %s, %s, %s)",
                    [
                        (
                            *(one.session, one.user, one.label, one.status),
                            *(one.began_at, one.ended_at, one.returned_rows, one.text[:_MAX_CHARACTERS]),
                        )
                        for one in self._unwritten
                    ],
                )
        finally:
            connection.close()
        self._unwritten = [one for one in self._unwritten if one.ended_at is None]
