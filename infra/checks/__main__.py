"""Prints a sentence for every finding. Exits with 1 if there is any."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.checks import exposure, keeping, policies, storage, types, warehouse
from infra.checks.templates import Resource, UnreadableTemplateError, read_resources

CHECKS: tuple[Callable[[Resource], Iterator[str]], ...] = (
    types.check,
    exposure.check,
    policies.check,
    storage.check,
    warehouse.check,
    keeping.check,
)


def findings(folder: Path) -> list[str]:
    """Return a sentence for every finding in a folder of templates.

    Raises:
        UnreadableTemplateError: the folder has no template, or one cannot be read.
    """
    return [
        f"{resource.file}:{resource.line}: {resource.name} {sentence}."
        for resource in read_resources(folder)
        for check in CHECKS
        for sentence in dict.fromkeys(check(resource))
    ]


def main(folder: str = "infra") -> int:
    """Check a folder of templates; return the exit code."""
    try:
        found = findings(Path(folder))
    except UnreadableTemplateError as error:
        found = [str(error)]
    for sentence in found:
        print(sentence, file=sys.stderr)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
