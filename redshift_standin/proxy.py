"""A proxy for the PostgreSQL wire protocol, as redshift_connector speaks it, that translates every statement."""

from __future__ import annotations

import asyncio
import re
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .history import History, Statement
from .statements import Statements
from .tokens import RefusedError, unsupported
from .unload import Unload

# Start-up parameters that PostgreSQL accepts. The driver sends others too, which are dropped.
_KNOWN_PARAMETERS = frozenset(["user", "database", "application_name", "client_encoding"])
_SSL_REQUEST, _GSS_REQUEST, _CANCEL_REQUEST, _PROTOCOL = 80877103, 80877104, 80877102, 196608
# Type OIDs to change in answers: text, void and unknown become varchar, as the driver does not read them as text.
_TYPES = {25: 1043, 2278: 1043, 705: 1043}
_BUFFER_BYTES = 2**24
_MAX_MESSAGE_CHARACTERS = 4_000
_STOP_SECONDS = 5
_CREATES = re.compile(r"(?s)(\s|/\*.*?\*/)*create\s", re.I)
_LABELLED = re.compile(r"(?is)\s*set\s+query_group\s*(?:to|=)\s*'?(\w+)'?")


@dataclass
class _Session:
    """A connection, the last statement it sent, and whether it has begun a transaction."""

    user: str
    process: int = 0
    label: str = "default"
    statement: Statement | None = None
    is_in_transaction: bool = False

    def end(self) -> None:
        if self.statement:
            self.statement.end()

    def fail(self) -> None:
        if self.statement:
            self.statement.is_failed = True

    def returned(self, tag: bytes) -> None:
        """Store the number of rows from a command tag such as `SELECT 5` or `INSERT 0 5`."""
        command, _, rows = tag[:-1].decode().rpartition(" ")
        if self.statement and rows.isdecimal():
            if command == "SELECT":
                self.statement.returned_rows = int(rows)
            # PostgreSQL answers `create table as` with SELECT too.
            if command.split(" ")[0] in ("INSERT", "UPDATE", "DELETE") or _CREATES.match(self.statement.text):
                self.statement.written_rows = int(rows)


class Proxy:
    """Listens on a local TCP port and forwards translated statements to PostgreSQL's socket.

    Attributes:
        port: the port.
        statements: the translator, which knows the external schemas.
        unload: writes the files of an `unload` before the statement ends; none if it is only checked.
    """

    def __init__(self, socket: Path, history: History) -> None:
        """Create the proxy; it listens after `start`."""
        self._socket = socket
        self._history = history
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.statements = Statements()
        self.unload: Callable[[Unload], None] | None = None
        self.port = 0

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_BUFFER_BYTES)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and close all connections."""
        asyncio.run_coroutine_threadsafe(self._close_connections(), self._loop).result(_STOP_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_SECONDS)
        self._loop.close()

    async def _close_connections(self) -> None:
        if self._server is not None:
            self._server.close()
        open_ = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = None
        try:
            code, body = await _first_message(reader, writer)
            answers, upstream = await asyncio.open_unix_connection(self._socket, limit=_BUFFER_BYTES)
            if code == _CANCEL_REQUEST:
                upstream.write(struct.pack("!ii", len(body) + 8, code) + body)
                await upstream.drain()
                return
            parameters = _start_up_parameters(body)
            known = b"".join(name + b"\0" + value + b"\0" for name, value in parameters.items()) + b"\0"
            upstream.write(struct.pack("!ii", len(known) + 8, _PROTOCOL) + known)
            await upstream.drain()
            session = _Session(parameters[b"user"].decode())
            try:
                await asyncio.gather(self._requests(session, reader, upstream), _answers(session, answers, writer))
            finally:
                session.end()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass  # The client or the server closed the connection, or the stand-in stops.
        finally:
            for stream in (upstream, writer):
                if stream is not None:
                    stream.close()

    async def _requests(self, session: _Session, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        try:
            while True:
                kind, body = await _message(reader)
                if kind == b"P":
                    name, sql, types = body.split(b"\0", 2)
                    body = b"\0".join([name, self._received(session, sql), types])
                elif kind == b"Q":
                    body = self._received(session, body[:-1]) + b"\0"
                elif kind == b"E" and session.statement:
                    session.statement.run()
                upstream.write(kind + struct.pack("!i", len(body) + 4) + body)
                if kind in b"SHQX":
                    await upstream.drain()
        finally:
            upstream.close()

    def _received(self, session: _Session, sql: bytes) -> bytes:
        """Record a statement and return its translation."""
        session.end()
        text = sql.decode(errors="replace")
        session.statement = self._history.add(session.process, session.user, session.label, text)
        if labelled := _LABELLED.match(text):
            session.label = labelled[1]
        if b"sys_query_history" in sql:
            self._history.write()
        return self._translate(sql, session.is_in_transaction)

    def _translate(self, sql: bytes, is_in_transaction: bool) -> bytes:
        try:
            translated = self.statements.translate(sql.decode(), is_in_transaction=is_in_transaction)
            if self.unload and (unload := self.statements.unload(sql.decode())):
                self.unload(unload)
            return translated.encode()
        except RefusedError as error:
            message = str(error)
        except Exception as error:  # A bug in the stand-in must fail the statement, not let it pass.
            message = str(unsupported(repr(error)))
        message = message[:_MAX_MESSAGE_CHARACTERS].replace("\\", "\\\\").replace("'", "''")
        # A literal that is not a value of the enum fails when the statement is parsed, whatever its parameters, and the
        # error message quotes the literal.
        return f"select '{message}'::rs.\"refused by the Redshift stand-in\"".encode()


async def _first_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bytes]:
    while True:
        length, code = struct.unpack("!ii", await reader.readexactly(8))
        body = await reader.readexactly(length - 8)
        if code not in (_SSL_REQUEST, _GSS_REQUEST):
            return code, body
        writer.write(b"N")
        await writer.drain()


def _start_up_parameters(body: bytes) -> dict[bytes, bytes]:
    parts = body.split(b"\0")
    pairs = dict(zip(parts[::2], parts[1::2], strict=False))
    return {name: value for name, value in pairs.items() if name.decode() in _KNOWN_PARAMETERS}


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)


async def _answers(session: _Session, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            kind, body = await _message(answers)
            if kind == b"K":
                (session.process,) = struct.unpack("!i", body[:4])
            elif kind == b"Z":
                session.end()
                session.is_in_transaction = body != b"I"
            elif kind == b"E":
                session.fail()
            elif kind == b"C":
                session.returned(body)
            elif kind == b"T":
                body = _described(body)
            elif kind == b"S" and body.startswith(b"server_version\0"):
                body = b"server_version\x008.0.2\0"
            writer.write(kind + struct.pack("!i", len(body) + 4) + body)
            if kind in b"ZT":
                await writer.drain()
    finally:
        writer.close()


def _described(body: bytes) -> bytes:
    """Replace type OIDs in a row description."""
    changed = bytearray(body)
    position = 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        end = body.index(0, position)
        type_ = struct.unpack("!i", body[end + 7 : end + 11])[0]
        changed[end + 7 : end + 11] = struct.pack("!i", _TYPES.get(type_, type_))
        position = end + 19
    return bytes(changed)
