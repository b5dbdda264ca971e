"""The archive of a spreadsheet: its parts, its sheets, and what no spreadsheet program writes."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from loaders.errors import TieoutError

MOST_BYTES = 2 * 1024**3
"""The most bytes of XML. A full sheet of a million rows and twenty columns has less."""
MOST_PARTS = 10_000

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_OTHERS = {
    "xl/workbook.bin": "a binary spreadsheet (.xlsb)",
    "mimetype": "a spreadsheet or document of OpenDocument (.ods)",
}
_PIECE = 4 * 1024 * 1024
_MOST_OF_WORKBOOK = 16 * 1024 * 1024


@dataclass(frozen=True)
class SheetPart:
    """A sheet of a workbook.

    Attributes:
        name: its name.
        is_hidden: whether the spreadsheet program shows it only on request.
        part: the part of the archive with its cells.
    """

    name: str
    is_hidden: bool
    part: str


class Archive:
    """The parts of a spreadsheet.

    Names of parts are the same in any case.
    """

    def __init__(self, name: Path, file: ZipFile) -> None:
        """Look at the list of parts.

        Raises:
            TieoutError: it is no spreadsheet, or its parts are too many or too large.
        """
        self._name = name
        self._file = file
        parts = file.infolist()
        self._parts = {each.filename.casefold(): each for each in parts}
        if _WORKBOOK not in self._parts:
            other = next((what for part, what in _OTHERS.items() if part in self._parts), "")
            raise TieoutError(
                f"{name} is {other}, which cannot be read. Save it as .xlsx."
                if other
                else f"{name} is a zip archive without a spreadsheet. Unpack it and import the file inside."
            )
        if len(parts) > MOST_PARTS or len(parts) != len(self._parts):
            raise self.refusal(f"has {len(parts):,} parts, too many or some with the same name")
        if any(each.flag_bits & 1 or each.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for each in parts):
            raise self.refusal("has parts that are encrypted, or packed in a way that spreadsheets do not have")
        if sum(each.file_size for each in self._xml()) > MOST_BYTES:
            raise self._too_large()

    def refusal(self, what: str) -> TieoutError:
        """Return the error for an archive that no spreadsheet program writes."""
        return TieoutError(f"{self._name} {what}, so it was not opened. Save the table again as .xlsx or as CSV.")

    def _too_large(self) -> TieoutError:
        return TieoutError(
            f"{self._name} has more than {MOST_BYTES // 1024**3} GB of data when it is unpacked, so it was not opened. "
            "Save the table as CSV, or in several files."
        )

    def _xml(self) -> Iterator[ZipInfo]:
        return (part for name, part in self._parts.items() if name.endswith((".xml", ".rels")))

    def check(self) -> None:
        """Unpack and parse all XML once, to know that it is whole, and can be read safely.

        Raises:
            TieoutError: it is larger than it says, damaged, or declares a document type, by which it could read other
                files or fill the memory.
        """
        left = MOST_BYTES
        for part in self._xml():
            parser = self._parser(part.filename)
            try:
                for piece in self.pieces(part.filename):
                    left -= len(piece)
                    if left < 0:
                        raise self._too_large()
                    parser.Parse(piece, False)
                parser.Parse(b"", True)
            except expat.ExpatError as error:
                raise self.refusal(f"is damaged ({part.filename} is no XML: {error})") from None

    def _parser(self, part: str) -> expat.XMLParserType:
        # `scan` reads bytes, so the encoding is the usual one, whatever the part says of it.
        parser = expat.ParserCreate("utf-8")

        def refuse(*_: object) -> NoReturn:
            raise self.refusal(
                f"has a document type (DOCTYPE) in {part}, by which a file can read others or fill the memory"
            )

        parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        return parser

    def pieces(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a part, unpacked.

        Raises:
            TieoutError: the part is damaged.
        """
        known = self._parts.get(part.casefold())
        if known is None:
            raise self.refusal(f"lacks its part {part}")
        # The real size counts, not the one that the archive states: reading stops at the latter.
        stated, known.file_size = known.file_size, MOST_BYTES + 1
        unpacked = 0
        try:
            with self._file.open(known) as file:
                while piece := file.read(_PIECE):
                    unpacked += len(piece)
                    yield piece
        except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise self.refusal(f"is damaged ({part}: {error})") from None
        finally:
            known.file_size = stated
        if unpacked != stated:
            raise self.refusal(f"is damaged ({part} has {unpacked:,} bytes instead of {stated:,})")

    def sheets(self) -> list[SheetPart]:
        """Return the sheets with cells, in the order of the workbook."""
        related = {
            each.get("Id"): posixpath.normpath(posixpath.join("/xl", each.get("Target", ""))).lstrip("/")
            for each in self._tree(_RELATIONS).iter()
            # Only parts with this name have been checked.
            if each.get("Type", "").endswith("/worksheet") and each.get("Target", "").casefold().endswith(".xml")
        }
        found = []
        for each in self._tree(_WORKBOOK).iter():
            if each.tag.rpartition("}")[2] == "sheet":
                relation = next((value for key, value in each.items() if key.endswith("}id")), None)
                if relation in related:
                    is_hidden = each.get("state", "visible") != "visible"
                    found.append(SheetPart(each.get("name", ""), is_hidden, related[relation]))
        return found

    def _tree(self, part: str) -> ElementTree.Element:
        content = b""
        for piece in self.pieces(part):
            content += piece
            if len(content) > _MOST_OF_WORKBOOK:
                raise self.refusal(f"has a gigantic list of sheets ({part})")
        try:
            # `check` has refused document types.
            return ElementTree.fromstring(content)  # noqa: S314
        except ElementTree.ParseError as error:
            raise self.refusal(f"is damaged ({part}: {error})") from None
