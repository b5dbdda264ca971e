"""The log of statements that sys_query_history shows: what came when, from whom, and whether it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_MOST_CHARACTERS = 4_000


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class Statement:
    """A statement that a session sent.

    Attributes:
        session: the session's process.
        user: whose session it is.
        label: its query group.
        text: what was sent, comments included.
        began_at: when it came.
        ended_at: when it was answered, or its session ended; none as long as it runs.
        is_failed: it was answered by an error.
        returned_rows: how many rows it was answered by.
    """

    session: int
    user: str
    label: str
    text: str
    began_at: datetime = field(default_factory=_now)
    ended_at: datetime | None = None
    is_failed: bool = False
    returned_rows: int = 0

    def run(self) -> None:
        """Note that it runs, for a driver asks for a statement's columns first."""
        self.ended_at = None

    def end(self) -> None:
        """Note that it has been answered."""
        self.ended_at = self.ended_at or _now()

    @property
    def status(self) -> str:
        if self.ended_at is None:
            return "running"
        return "failed" if self.is_failed else "success"


class History:
    """The statements of all sessions. They are written down when somebody asks, which is seldom."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """Begin with none.

        Args:
            connect: opens a connection of the superuser.
        """
        self._connect = connect
        self._unwritten: list[Statement] = []

    def add(self, session: int, user: str, label: str, text: str) -> Statement:
        """Note a statement that has come."""
        self._unwritten.append(Statement(session, user, label, text[:_MOST_CHARACTERS]))
        return self._unwritten[-1]

    def write(self) -> None:
        """Let sys_query_history show all statements up to now."""
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
                            *(one.began_at, one.ended_at, one.returned_rows, one.text),
                        )
                        for one in self._unwritten
                    ],
                )
        finally:
            connection.close()
        self._unwritten = [one for one in self._unwritten if one.ended_at is None]
