"""The local folder of bronze, as commands take it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from loaders.contract import project_root
from loaders.errors import TieoutError

ROOT_VARIABLE = "TIEOUT_BRONZE_ROOT"

BronzeRootOption = Annotated[
    Path | None, typer.Option(help=f"Folder of bronze.  [default: ${ROOT_VARIABLE}, or data/bronze in the project]")
]


def default_bronze_root() -> Path:
    """Return the folder in `TIEOUT_BRONZE_ROOT`, or `data/bronze` in the project."""
    return Path(os.environ.get(ROOT_VARIABLE) or project_root() / "data" / "bronze")


def local_bronze_root(given: Path | None, *, action: str) -> Path:
    """Return the given folder of bronze or the default one.

    Args:
        given: what the user gave with --bronze-root.
        action: the command's action, for the message: `Landing writes to`.

    Raises:
        TieoutError: it is an address in S3.
    """
    root = given or default_bronze_root()
    if str(root).startswith("s3:"):
        raise TieoutError(f"{action} a local folder, not {root}. Give a folder with --bronze-root.")
    return root
