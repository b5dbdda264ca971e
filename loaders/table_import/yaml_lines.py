"""The YAML of a mapping, with the line of each value.

Every scalar is read as the text that stands there, so that `00123` keeps its zeros, `No` is no boolean and `1:30` is no
number. The model makes numbers and booleans where it wants them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

MOST_VALUES = 20_000
"""More values than any mapping has: the limit is for aliases that multiply."""

MOST_LEVELS = 20
"""More levels than any mapping has."""

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_STANDARD_TAG = "tag:yaml.org,2002:"

Place = tuple[str | int, ...]
"""The keys and positions that lead to a value."""


class YamlMistakeError(Exception):
    """The text is no YAML that a mapping can have.

    Attributes:
        line: the line of the mistake.
        sentence: what is wrong, and the remedy.
    """

    def __init__(self, line: int, sentence: str) -> None:
        """Keep line and sentence."""
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


@dataclass
class Document:
    """A YAML document.

    Attributes:
        data: mappings, lists, texts and None.
        lines: the line of each value by its place; of a value of a mapping, the line of its key.
    """

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """Return the line of a value, or of the closest value around it that is there."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(text: str) -> Document:
    """Read YAML.

    Raises:
        YamlMistakeError: it is not YAML, a key is there twice, or it has tags or too many values.
    """
    document = Document()
    try:
        _refuse_depth(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlMistakeError(line, _syntax(error, text, line)) from None
    except yaml.YAMLError as error:
        raise YamlMistakeError(1, f"it is not YAML: {' '.join(str(error).split())}. Save it as UTF-8 text.") from None
    if root is not None:
        document.data = _Reader(document).value(root, ())
    return document


def _refuse_depth(text: str) -> None:
    """Refuse what is nested too deeply, without following it."""
    level = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if level > MOST_LEVELS and event.start_mark:
            raise _too_deep(event.start_mark.line + 1)


def _too_deep(line: int) -> YamlMistakeError:
    return YamlMistakeError(
        line, f"it is nested more than {MOST_LEVELS} levels deep, and a mapping is not. Correct it."
    )


def _syntax(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    lines = text.splitlines()
    there = lines[line - 1] if line <= len(lines) else ""
    if "\t" in there[: len(there) - len(there.lstrip())]:
        return "it is indented by a tab, which YAML forbids. Indent with blanks."
    return (
        f"it is not YAML: {error.problem or error.context}. Check the indentation and the colons of this line and the "
        "one before, and put texts with : # [ { or a leading * & % in single quotes."
    )


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._values = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self._document.lines.setdefault(place, line)
        self._values += 1
        if len(place) > MOST_LEVELS:
            raise _too_deep(line)  # an alias of what is around it
        if self._values > MOST_VALUES:
            raise YamlMistakeError(line, f"there are more than {MOST_VALUES:,} values. Use fewer aliases.")
        if not node.tag.startswith(_STANDARD_TAG) or "python" in node.tag:
            raise YamlMistakeError(line, f"the tag {node.tag} has no meaning in a mapping. Remove it.")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, number)) for number, item in enumerate(node.value)]
        is_plain = getattr(node, "style", None) is None
        return None if is_plain and node.value in _NOTHING else str(node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlMistakeError(line, "a key is a text, not a list or a mapping. Put it in quotes.")
            name = str(key.value)
            if name in values:
                first = self._document.lines[(*place, name)]
                raise YamlMistakeError(line, f"{name} is there twice, first on line {first}. Remove one of them.")
            self._document.lines[(*place, name)] = line
            values[name] = self.value(value, (*place, name))
        return values
