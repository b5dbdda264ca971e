"""What every page of the site has around its content."""

from __future__ import annotations

from pathlib import Path

from loaders.report.markup import text

STYLE = "style.css"


def framed(title: str, body: str, *, style: str = STYLE) -> str:
    """Return a page.

    Args:
        title: its title, as text.
        body: what is in the body, as HTML.
        style: the path of the stylesheet.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)} - Tieout</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{text(style)}">
</head>
<body>
{body}</body>
</html>
"""


def stylesheet() -> str:
    """Return the stylesheet of all pages."""
    return Path(__file__).with_name(STYLE).read_text(encoding="utf-8")
