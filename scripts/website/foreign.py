"""What the site adds to the pages of other tools: no network, a way back, and room on a phone."""

from __future__ import annotations

from loaders.errors import TieoutError

# The pages hold all that they show. One of them also holds a program that would report its use if it was asked to.
_HEAD = """<meta http-equiv="Content-Security-Policy"
 content="default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'none'">
<style>
.to-the-site { position: fixed; z-index: 9; padding: 6px 14px; border-radius: 16px; background: #0b5cad; }
a.to-the-site, a.to-the-site:hover { color: #ffffff; font: 14px sans-serif; text-decoration: none; }
"""


def belonging(page: str, *, link_at: str, style: str = "") -> str:
    """Return a page as a part of the site.

    Args:
        page: the page, as HTML.
        link_at: where the link to the entry page is, as CSS.
        style: more CSS.

    Raises:
        TieoutError: the page has no head or no body.
    """
    if "<head>" not in page or "</body>" not in page:
        raise TieoutError("A page has no head or no body. The tool that wrote it has another version than expected.")
    head = f"<head>{_HEAD}.to-the-site {{ {link_at} }}\n{style}</style>\n"
    before, _, after = page.replace("<head>", head, 1).rpartition("</body>")
    return f'{before}<a class="to-the-site" href="../index.html">Tieout</a>\n</body>{after}'


def replaced(page: str, part: str, by: str) -> str:
    """Return a page in which each occurrence of a part is replaced.

    Raises:
        TieoutError: the page does not have it.
    """
    if part not in page:
        raise TieoutError(f"A page does not have {part}. The tool that wrote it has another version than expected.")
    return page.replace(part, by)
