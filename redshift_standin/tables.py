"""Checks and rewrites `create table`, `create view` and `add column` for PostgreSQL."""

from __future__ import annotations

import re

from .digits import is_wide_type, wide_names
from .queries import fold_names, rewrite
from .rules import check
from .tokens import Edits, RefusedError, Token, closing, items, split_at_commas, tokens, unsupported
from .vocabulary import RESERVED_WORDS, SYSTEM_COLUMNS

_MAX_VARCHAR = 65_535
_TABLE_CONSTRAINTS = frozenset(["constraint", "primary", "unique", "foreign", "like"])


def create_table(
    sql: str,
    external_schemas: frozenset[str],
    wide: frozenset[str] = frozenset(),
    *,
    expects_days: bool = False,
) -> str:
    """Check and rewrite `create [temporary] table`: types, keys, and the query after `as`.

    Args:
        sql: the statement.
        external_schemas: names of the schemas with external tables.
        wide: names of columns of tables with more than 19 digits.
        expects_days: whether the query must name the days of external tables that it reads.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
    """
    found = [token for token in tokens(sql) if token.kind != "SEMICOLON"]
    index = _after_name(found, "table")
    edits = Edits(sql)
    columns: list[str] | None = None
    if index < len(found) and found[index].kind == "L_PAREN" and found[index + 1].word not in ("select", "with"):
        end = closing(found, index)
        definitions = [_column(definition) for definition in items(sql, found, index, end)]
        columns = [name for name, _ in definitions]
        edits.replace(found[index].start, found[end].end, f"({', '.join(text for _, text in definitions)})")
        index = end + 1
    first_attribute = index
    index, keys = _attributes(sql, found, index)
    if index > first_attribute:
        edits.replace(found[first_attribute].start, found[index - 1].end, " ")
    if columns is not None and (missing := [key for key in keys if key not in columns]):
        raise RefusedError(
            f"distkey or sortkey names {missing[0]}, which is not a column of the table [AWS guide: r_CREATE_TABLE_NEW]"
        )
    if index < len(found):
        if found[index].word != "as":
            raise unsupported(f"create table ... {sql[found[index].start : found[index].end]}")
        query = sql[found[index].end : found[-1].end]
        read = check(query, external_schemas, target=_name(sql, found), expects_days=expects_days)
        new = rewrite(query, wide, read.tokens)
        if keys and columns is None:
            # The query mentions the key columns, so that PostgreSQL reports a key column that does not exist.
            used = " or ".join(f"keyed.{key} is null" for key in dict.fromkeys(keys))
            new = f"(select keyed.* from ({new}\n) as keyed where true or {used})"
        edits.replace(found[index].end, found[-1].end, " " + new)
    return edits.apply()


def wide_columns(sql: str, wide: frozenset[str]) -> frozenset[str]:
    """Return these names and those of a created table's columns that can be decimals of more than 19 digits."""
    declared = re.findall(r"(?i)\"?(\w+)\"?\s+((?:numeric|decimal)\s*\(\s*\d+)", sql)
    return wide_names(tokens(sql), wide) | {name.lower() for name, type_ in declared if is_wide_type(type_.lower())}


def create_view(sql: str, external_schemas: frozenset[str], wide: frozenset[str] = frozenset()) -> str:
    """Check and rewrite `create view`, with the arguments of create_table.

    A late-binding view becomes an ordinary view. The only difference: dropping a table below it needs `cascade`.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
    """
    head = re.match(r"(?is).*?\bview\s+\S+\s+as\b", sql)
    if head is None:
        raise unsupported("create view with a list of columns")
    query = sql[head.end() :].rstrip().rstrip(";")
    late = re.search(r"(?is)\bwith\s+no\s+schema\s+binding\s*$", query)
    query = query[: late.start()] if late else query
    read = check(query, external_schemas)
    external = [table for table in read.user_tables if table.db.lower() in external_schemas]
    if external and not late:
        raise RefusedError(
            f"a view of external table {external[0].name} must be late-binding (bind: false) [AWS guide: r_CREATE_VIEW]"
        )
    return sql[: head.end()] + rewrite(query, wide, read.tokens)


def add_column(sql: str) -> str:
    """Check and rewrite `alter table ... add column`.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
    """
    match = re.fullmatch(r"(?is)(alter\s+table\s+\S+\s+add\s+column)\s+(.*)", sql.strip())
    found = tokens(match[2]) if match else []
    if match is None or len(split_at_commas(found, 0, len(found))) > 1:
        raise unsupported(f"{' '.join(sql.split())[:80]} [AWS guide: r_ALTER_TABLE]")
    _, column = _column(match[2])
    if column.endswith("not null"):
        raise RefusedError("an added column that is not null needs a default [AWS guide: r_ALTER_TABLE]")
    return f"{match[1]} {column}"


