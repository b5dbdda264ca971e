"""Markdown as HTML: headings with GitHub's anchors, tables that a phone can show, diagrams as SVG, links to pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

Draw = Callable[[str], str]
"""Returns a Mermaid diagram as SVG."""

_LONG = 5
"""From so many sections on, a page begins with a list of them."""


@dataclass
class Document:
    """A document as HTML.

    Attributes:
        title: its first heading.
        body: its HTML.
        linked: the paths that it links to, from the folder of the document.
    """

    title: str
    body: str
    linked: set[str] = field(default_factory=set)


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rendered(markdown: str, page_of: Callable[[str], str], draw: Draw) -> Document:
    """Return a document as HTML.

    Args:
        markdown: its text.
        page_of: returns the path of the page of a path that it links to. Both are from the folder of the document.
        draw: returns a Mermaid diagram as SVG.
    """
    parser = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=4, slug_func=slug)
    tokens = parser.parse(markdown)
    linked: set[str] = set()
    for token in _links(tokens):
        path, hash_, anchor = str(token.attrs["href"]).partition("#")
        if path and "://" not in path and not path.startswith("mailto:"):
            linked.add(posixpath.normpath(path))
            token.attrs["href"] = page_of(posixpath.normpath(path)) + hash_ + anchor
    _label_cells(tokens)
    _draw_diagrams(tokens, draw)
    _scroll_code(tokens)
    headings = list(_headings(tokens))
    title = headings[0][2] if headings else ""
    contents = [(anchor, text) for level, anchor, text in headings if level in {2, 3}]
    if len(contents) >= _LONG:
        after = next(index for index, token in enumerate(tokens) if token.type == "heading_close") + 1
        tokens.insert(after, Token("html_block", "", 0, content=_contents(contents)))
    return Document(title, parser.renderer.render(tokens, parser.options, {}), linked)


def _links(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                yield child


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str, str]]:
    """Yield level, anchor and text of each heading."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            children = tokens[index + 1].children or []
            text = "".join(child.content for child in children if child.type in {"text", "code_inline"})
            yield int(token.tag[1]), str(token.attrs.get("id", "")), text


def _label_cells(tokens: Sequence[Token]) -> None:
    """Give each cell of a table the head of its column, which a phone shows beside it."""
    heads: list[str] = []
    column = 0
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            heads = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            token.attrs["scope"] = "col"
            heads.append(tokens[index + 1].content.replace("`", ""))
        elif token.type == "td_open":
            token.attrs["data-label"] = heads[column]
            token.attrs["class"] = "wide"
            column += 1


def _draw_diagrams(tokens: Sequence[Token], draw: Draw) -> None:
    for token in tokens:
        if token.type == "fence" and token.info.strip() == "mermaid":
            token.type, token.content = "html_block", f'<div class="diagram" tabindex="0">{draw(token.content)}</div>\n'


def _scroll_code(tokens: Sequence[Token]) -> None:
    """Let the keyboard scroll code that is wider than the page."""
    for token in tokens:
        if token.type in {"fence", "code_block"}:
            code = escape(token.content, quote=False)
            token.type, token.content = "html_block", f'<pre tabindex="0"><code>{code}</code></pre>\n'


def _contents(headings: Sequence[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="#{anchor}">{escape(text)}</a></li>' for anchor, text in headings)
    return f'<details class="contents"><summary>On this page</summary><ul>{links}</ul></details>\n'
