"""Building two states of the project from the same deliveries."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loaders.errors import TieoutError

CONTRACT = Path("models") / "bronze"
_ENVIRONMENT = ("requirements.txt", "packages.yml", "offline_packages")
_BUILD = ("build", "--exclude-resource-type", "test", "unit_test")


@dataclass(frozen=True)
class Side:
    """A state of the project, and the warehouse that is built from it.

    Attributes:
        project: the checkout.
        folder: holds its bronze, its warehouse and what dbt writes.
        programs: the folder with the `tieout` and `dbt` that it runs with.
    """

    project: Path
    folder: Path
    programs: Path

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.folder / "tieout.duckdb"

    @property
    def manifest(self) -> Path:
        """The manifest that dbt has written."""
        return self.folder / "target" / "manifest.json"

    def run(self, *command: str) -> None:
        """Run `tieout` or `dbt` on this state.

        Raises:
            TieoutError: the command has failed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "PATH": f"{self.programs}{os.pathsep}{os.environ.get('PATH', '')}",
            # The package of this checkout, although the environment may have that of another one installed.
            "PYTHONPATH": str(self.project),
            "TIEOUT_PROJECT": str(self.project),
            "TIEOUT_TARGET": "dev",
            "TIEOUT_BRONZE_ROOT": str(self.folder / "bronze"),
            "TIEOUT_DUCKDB_PATH": str(self.database),
            "DBT_PROJECT_DIR": str(self.project),
            "DBT_PROFILES_DIR": str(self.project / "profiles"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        _run([str(self.programs / command[0]), *command[1:]], self.project, environment)

    def build(self, inbox: Path) -> None:
        """Land the deliveries, and build the warehouse without tests.

        Raises:
            TieoutError: a command has failed.
        """
        self.run("tieout", "land", "--allow-refused", str(inbox))
        self.run("dbt", *_BUILD)


def built(base: Path, project: Path, folder: Path, sample: Sequence[str]) -> tuple[Side, Side]:
    """Build the base and the working tree from the same deliveries, side by side.

    The generator of the base writes the deliveries: a contract grows at its end, so the working tree accepts what the
    base delivers, but not the other way round.

    Args:
        base: the checkout of the base.
        project: the working tree.
        folder: where both are built.
        sample: the options of `tieout generate`.

    Raises:
        TieoutError: a command has failed.
    """
    programs = Path(sys.executable).parent
    before = Side(base, folder / "before", _programs_of(base, project, programs))
    after = Side(project, folder / "after", programs)
    inbox = folder / "inbox"
    before.run("tieout", "generate", *sample, "--inbox", str(inbox), "--truth", str(folder / "truth"))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda side: side.build(inbox), (before, after)))
    return before, after


def _programs_of(base: Path, project: Path, programs: Path) -> Path:
    """Return the programs for the base: those of the working tree if both need the same packages, else its own."""
    if all(same(base, project, name) for name in _ENVIRONMENT):
        (base / "dbt_packages").symlink_to(project / "dbt_packages")
        return programs
    sys.stderr.write("The base needs other packages. Installing them ...\n")
    _run(["make", "setup"], base, dict(os.environ))
    return base / ".venv" / "bin"


def same(base: Path, project: Path, name: str) -> bool:
    """True if a file or folder is the same in both checkouts."""
    one, other = base / name, project / name
    if one.is_dir() and other.is_dir():
        files = [{file.relative_to(of): file for file in of.rglob("*") if file.is_file()} for of in (one, other)]
        return files[0].keys() == files[1].keys() and all(
            filecmp.cmp(file, files[1][path], shallow=False) for path, file in files[0].items()
        )
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


@contextmanager
def checkout(project: Path, base: str, folder: Path) -> Iterator[Path]:
    """Check out a commit beside the working tree, and remove it at the end.

    Raises:
        TieoutError: there is no such commit, or git fails.
    """
    _git(project, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}", missing=base)
    shutil.rmtree(folder, ignore_errors=True)
    _git(project, "worktree", "prune")
    _git(project, "worktree", "add", "--quiet", "--detach", str(folder), base)
    try:
        yield folder
    finally:
        _git(project, "worktree", "remove", "--force", str(folder))


def commit_of(project: Path, base: str) -> str:
    """Return the first digits of a commit."""
    return _git(project, "rev-parse", "--short=12", f"{base}^{{commit}}", missing=base)


def _git(project: Path, *arguments: str, missing: str = "") -> str:
    done = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode and missing:
        raise TieoutError(f"git knows no commit {missing}. Name a branch, a tag or a commit: make diff BASE=main")
    if done.returncode:
        raise TieoutError(f"git {' '.join(arguments)} has failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        printed = f"{done.stdout}{done.stderr}".strip()
        raise TieoutError(f"In {folder}, {' '.join(map(str, command))} ended with {done.returncode}:\n{printed}")
