"""Checks `unload`: its query, its options, and what is unloaded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from .rules.query import Query
from .tokens import RefusedError, unsupported

_PAGE = "[AWS guide: r_UNLOAD]"
_STATEMENT = re.compile(r"(?is)unload\s*\(\s*'(?P<query>(?:[^']|'')*)'\s*\)\s*to\s*'(?P<target>[^']*)'(?P<options>.*)")
_TARGET = re.compile(r"s3://[a-z0-9][a-z0-9.-]+/[^']*")
_OPTIONS = {
    name: re.compile(pattern, re.I)
    for name, pattern in {
        "iam_role": r"iam_role\s+(?:default\b|'(?P<role>arn:[^']+)')",
        "parquet": r"(?:format\s+(?:as\s+)?)?parquet\b",
        "partition by": r"partition\s+by\s*\((?P<columns>[\w\s,\"]+)\)",
        "manifest": r"manifest\s+verbose\b",
        "encrypted": r"encrypted\s+auto\b",
        "allowoverwrite": r"allowoverwrite\b",
        "cleanpath": r"cleanpath\b",
        "parallel": r"parallel\s+(?:on|off|true|false)\b",
        "maxfilesize": r"maxfilesize\s+(?:as\s+)?\d+(?:\.\d+)?\s*(?:mb|gb)?",
        "region": r"region\s+(?:as\s+)?'[\w-]+'",
    }.items()
}
# Options of text files, which cannot be used with Parquet.
_OF_TEXT = re.compile(r"(?i)(delimiter|fixedwidth|addquotes|escape|null|header|gzip|bzip2|zstd)\b")


@dataclass(frozen=True)
class Unload:
    """An unload that the stand-in accepts.

    Attributes:
        query: its query.
        target: where it writes: an address in S3, to which names are appended.
        role: the ARN of the role with which it writes; none for the default.
        partitioned_by: the columns whose values become folders, and which the files do not have.
        may_overwrite: whether it may replace files.
    """

    query: str
    target: str
    role: str | None
    partitioned_by: tuple[str, ...]
    may_overwrite: bool


def parse_unload(sql: str) -> Unload:
    """Read an unload and check everything but its query.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
    """
    match = _STATEMENT.fullmatch(sql.strip())
    if match is None:
        raise unsupported(f"this form of unload {_PAGE}")
    if not _TARGET.fullmatch(match["target"]):
        raise RefusedError(f"unload writes to s3://bucket/prefix, not to '{match['target']}' {_PAGE}")
    options = _options(match["options"].strip())
    if "iam_role" not in options:
        raise RefusedError(f"unload needs iam_role with the ARN of a role, or default {_PAGE}")
    if "parquet" not in options or "manifest" not in options:
        raise unsupported(f"unload without format as parquet and manifest verbose {_PAGE}")
    if {"allowoverwrite", "cleanpath"} <= options.keys():
        raise RefusedError(f"unload takes either allowoverwrite or cleanpath {_PAGE}")
    if "cleanpath" in options:
        raise unsupported(f"cleanpath, which needs the right to delete {_PAGE}")
    partition = options.get("partition by")
    columns = [name.strip().strip('"').lower() for name in partition["columns"].split(",")] if partition else []
    target = match["target"]
    return Unload(
        match["query"].replace("''", "'"),
        target if not columns or target.endswith("/") else f"{target}/",
        options["iam_role"]["role"],
        tuple(columns),
        "allowoverwrite" in options,
    )


def check_unloaded(unload: Unload, query: Query) -> None:
    """Check what is unloaded.

    Args:
        unload: the statement.
        query: its query, which has passed the rules.

    Raises:
        RefusedError: Redshift would refuse it.
    """
    tree = query.tree
    if not isinstance(tree, exp.Query):
        raise RefusedError(f"only the result of a query can be unloaded {_PAGE}")
    if tree.args.get("limit"):
        raise RefusedError(f"the outer select of an unload cannot have a limit {_PAGE}")
    columns = [name.lower() for name in tree.named_selects]
    for name in unload.partitioned_by:
        if name not in columns and "*" not in columns:
            raise RefusedError(f"partition column {name} is not in the query {_PAGE}")
    if not set(columns) - set(unload.partitioned_by):
        raise RefusedError(f"an unload needs a column that is no partition column {_PAGE}")


def _options(text: str) -> dict[str, re.Match[str]]:
    found: dict[str, re.Match[str]] = {}
    while text:
        if match := _OF_TEXT.match(text):
            raise RefusedError(f"parquet cannot be unloaded with {match[1].lower()} {_PAGE}")
        for name, pattern in _OPTIONS.items():
            match = pattern.match(text)
            if match and name not in found:
                found[name] = match
                text = text[match.end() :].lstrip()
                break
        else:
            raise unsupported(f"unload with {text[:40]} {_PAGE}")
    return found
