"""A mapping that was read from its file, so that every sentence about it can name the line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loaders.contract import Entity
from loaders.table_import.mapping import Mapping, Rule
from loaders.table_import.mistakes import Mistake, refusal
from loaders.table_import.yaml_lines import Document


@dataclass(frozen=True)
class LoadedMapping:
    """A mapping, its entity, and where it stands.

    Attributes:
        file: the file of the mapping.
        sha256: the digest of the file.
        mapping: what it says.
        entity: the entity of the contract.
        document: the lines of its values.
    """

    file: Path
    sha256: str
    mapping: Mapping
    entity: Entity
    document: Document

    def at(self, *place: str | int) -> str:
        """Return `FILE line N` for a place in the mapping."""
        return f"{self.file} line {self.document.line(place)}"

    def refuse(self, place: tuple[str | int, ...], sentence: str) -> Exception:
        """Return the error for one mistake."""
        return refusal(self.file, [Mistake(self.document.line(place), sentence)])

    @property
    def name(self) -> str:
        """The name of the source, which is part of the names of deliveries."""
        return self.mapping.name or self.file.stem

    def rules(self) -> dict[str, Rule]:
        """Return the rules by contract column, in the order of the contract."""
        rules = self.mapping.columns
        return {column: rules[column] for column in self.entity.delivered_columns if column in rules}
