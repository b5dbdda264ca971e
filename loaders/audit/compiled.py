"""The queries of models, as dbt compiles them: without a connection, so nothing is written and nothing is locked."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loaders.contract import project_root
from loaders.errors import TieoutError
from loaders.profile import profiles_folder

_PARSED = "partial_parse.msgpack"


@dataclass(frozen=True)
class Compiled:
    """A model's query.

    Attributes:
        name: the model's name.
        folder: the folder below `models` in which it stands: `marts` or `audit`.
        sql: its query. Tables have no database in their names, because a DuckDB file may have been renamed.
    """

    name: str
    folder: str
    sql: str


def compile_models(target: str | None, selected: tuple[str, ...], excluded: tuple[str, ...]) -> list[Compiled]:
    """Return the queries of models that ask the warehouse nothing while they compile.

    Args:
        target: the target of the dbt profile, which decides the engine and the schemas; none for the profile's own
            default. dbt takes the project as it was parsed only for the same option.
        selected: what to compile, as dbt selects it.
        excluded: what to leave out.

    Raises:
        TieoutError: dbt cannot compile them.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    with _copy_of_target() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
        done = dbtRunner().invoke(
            [
                *("compile", "--no-introspect", "--no-populate-cache", "--no-write-json", "--quiet", "--no-use-colors"),
                *("--log-level-file", "none", "--log-path", folder, "--target-path", folder),
                *(("--target", target) if target else ()),
                *("--project-dir", str(project_root()), "--profiles-dir", str(profiles_folder())),
                *("--select", *selected, "--exclude", *excluded),
            ]
        )
    if not done.success:
        reason = " ".join(str(done.exception or said.getvalue()).split())[:500].rstrip(".")
        raise TieoutError(f"dbt cannot compile the queries of the audit: {reason}. Run dbt parse.")
    nodes: list[Any] = [result.node for result in done.result.results]  # type: ignore[union-attr]
    return [
        Compiled(node.name, node.fqn[1], node.compiled_code.replace(f'"{node.database}".', ""))
        for node in nodes
        if node.resource_type == "model"
    ]


@contextlib.contextmanager
def _copy_of_target() -> Iterator[str]:
    """A folder for what dbt writes, with the project as it was parsed last: parsing takes seconds.

    The project as it was parsed here is kept too. It may have other options than that of a build.
    """
    built = Path(os.environ.get("DBT_TARGET_PATH") or project_root() / "target") / _PARSED
    own = built.with_name("live") / _PARSED
    with TemporaryDirectory() as folder:
        for parsed in (built, own):
            if parsed.is_file():
                shutil.copy(parsed, folder)
        yield folder
        with contextlib.suppress(OSError):
            own.parent.mkdir(exist_ok=True)
            shutil.copy(Path(folder) / _PARSED, own.with_suffix(".new"))
            own.with_suffix(".new").replace(own)
