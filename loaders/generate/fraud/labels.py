"""The labels of fraud: a file that lists the fraudulent transactions. No loader and no model reads it."""

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


class FraudLabels:
    """Collects the labels of a run and writes them at its end.

    Attributes:
        file: `fraud.csv` in the given folder (default: `truth`, next to the inbox).
    """

    def __init__(self, inbox: Path, folder: Path | None = None) -> None:
        """Start without labels.

        Raises:
            TieoutError: the folder is the inbox or is inside it.
        """
        self.file = (folder or inbox.resolve().parent / FOLDER) / FILE
        refuse_truth_among_deliveries(self.file.parent, [("inbox", inbox)])
        self._labels = [pl.DataFrame(schema=LABELS)]

    def add(self, labels: pl.DataFrame) -> None:
        """Add the labels of one day."""
        self._labels.append(labels)

    def write(self) -> int:
        """Write the labels of all days and return their number.

        A longer run extends an existing file; a shorter one leaves it unchanged.

        Raises:
            TieoutError: the existing file has labels of another run, or the file cannot be written.
        """
        labels = pl.concat(self._labels)
        content = csv_text(labels)
        try:
            existing = self.file.read_bytes() if self.file.exists() else b""
            if not (content.startswith(existing) or existing.startswith(content)):
                raise TieoutError(
                    f"{self.file} exists already with the labels of another run. "
                    "Give another --truth, or move the file away."
                )
            if len(content) > len(existing):
                write_atomically(self.file, content)
        except OSError as error:
            raise TieoutError(
                f"{self.file} cannot be written: {error.strerror or error}. Give another --truth."
            ) from error
        return labels.height
