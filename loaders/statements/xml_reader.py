"""Reading XML that strangers wrote: a stream of elements with their lines, and nothing else.

A document type is refused, because entities are declared there: external ones read other files, nested ones fill the
memory. Bank messages have none. Depth and length are limited.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from loaders.errors import TieoutError
from loaders.statements.values import MOST_TEXT

MOST_DEPTH = 64
_PIECE = 1024 * 1024


class Fields(dict[str, str]):
    """The texts of an element by their path below it; several of one path are joined by a blank.

    Attributes:
        line: where it begins.
        repeats: how many of the elements it has of which only the first one counts.
    """

    def __init__(self, line: int) -> None:
        """Begin without texts."""
        super().__init__()
        self.line = line
        self.repeats = 0

    def first(self, *paths: str) -> str:
        """Return the first of several texts that is there, or an empty one."""
        for path in paths:
            if path in self:
                return self[path]
        return ""

    @property
    def raw(self) -> str:
        """All texts with their paths, for what is set aside."""
        return " ".join(f"{path}={text}" for path, text in self.items())


class _Node:
    """A place in the tree of elements: the same object for all elements there, so that a path is made only once."""

    __slots__ = ("children", "depth", "name", "parent", "path")

    def __init__(self, name: str, parent: _Node | None, *, is_part: bool = False) -> None:
        self.name = name
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.path: str = "" if is_part or parent is None else f"{parent.path}/{name}".lstrip("/")
        self.children: dict[str, _Node] = {}


class XmlStream:
    """Passes elements on as they begin and end, and some of them as a whole, with the texts below.

    Attributes:
        line: the line that is being read.
    """

    def __init__(
        self,
        name: Path,
        *,
        begin: Callable[[str, str], None],
        end: Callable[[str, str, str], None],
        parts: Callable[[str, str], bool],
        take: Callable[[str, Fields], None],
        only_first: str,
    ) -> None:
        """Prepare a stream. Names are without namespace.

        Args:
            name: the file that sentences name.
            begin: gets the names of an element and of the one around it.
            end: gets these and its text.
            parts: whether an element, in another one, is passed on as a whole.
            take: gets the name of such an element and its texts. Texts of its first element `only_first` are there,
                those of further ones are not; the attribute Ccy is there as `@Ccy`.
            only_first: a name.
        """
        self._name = name
        self._begin = begin
        self._end = end
        self._parts = parts
        self._take = take
        self._only_first = only_first
        self._texts: list[str] = []
        self._length = 0
        self._node = _Node("", None)
        self._part: _Node | None = None
        self._fields = Fields(0)
        self._skipped: _Node | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype
        self._parser.ExternalEntityRefHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._on_begin
        self._parser.EndElementHandler = self._on_end
        self._parser.CharacterDataHandler = self._on_text

    @property
    def line(self) -> int:
        """The line that is being read."""
        return self._parser.CurrentLineNumber

    def read(self, file: Path) -> None:
        """Read a whole file.

        Raises:
            TieoutError: it is no XML, or it has what no bank message has.
        """
        try:
            with file.open("rb") as source:
                while piece := source.read(_PIECE):
                    self._parser.Parse(piece, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            self.refuse(
                f"is no whole XML: {expat.errors.messages.get(error.code, 'it cannot be read')}",
                "Was it cut? Fetch it again",
            )
        except (LookupError, ValueError) as error:
            self.refuse(f"is in an encoding that cannot be read ({error})", "Fetch it in UTF-8")

    def refuse(self, what: str, remedy: str) -> NoReturn:
        """Refuse the file at this line."""
        raise TieoutError(f"{self._name} line {self.line} {what}. {remedy}. Nothing of the file was imported.")

    def _refuse_doctype(self, *_: object) -> NoReturn:
        self.refuse(
            "has a document type (DOCTYPE), which no bank message has, and with which a file can read others or fill "
            "the memory",
            "Fetch the statement from the bank again",
        )

    def _on_begin(self, name: str, attributes: dict[str, str]) -> None:
        around = self._node
        node = around.children.get(name)
        if node is None:
            node = around.children[name] = self._new_node(name, around)
        self._node = node
        if self._texts:
            self._texts.clear()
        if self._part is None:
            if self._parts(node.name, around.name):
                self._part = node
                self._fields = Fields(self.line)
            else:
                self._begin(node.name, around.name)
            return
        if node.name == self._only_first:
            self._fields.repeats += 1
            if self._fields.repeats > 1 and self._skipped is None:
                self._skipped = node
        if attributes and self._skipped is None:
            currency = attributes.get("Ccy")
            if currency:
                self._fields.setdefault(f"{node.path}/@Ccy", currency[:MOST_TEXT])

    def _new_node(self, name: str, around: _Node) -> _Node:
        local = name.rpartition(":")[2]
        node = _Node(local, around, is_part=self._part is None and self._parts(local, around.name))
        if node.depth > MOST_DEPTH:
            self.refuse(f"is nested more than {MOST_DEPTH} elements deep", "No bank message is; check where it is from")
        return node

    def _on_text(self, text: str) -> None:
        texts = self._texts
        if not texts:
            self._length = 0
        self._length += len(text)
        if self._length > MOST_TEXT:
            self.refuse(
                f"has an element with more than {MOST_TEXT:,} characters", "No bank message has; check where it is from"
            )
        texts.append(text)

    def _on_end(self, _: str) -> None:
        node = self._node
        around = node.parent
        if around is not None:
            self._node = around
        text = ""
        if self._texts:
            text = "".join(self._texts).strip()
            self._texts.clear()
        if self._part is None:
            self._end(node.name, around.name if around else "", text)
        elif self._part is node:
            self._part = None
            self._take(node.name, self._fields)
        elif self._skipped is not None:
            if self._skipped is node:
                self._skipped = None
        elif text:
            fields, path = self._fields, node.path
            fields[path] = f"{fields[path]} {text}" if path in fields else text
