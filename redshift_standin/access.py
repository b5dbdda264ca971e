"""Checks and rewrites statements on access: roles, grants and masking policies."""

from __future__ import annotations

import re

from .queries import fold_names, rewrite
from .rules import check
from .tables import check_type
from .tokens import RefusedError, unsupported


def role(sql: str) -> str:
    """Check and rewrite `create role` and `drop role`.

    Raises:
        RefusedError: the statement has more than a name.
    """
    match = re.fullmatch(r'(?i)(create|drop)\s+role\s+"?(\w+)"?', sql.strip())
    if match is None:
        raise RefusedError(f"{' '.join(sql.split()[:2])} takes a name and nothing else [AWS guide: r_CREATE_ROLE]")
    return f'{match[1]} role "role:{match[2].lower()}"'


def grant(sql: str) -> str:
    """Check and rewrite `grant` and `revoke`.

    PostgreSQL has one namespace for users and roles, Redshift has two. Here a Redshift role has the name `role:NAME`.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
    """
    sql = fold_names(sql)
    what, preposition, grantees = re.split(r"(?i)\b(to|from)\b", sql, maxsplit=1)
    if not re.match(r"(?i)(grant|revoke)\s+(all|select|usage|temp|temporary)\s+on\s+", what):
        raise unsupported(f"{' '.join(what.split())} ...")
    names = []
    for grantee in grantees.split(","):
        match = re.fullmatch(r'(?i)\s*(role\s+)?"?(\w+)"?\s*', grantee)
        if match is None:
            raise unsupported(f"grantee {grantee.strip()} [AWS guide: r_GRANT]")
        names.append(f'"role:{match[2].lower()}"' if match[1] else match[2].lower())
    return f"{what}{preposition} {', '.join(names)}"


def masking_policy(sql: str) -> str:
    """Check a statement on masking policies and record it; the policies take no effect here.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
    """
    sql = " ".join(sql.split())
    if match := re.fullmatch(
        r"(?i)create masking policy (\w+) with \((\w+) ([^)]+(?:\([\d, ]+\))?)\) using \((.*)\)", sql
    ):
        policy, column, type_, expression = match.groups()
        policy, column = policy.lower(), column.lower()
        check_type(type_)
        query = f"select {expression} as masked from (select cast(null as {type_}) as {column}) as input"
        check(query)
        rewritten = rewrite(query)
        arguments = [policy, column, type_.lower().replace(" ", ""), expression, rewritten]
        return f"select rs.create_masking_policy({_literals(arguments)})"
    if match := re.fullmatch(
        r"(?i)attach masking policy (\w+) on (\S+) ?\((\w+)\)(?: using \(\w+\))?"
        r" to (role )?(\w+)(?: priority (\d+))?",
        sql,
    ):
        policy, relation, column, kind, grantee, priority = match.groups()
        grantee = grantee.lower()
        grantee_type = "role" if kind else "public" if grantee == "public" else "user"
        arguments = [policy.lower(), relation, column.lower(), grantee_type, grantee]
        return f"select rs.attach_masking_policy({_literals(arguments)}, {priority or 0})"
    if match := re.fullmatch(r"(?i)detach masking policy (\w+) on (\S+) ?\((\w+)\) from (role )?(\w+)", sql):
        policy, relation, column, _, grantee = match.groups()
        return (
            f"select rs.detach_masking_policy({_literals([policy.lower(), relation, column.lower(), grantee.lower()])})"
        )
    if match := re.fullmatch(r"(?i)drop masking policy (\w+)", sql):
        return f"select rs.drop_masking_policy({_literals([match[1].lower()])})"
    raise unsupported(f"{sql[:80]} ... [AWS guide: r_CREATE_MASKING_POLICY]")


def _literals(values: list[str]) -> str:
    return ", ".join("'" + value.replace("\\", "\\\\").replace("'", "''") + "'" for value in values)
