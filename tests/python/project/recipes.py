"""The recipes of docs/recipes.md, read from the page itself, so that the page cannot become outdated.

A recipe is a section of the page. An edit of it is a ```diff block below a line that names the file: lines with `+` are
added, lines with `-` removed, the others must be there, and `@@` separates places in one file. A file of its own, in a
```sql, ```yaml or ```csv block, is new.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.python.warehouse import PROJECT

PAGE = PROJECT / "docs" / "recipes.md"

_BLOCK = re.compile(
    r"(?ms)^(?P<intro>[^\n`]*`(?P<path>[\w./-]+)`[^\n]*):\n\n```(?P<kind>diff|sql|yaml|csv)\n(?P<text>.*?)^```$"
)


class RecipeError(Exception):
    """An edit does not fit the file."""


@dataclass(frozen=True)
class Edit:
    """The changes of one file.

    Attributes:
        path: the file, from the root of the project.
        kind: `diff`, or the language of a new file.
        text: the block.
    """

    path: str
    kind: str
    text: str

    def apply(self, root: Path) -> None:
        """Change the file below a root.

        Raises:
            RecipeError: the lines that the edit expects are missing or ambiguous, or a new file exists.
        """
        file = root / self.path
        if self.kind != "diff":
            if file.exists():
                raise RecipeError(f"{self.path} exists already.")
            file.write_text(self.text, encoding="utf-8")
            return
        lines = file.read_text(encoding="utf-8").splitlines()
        for place in re.split(r"(?m)^@@.*\n", self.text):
            old, new = _sides(place)
            found = [start for start in range(len(lines)) if lines[start : start + len(old)] == old]
            if len(found) != 1:
                raise RecipeError(f"{self.path} has these lines {len(found)} times instead of once:\n" + "\n".join(old))
            lines[found[0] : found[0] + len(old)] = new
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sides(place: str) -> tuple[list[str], list[str]]:
    """Return the lines before and after the edit."""
    lines = place.splitlines()
    return (
        [line[1:] for line in lines if not line.startswith("+")],
        [line[1:] for line in lines if not line.startswith("-")],
    )


def recipe(title: str) -> list[Edit]:
    """Return the edits of a recipe, in order.

    Raises:
        RecipeError: the page has no such recipe, or the recipe has no edits.
    """
    found = edits(title)
    if not found:
        raise RecipeError(f"docs/recipes.md has no recipe '{title}' with edits.")
    return found


def edits(title: str) -> list[Edit]:
    """Return the edits of a section; none if it only describes a change."""
    sections = re.split(r"(?m)^## ", PAGE.read_text(encoding="utf-8"))
    found = [section for section in sections if section.split("\n", 1)[0] == title]
    return [Edit(match["path"], match["kind"], match["text"]) for part in found for match in _BLOCK.finditer(part)]


def files(recipe_edits: list[Edit]) -> set[str]:
    """Return the files that a recipe changes."""
    return {edit.path for edit in recipe_edits}
