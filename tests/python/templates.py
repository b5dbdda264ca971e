"""Keep the compiled Jinja templates of the dbt project between dbt commands.

dbt compiles every macro and model again in each command, which takes a sixth of the time of a small build. Compiled
templates are kept in a file, by their source, so a macro that changes is compiled again.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import TypeAlias
from unittest.mock import patch

from jinja2 import Environment, nodes

# The class of the environment, the source, its name and file, and whether the module's start is deferred.
Key: TypeAlias = tuple[str, str, str | None, str | None, bool]

_FOLDER = Path(__file__).resolve().parents[2] / ".pytest_cache" / "dbt_templates"
_FILE = _FOLDER / f"{sys.implementation.cache_tag}-jinja{version('jinja2')}-dbt{version('dbt-core')}"
# Fewer new templates are not worth rewriting the file.
_MINIMUM = 10
# Templates that have changed stay in the file. When it gets large, it starts again.
_MAXIMUM = 10_000


@contextmanager
def kept_templates() -> Iterator[None]:
    """Take compiled templates from the file, and add to the file what had to be compiled."""
    kept = _read()
    known = set(kept)
    compile_template = Environment.compile

    def compile_once(
        self: Environment,
        source: str | nodes.Template,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> str | CodeType:
        if raw:
            return compile_template(self, source, name, filename, raw=True, defer_init=defer_init)
        if not isinstance(source, str):
            return compile_template(self, source, name, filename, raw=False, defer_init=defer_init)
        key = (type(self).__qualname__, source, name, filename, defer_init)
        if key not in kept:
            kept[key] = compile_template(self, source, name, filename, raw=False, defer_init=defer_init)
        return kept[key]

    try:
        with patch.object(Environment, "compile", compile_once):
            yield
    finally:
        new = {key: kept[key] for key in kept.keys() - known}
        if len(new) >= _MINIMUM:
            _add(new)


def _read() -> dict[Key, CodeType]:
    try:
        templates: dict[Key, CodeType] = marshal.loads(_FILE.read_bytes())
    except (FileNotFoundError, EOFError, TypeError, ValueError):
        return {}
    return templates


def _add(new: dict[Key, CodeType]) -> None:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = _read()
        partial = _FILE.with_name(f"{_FILE.name}.{os.getpid()}")
        partial.write_bytes(marshal.dumps(kept | new if len(kept) < _MAXIMUM else new))
        partial.replace(_FILE)
