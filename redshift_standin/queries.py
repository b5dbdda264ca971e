"""Rewrites a Redshift query for PostgreSQL: casts, date parts, and the few functions that differ."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from .digits import check_digits
from .tokens import Edits, RefusedError, Token, at_depth, closing, split_at_commas, tokens, unsupported

# PostgreSQL silently truncates longer names; Redshift allows 127 bytes.
_MAX_NAME_BYTES = 63
# dbt names temporary tables after unit tests, whose names are long. It writes the name in double quotes as a table, and
# in single quotes in its catalog queries.
_LONG_TEMPORARY_TABLE = re.compile(r"""(["'])\w{1,118}__dbt_tmp\d*\1""")
_DATE_PART_FIRST = frozenset(["dateadd", "datediff", "date_part"])
_DECIMAL = re.compile(r"(?:numeric|decimal)(?:\((\d+)(?:,(\d+))?\))?")
_TEXT = re.compile(r"(?:varchar|character varying|nvarchar|text)(?:\((\d+|max)\))?")
# The length in bytes of varchar and text without a length.
_DEFAULT_VARCHAR = 256
_WHOLE_TYPES = frozenset("smallint int2 integer int int4 bigint int8".split())
_PLAIN_TYPES = frozenset("boolean bool date timestamp timestamptz real float4 float8".split()) | {
    "double precision",
    "timestamp without time zone",
    "timestamp with time zone",
}


def rewrite(sql: str, wide: frozenset[str] = frozenset(), found: Sequence[Token] = ()) -> str:
    """Rewrite a query for PostgreSQL. The query has already passed the rules.

    Args:
        sql: the query.
        wide: names of columns of tables with more than 19 digits.
        found: its tokens, if it has been split already.

    Raises:
        RefusedError: the query contains something that the stand-in does not support.
    """
    found = found or tokens(sql)
    edits = Edits(sql)
    check_digits(edits, found, wide)
    for index, token in enumerate(found):
        _fold_name(edits, sql, token)
        following = found[index + 1] if index + 1 < len(found) else None
        if token.kind == "DCOLON":
            _rewrite_short_cast(edits, sql, found, index)
        elif index and found[index - 1].kind == "DOT":
            continue
        elif token.word == "sysdate":
            edits.replace(token.start, token.end, "rs.sysdate()")
        elif following is not None and following.kind == "L_PAREN":
            _rewrite_call(edits, sql, found, index)
    return edits.apply()


def fold_names(sql: str) -> str:
    """Convert the quoted names of a statement to lower case.

    Raises:
        RefusedError: a name is too long for PostgreSQL.
    """
    edits = Edits(sql)
    for token in tokens(sql):
        _fold_name(edits, sql, token)
    return edits.apply()


def _fold_name(edits: Edits, sql: str, token: Token) -> None:
    """Redshift also converts quoted names to lower case, unless enable_case_sensitive_identifier is on."""
    if len(token.word) - 2 > _MAX_NAME_BYTES and _LONG_TEMPORARY_TABLE.fullmatch(token.word):
        quote, name = token.word[0], token.word[1:-1]
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        edits.replace(token.start, token.end, f"{quote}{name[: _MAX_NAME_BYTES - len(digest)]}{digest}{quote}")
    elif sql[token.start] == '"':
        if len(token.word.encode()) - 2 > _MAX_NAME_BYTES:
            raise unsupported(f"name {token.word} is longer than {_MAX_NAME_BYTES} bytes")
        if sql[token.start : token.end] != token.word:
            edits.replace(token.start, token.end, token.word)
    elif token.word.isidentifier() and len(token.word.encode()) > _MAX_NAME_BYTES:
        raise unsupported(f"name {token.word} is longer than {_MAX_NAME_BYTES} bytes")


def _rewrite_short_cast(edits: Edits, sql: str, found: Sequence[Token], index: int) -> None:
    """Check `x::type`: it may only name types whose casts lose nothing. A text of 256 bytes at most is not cut."""
    last = index + 1
    if last + 1 < len(found) and found[last + 1].kind == "L_PAREN":
        last = closing(found, last + 1)
    name = _type_name(sql, found, index + 1, last + 1)
    if name in ("varchar", "text"):
        edits.replace(found[index + 1].start, found[last].end, f'rs."text is cut at 256 bytes"::{name}')
    elif name not in _PLAIN_TYPES | _WHOLE_TYPES:
        raise unsupported(f"::{name}; write cast(... as {name})")


def _rewrite_call(edits: Edits, sql: str, found: Sequence[Token], index: int) -> None:
    token, opening = found[index], index + 1
    if token.word in _DATE_PART_FIRST:
        part = found[opening + 1]
        if part.word.isidentifier():
            edits.replace(part.start, part.end, f"'{part.word}'")
    elif token.word == "extract":
        part, from_ = found[opening + 1], found[opening + 2]
        edits.replace(token.start, token.end, "rs.date_part")
        edits.replace(part.start, part.end, f"'{part.word}'")
        edits.replace(from_.start, from_.end, ",")
    elif token.word == "nvl":
        edits.replace(token.start, token.end, "coalesce")
    elif token.word == "sum":
        end = closing(found, opening)
        if end + 1 < len(found) and found[end + 1].word == "over":
            # A sum over a window of bigint is a decimal, unlike the aggregate (rs.sum).
            edits.replace(token.start, token.end, "pg_catalog.sum")
    elif token.word == "listagg":
        _rewrite_listagg(edits, sql, found, index)
    elif token.word in ("cast", "try_cast"):
        _rewrite_cast(edits, sql, found, index)


def _rewrite_listagg(edits: Edits, sql: str, found: Sequence[Token], index: int) -> None:
    """Rewrite `listagg(value, separator) within group (order by ...)`."""
    end = closing(found, index + 1)
    separator = "" if len(split_at_commas(found, index + 2, end)) > 1 else ", ''"
    order, last = "", end
    if end + 2 < len(found) and found[end + 1].word == "within":
        last = closing(found, end + 3)
        if any(token.kind == "L_PAREN" for token in found[end + 4 : last]):
            raise unsupported("listagg ordered by an expression; order by a column")
        order = f" {sql[found[end + 4].start : found[last].start]}"
    edits.replace(found[index].start, found[index].end, "rs.fit(string_agg")
    edits.replace(found[end].start, found[last].end, f"{separator}{order}), 65535)")


def _rewrite_cast(edits: Edits, sql: str, found: Sequence[Token], index: int) -> None:
    """Make casts that would lose digits or bytes fail, because Redshift truncates where DuckDB rounds or keeps all."""
    opening = index + 1
    end = closing(found, opening)
    as_ = next((position for position in at_depth(found, opening + 1, end) if found[position].word == "as"), None)
    if as_ is None:
        raise unsupported(f"{found[index].word} without as")
    start, name = found[index].start, _type_name(sql, found, as_ + 1, end)
    head, body, tail = found[index].end, found[opening].end, found[as_].start

    def become(function: str, expression_type: str, arguments: str, target: str) -> None:
        edits.replace(start, head, f"cast(rs.{function}")
        edits.replace(body, body, "(")
        edits.replace(tail, found[end].end, f"){expression_type}, {arguments}) as {target})")

    decimal, text = _DECIMAL.fullmatch(name), _TEXT.fullmatch(name)
    if found[index].word == "try_cast":
        target = f"numeric({decimal[1] or 18},{decimal[2] or 0})" if decimal else name
        if not decimal and name not in (_PLAIN_TYPES | _WHOLE_TYPES) - {"boolean", "bool"}:
            raise RefusedError(f"Redshift does not support try_cast to {name} [AWS guide: r_TRY_CAST]")
        if decimal:
            become("exact(rs.try_cast", "::text", f"'{target}'), {decimal[2] or 0}", target)
        else:
            become("try_cast", "::text", f"'{target}'", target)
    elif decimal:
        precision, scale = int(decimal[1] or 18), int(decimal[2] or 0)
        if precision > 38:
            raise RefusedError(f"{name} has more than 38 digits [AWS guide: r_Numeric_types201]")
        become("exact", "", str(scale), f"numeric({precision},{scale})")
    elif name in _WHOLE_TYPES:
        become("exact", "", "0", name)
    elif text and text[1]:
        length = "65535" if text[1] == "max" else text[1]
        become("fit", "", length, f"varchar({length})")
    elif text:
        become("fit", "", str(_DEFAULT_VARCHAR), "varchar")
    elif name not in _PLAIN_TYPES:
        raise unsupported(f"cast to {name}")


def _type_name(sql: str, found: Sequence[Token], first: int, last: int) -> str:
    name = sql[found[first].start : found[last - 1].end].lower()
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", name))
