"""Mermaid diagrams as SVG, in the colours of the stylesheet, so that one drawing serves light, dark and paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

import mmdr

from loaders.errors import TieoutError

_FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
# All colours of this theme are greys.
_THEME = f'%%{{init: {{"theme": "neutral", "themeVariables": {{"fontFamily": "{_FONT}"}}}}}}%%\n'
_COLOUR = re.compile(r"#(?P<hex>[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b|(?P<form>hsl|rgb)a?\((?P<values>[^)]*)\)")
# From dark to light: up to which lightness, in percent, a grey becomes which colour of the stylesheet.
_VARIABLES = ((35, "--ink"), (75, "--quiet"), (92, "--line"), (97, "--raised"), (100, "--paper"))


def drawer() -> Callable[[str], str]:
    """Return what draws the diagrams of one page. Each gets names of its own for what its parts refer to."""
    numbers = count(1)

    def draw(diagram: str) -> str:
        try:
            drawn: str = mmdr.render(_THEME + diagram).svg()
        except (RuntimeError, ValueError) as error:
            raise TieoutError(f"A Mermaid diagram cannot be drawn: {error}. It begins with {diagram[:60]!r}.") from None
        drawn = drawn.replace("merman", f"drawing-{next(numbers)}")
        drawn = re.sub(r' data-drawing-[\w-]+="[^"]*"', "", drawn)
        # The labels of edges stand on the figure, not on white paper. Shadows would shine in the dark.
        drawn = re.sub(r"\b(fill=\"|fill:|background-color:)white\b", r"\1var(--raised)", drawn)
        drawn = re.sub(r"filter:drop-shadow\([^;]*;", "", drawn)
        return _COLOUR.sub(lambda colour: f"var({_variable(_lightness(colour))})", drawn)

    return draw


def _lightness(colour: re.Match[str]) -> float:
    """Return the lightness of a colour in percent."""
    if digits := colour["hex"]:
        digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
        parts = [int(digits[start : start + 2], 16) for start in (0, 2, 4)]
        return (max(parts) + min(parts)) / 5.1
    values = [float(value.strip().rstrip("%")) for value in colour["values"].split(",")]
    return values[2] if colour["form"] == "hsl" else (max(values[:3]) + min(values[:3])) / 5.1


def _variable(lightness: float) -> str:
    return next(name for limit, name in _VARIABLES if lightness <= limit + 0.01)
