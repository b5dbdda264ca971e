"""The truth about fraud: which transactions belong to which incident, in a file that no loader reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from loaders.deliveries import csv_text, write_atomically
from loaders.errors import TieoutError
from loaders.generate.faults.truth import refuse_truth_among_deliveries

FOLDER, FILE = "truth", "fraud.csv"
LABELS: dict[str, Any] = {
    "incident_id": pl.String,
    "typology": pl.String,
    "transaction_id": pl.String,
    "account_id": pl.String,
    "customer_id": pl.String,
    "date": pl.Date,
}


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
        refuse_truth_among_deliveries(self.file.parent, [("inbox", inbox)])
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
        content = csv_text(labels)
        try:
            existing = self.file.read_bytes() if self.file.exists() else b""
            if not (content.startswith(existing) or existing.startswith(content)):
                raise TieoutError(
                    f"{self.file} exists already and tells of other transactions. "
                    "Choose another --truth, or move the file away."
                )
            if len(content) > len(existing):
                write_atomically(self.file, content)
        except OSError as error:
            raise TieoutError(
                f"{self.file} cannot be written: {error.strerror or error}. Choose another --truth."
            ) from error
        return labels.height
