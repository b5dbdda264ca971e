"""The documents of the project as pages: README, changelog, everything in `docs/`, and the files that they link to.

What a document links to that is no document, such as a model or a folder, becomes a page too. So no link leaves the
site but those to the internet.
"""

from __future__ import annotations

import posixpath
import shutil
from html import escape
from pathlib import Path

from loaders.errors import TieoutError
from loaders.report.entry import DOCUMENTS as FOLDER
from loaders.report.entry import navigation
from loaders.report.frame import STYLE, framed
from scripts.website.drawing import drawer
from scripts.website.markdown import Document, rendered

DOCS = "docs"
OF_ROOT = ("README.md", "CHANGELOG.md")
SOURCES = (*OF_ROOT, f"{DOCS}/**/*.md")
_INDEX = "index.html"


def write_documents(project: Path, site: Path) -> int:
    """Write the pages to `documents/` in the site, and return how many there are. Earlier pages are removed.

    Args:
        project: the root of the project.
        site: the folder of the site.

    Raises:
        TieoutError: a document links to a file that does not exist, or has a diagram that cannot be drawn.
    """
    shutil.rmtree(site / FOLDER, ignore_errors=True)
    documents = (path.relative_to(project).as_posix() for pattern in SOURCES for path in project.glob(pattern))
    waiting = sorted([DOCS, *documents])
    known = set(waiting)
    while waiting:
        path = waiting.pop()
        document = _document(project, path)
        _write(site, project, path, document)
        for linked in sorted(document.linked):
            target = posixpath.normpath(posixpath.join(_folder(project, path), linked))
            if not (project / target).exists():
                raise TieoutError(f"{path} links to {target}, which does not exist. Correct the link.")
            if target not in known:
                known.add(target)
                waiting.append(target)
    return len(known)


def page_of(project: Path, path: str) -> str:
    """Return the path of the page of a file or folder of the project, from the folder of the documents."""
    if (project / path).is_dir():
        return posixpath.join(path, _INDEX)
    return f"{path.removesuffix('.md')}.html"


def _document(project: Path, path: str) -> Document:
    source, folder = project / path, _folder(project, path)
    if source.is_dir():
        return _of_folder(project, path)
    # Some samples of exports are in other encodings.
    content = source.read_text(encoding="utf-8", errors="replace")
    if source.suffix != ".md":
        return Document(path, f'<h1>{escape(path)}</h1>\n<pre tabindex="0"><code>{escape(content)}</code></pre>\n')
    return rendered(content, lambda linked: _from(folder, page_of(project, posixpath.join(folder, linked))), drawer())


def _folder(project: Path, path: str) -> str:
    """Return the folder from which the links of a document or of a folder lead."""
    return path if (project / path).is_dir() else posixpath.dirname(path)


def _of_folder(project: Path, path: str) -> Document:
    """Return a list of the files of a folder; that of the documents has those of the root too."""
    names = sorted(entry.name for entry in (project / path).iterdir() if not entry.name.startswith("."))
    title = path.rpartition("/")[2].capitalize()
    if path == DOCS:
        names = [f"../{name}" for name in OF_ROOT if (project / name).is_file()] + names
        title = "Documents"
    links = "".join(
        f'<li><a href="{_from(path, page_of(project, posixpath.join(path, name)))}">'
        f"{escape(_title(project / path / name))}</a></li>"
        for name in names
    )
    return Document(title, f"<h1>{escape(title)}</h1>\n<ul>{links}</ul>\n", set(names))


def _title(path: Path) -> str:
    """Return the first heading of a document, or the name of a file or folder."""
    if path.suffix == ".md":
        with path.open(encoding="utf-8") as file:
            return file.readline().lstrip("# ").replace("`", "").strip()
    return f"{path.name}/" if path.is_dir() else path.name


def _from(folder: str, page: str) -> str:
    return posixpath.relpath(page, folder or ".")


def _write(site: Path, project: Path, path: str, document: Document) -> None:
    place = posixpath.join(FOLDER, page_of(project, path))
    up = posixpath.relpath(".", posixpath.dirname(place))
    page = site / place
    page.parent.mkdir(parents=True, exist_ok=True)
    body = f'{navigation(up, place)}<main class="document">\n{document.body}</main>\n'
    page.write_text(framed(document.title, body, style=posixpath.join(up, STYLE)), encoding="utf-8", newline="\n")
