"""What the parts of the model of a mapping have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

# YAML may show a text as a number or a boolean; the text counts.
Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Code = Annotated[dict[str, Text], Field(min_length=1)]


CHANGE_ME = "CHANGE-ME"
"""What a proposed mapping has where only its reader can know the value. A mapping with it is refused."""


def listed(value: Any) -> Any:
    """Return a list of one text for a text alone, and anything else as it is."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(listed),
    WithJsonSchema({"type": ["array", "string", "number"], "items": {"type": ["string", "number", "boolean"]}}),
]


class Part(BaseModel):
    """A part of a mapping: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def exactly_one(part: Part, names: Sequence[str]) -> None:
    """Check that exactly one of these keys is there.

    Raises:
        ValueError: there are none, or several.
    """
    given = [name for name in names if getattr(part, name) not in (None, False)]
    if not given:
        raise ValueError(f"one of the keys {', '.join(names)} is missing. Add one of them")
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} exclude each other. Keep one of them")
