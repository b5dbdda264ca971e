"""The truth about fraud: which transactions belong to which incident, in a file that no loader reads."""

from __future__ import annotations

import io
import os
from pathlib import Path

import polars as pl

from loaders.errors import TieoutError
from loaders.generate.fraud import LABELS

FOLDER, FILE = "truth", "fraud.csv"


class Truth:
    """Collects the labels of a run and writes them at its end.

    Attributes:
        file: `fraud.csv` in the folder that was told, or in `truth` next to the inbox.
    """

    def __init__(self, inbox: Path, folder: Path | None = None) -> None:
        """Write into a folder outside the inbox.

        Raises:
            TieoutError: the folder is the inbox or lies in it.
        """
        self.file = (folder or inbox.resolve().parent / FOLDER) / FILE
        if self.file.resolve().is_relative_to(inbox.resolve()):
            raise TieoutError(
                f"--truth {folder} lies in the inbox, where only deliveries belong: choose another folder."
            )
        self._labels = [pl.DataFrame(schema=LABELS)]

    def add(self, labels: pl.DataFrame) -> None:
        """Remember the labels of one more day."""
        self._labels.append(labels)

    def write(self) -> int:
        """Write the labels of all days and return their number; a longer run may lengthen the file, nothing else.

        Raises:
            TieoutError: the file tells of another bank, or cannot be written.
        """
        labels = pl.concat(self._labels)
        buffer = io.BytesIO()
        labels.write_csv(buffer)
        content = buffer.getvalue()
        try:
            existing = self.file.read_bytes() if self.file.exists() else b""
            if not (content.startswith(existing) or existing.startswith(content)):
                raise TieoutError(
                    f"{self.file} exists already and tells of other transactions. "
                    "Choose another --truth, or move the file away."
                )
            if len(content) > len(existing):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                temporary = self.file.with_name(f".{FILE}.{os.getpid()}.tmp")
                temporary.write_bytes(content)
                temporary.replace(self.file)
        except OSError as error:
            raise TieoutError(
                f"{self.file} cannot be written: {error.strerror or error}. Choose another --truth."
            ) from error
        return labels.height
