"""Reads Berka's files: semicolons, quotes, CRLF, a header, and a few malformed lines."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from loaders.errors import TieoutError

# The columns of each file, in order.
COLUMNS: dict[str, tuple[str, ...]] = {
    "account": ("account_id", "district_id", "frequency", "date"),
    "card": ("card_id", "disp_id", "type", "issued"),
    "client": ("client_id", "birth_number", "district_id"),
    "disp": ("disp_id", "client_id", "account_id", "type"),
    "district": tuple(f"A{number}" for number in range(1, 17)),
    "loan": ("loan_id", "account_id", "date", "amount", "duration", "payments", "status"),
}
TRANSACTIONS = "trans.asc"  # read by a mapping
UNREAD = "order.asc"  # standing orders: the file must exist, but the contract has no entity for them

_FIELD = r'(?:"(?:[^"]|"")*"|[^";]*)'


@dataclass(frozen=True)
class MalformedLine:
    """A line that cannot be split into the columns of its file.

    Attributes:
        file: the name of the file.
        number: the line number; the header is line 1.
        text: the text of the line.
        reason: what is wrong with it.
    """

    file: str
    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class SourceFile:
    """The content of one file.

    Attributes:
        rows: the rows in the order of the file. All columns are text; empty and blank values are null.
        malformed: the malformed lines.
    """

    rows: pl.DataFrame
    malformed: list[MalformedLine]


def read_source(folder: Path) -> dict[str, SourceFile]:
    """Read the files of a Berka folder, except the transactions; return them by name, without `.asc`.

    Raises:
        TieoutError: a file is missing, cannot be read, is not UTF-8 or has the wrong header.
    """
    if not folder.is_dir():
        raise TieoutError(f"{folder} is not a folder. Give the folder with account.asc, trans.asc and the other files.")
    missing = [
        name for name in [*(f"{name}.asc" for name in COLUMNS), TRANSACTIONS, UNREAD] if not (folder / name).is_file()
    ]
    if missing:
        raise TieoutError(f"{folder} lacks {', '.join(missing)}. Give a folder with all eight files of the Berka data.")
    return {name: _read(folder / f"{name}.asc", columns) for name, columns in COLUMNS.items()}


def _read(path: Path, columns: tuple[str, ...]) -> SourceFile:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TieoutError(f"{path} cannot be read: {error.strerror or error}. Check its permissions.") from error
    except UnicodeDecodeError as error:
        raise TieoutError(f"{path} is not UTF-8 (byte {error.start + 1}). Convert it to UTF-8.") from error
    header, _, body = text.partition("\n")
    found = tuple(name.strip().strip('"') for name in header.split(";"))
    if found != columns:
        raise TieoutError(
            f"{path} has the header '{';'.join(found)}' instead of '{';'.join(columns)}'. Give the original file."
        )
    lines = pl.DataFrame({"text": [body]}).select(pl.col("text").str.split("\n").explode().str.strip_suffix("\r"))
    lines = lines.with_row_index("number", offset=2).filter(pl.col("text").str.strip_chars() != "")
    is_row = pl.col("text").str.contains(f"^{_FIELD}(?:;{_FIELD}){{{len(columns) - 1}}}$")
    malformed = lines.filter(~is_row)
    return SourceFile(
        _parse(lines.filter(is_row)["text"], columns),
        [
            MalformedLine(path.name, number, line, _reason(line, len(columns)))
            for number, line in malformed.select("number", "text").iter_rows()
        ],
    )


def _parse(lines: pl.Series, columns: tuple[str, ...]) -> pl.DataFrame:
    if lines.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    rows = pl.read_csv(
        io.BytesIO(lines.str.join("\n").item().encode()),
        separator=";",
        has_header=False,
        new_columns=columns,
        infer_schema=False,
    )
    stripped = pl.all().str.strip_chars()
    return rows.select(pl.when(stripped != "").then(stripped))


def _reason(line: str, width: int) -> str:
    if line.count('"') % 2:
        return "unclosed quote"
    fields = line.count(";") + 1
    if fields == width:
        return "misplaced quote"
    return f"{fields} {'field' if fields == 1 else 'fields'} instead of {width}"