def alter_type(sql: str) -> str:
    """Check and rewrite `alter table ... alter column ... type`, which changes the length of a varchar column.

    Raises:
        RefusedError: Redshift would refuse the statement.
    """
    match = re.fullmatch(
        r"(?is)alter\s+table\s+(\S+)\s+alter\s+column\s+(\S+)\s+type\s+(\w+)\s*(\([^)]*\))?", sql.strip()
    )
    if match is None or match[3].lower() != "varchar":
        raise RefusedError(
            f"only the length of a varchar column can be altered: {sql.strip()} [AWS guide: r_ALTER_TABLE]"
        )
    column = match[2].strip('"').lower()
    return f"select rs.alter_length('{fold_names(match[1])}', '{column}', {_varchar_length(match[4] or '')})"


def _name(sql: str, found: list[Token]) -> str:
    first = next(position for position, token in enumerate(found) if token.word == "table") + 1
    if found[first].word == "if":
        first += 3
    return sql[found[first].start : found[_after_name(found, "table") - 1].end]


def _after_name(found: list[Token], keyword: str) -> int:
    index = next(position for position, token in enumerate(found) if token.word == keyword) + 1
    if found[index].word == "if":
        index += 3
    while found[index + 1].kind == "DOT":
        index += 2
    return index + 1


def _attributes(sql: str, found: list[Token], index: int) -> tuple[int, list[str]]:
    """Skip the table attributes; return the index after them and the columns they name."""
    keys: list[str] = []
    while index < len(found) and found[index].word != "as":
        word = found[index].word
        if word in ("diststyle", "backup"):
            index += 2
        elif word == "compound":
            index += 1
        elif word in ("distkey", "sortkey") and found[index + 1].kind == "L_PAREN":
            end = closing(found, index + 1)
            named = [name.strip('"').lower() for name in items(sql, found, index + 1, end)]
            if word == "distkey" and len(named) != 1:
                raise RefusedError("distkey takes one column [AWS guide: r_CREATE_TABLE_NEW]")
            keys += named
            index = end + 1
        else:
            raise unsupported(f"create table ... {sql[found[index].start : found[index].end]}")
    return index, keys


def _column(definition: str) -> tuple[str, str]:
    """Return a column's name and its definition for PostgreSQL, where a check measures text in bytes."""
    match = re.match(
        r"""(?isx) ("[^"]+"|\w+) \s+
        (double\s+precision|character\s+varying|timestamp\s+with(?:out)?\s+time\s+zone|\w+) (\s*\([^)]*\))? (.*)""",
        definition.strip(),
    )
    if match is None:
        raise unsupported(f"column definition {definition.strip()}")
    name, type_, size = match[1], " ".join(match[2].lower().split()), match[3] or ""
    rest = " ".join(match[4].lower().split())
    if re.search(r"\bcheck\b", f"{name} {rest}".lower()):
        raise RefusedError("Redshift does not support check constraints [AWS guide: r_CREATE_TABLE_NEW]")
    if rest not in ("", "not null", "null") or name.lower() in _TABLE_CONSTRAINTS:
        raise unsupported(f"column definition {definition.strip()}")
    if name.lower() in RESERVED_WORDS:
        raise RefusedError(f"{name} is a reserved word on Redshift: choose another name [AWS guide: r_pg_keywords]")
    if name.lower().strip('"') in SYSTEM_COLUMNS:
        raise RefusedError(f"a column cannot be named {name} [AWS guide: c_unsupported-postgresql-features]")
    if type_ in ("varchar", "character varying", "text"):
        length = _varchar_length(size)
        quoted = name.lower()
        return quoted.strip('"'), f"{quoted} varchar({length}) check (octet_length({quoted}) <= {length}) {rest}"
    if type_ in ("numeric", "decimal") and not size:
        size = "(18,0)"
    check_type(f"{type_}{size}")
    return name.lower().strip('"'), f"{name.lower()} {type_}{size} {rest}"


def _varchar_length(size: str) -> int:
    digits = size.strip(" ()").lower()
    # Almost always a mistake: such a column has 256 bytes.
    if not digits:
        raise RefusedError(
            "a varchar column without a length has 256 bytes: state the length [AWS guide: r_Character_types]"
        )
    length = _MAX_VARCHAR if digits == "max" else int(digits)
    if length > _MAX_VARCHAR:
        raise RefusedError(f"varchar({digits}) is longer than {_MAX_VARCHAR} bytes [AWS guide: r_Character_types]")
    return length


def check_type(name: str) -> None:
    """Check a column's type by casting to it.

    Raises:
        RefusedError: Redshift does not have the type, or the stand-in does not support it.
    """
    rewrite(f"select cast(null as {name})")
