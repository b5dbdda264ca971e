"""Every statement that reaches the stand-in, by its kind: checked, then written as PostgreSQL must read it."""

from __future__ import annotations

import re
from collections.abc import Callable

from .queries import fold_names, rewrite
from .rules import judge
from .tables import add_column, create_table, create_view, judge_type
from .tokens import RefusedError, tokens

# Parameters of PostgreSQL that mean the same on Redshift, and those that change no result.
_SHARED_PARAMETERS = frozenset(["timezone", "statement_timeout", "datestyle", "client_encoding", "application_name"])
_HARMLESS_PARAMETERS = frozenset(["query_group"])
# What dbt loads seeds with: no more than a table, its columns and parameters.
_ROWS_OF_PARAMETERS = re.compile(r"(?i)insert into [\w.\"]+\s*\([\w,\s\"]+\)\s*values\s*(\([$\d,\s]+\),?\s*)+")
_COMMENT = re.compile(r"(?s)^(\s+|/\*.*?\*/|--[^\n]*(\n|$))+")


class Statements:
    """Translates the statements of all connections, which share the schemas of external tables.

    Attributes:
        external_schemas: names of the schemas made by `create external schema`.
    """

    def __init__(self) -> None:
        """Begin with no external schema."""
        self.external_schemas: frozenset[str] = frozenset()
        self._kinds: list[tuple[re.Pattern[str], Callable[[str], str]]] = [
            (re.compile(pattern, re.I | re.S), handler)
            for pattern, handler in (
                (r"$", _as_it_is),
                (r"((begin|commit|rollback|end|abort)(\s+(work|transaction))?|start\s+transaction)\s*$", _as_it_is),
                (r"comment\s+on\s+(table|view|column)\b", _as_it_is),
                (r"(select|with|insert|update|delete|\()", self._query),
                (r"create\s+(temp|temporary|local temporary)?\s*table\b", self._create_table),
                (r"create\s+(or replace\s+)?view\b", self._create_view),
                (r"create external schema\b", self._create_external_schema),
                (r"(create|attach|detach|drop)\s+masking policy\b", _masking_policy),
                (r"(create|drop) schema\b", self._schema),
                (r"drop\s+(table|view)\b", _as_it_is),
                (r"(create|drop) role\b", _role),
                (r"(grant|revoke)\b", self._grant),
                (r"alter table \S+ (rename to|drop column) \S+(\s+(cascade|restrict))?\s*$", _as_it_is),
                (r"alter table \S+ add column\b", add_column),
                (r"(set|reset)\b", _set),
                (r"truncate\b", _truncate),
                (r"lock\s+(table\s+)?[\w.\"]+(\s*,\s*[\w.\"]+)*\s*$", _as_it_is),
            )
        ]

    def translate(self, sql: str) -> str:
        """Check a statement and write it for PostgreSQL.

        Raises:
            RefusedError: Redshift would refuse it, or the stand-in cannot judge it.
        """
        head = _COMMENT.sub("", sql).rstrip().rstrip(";").rstrip()
        if ";" in head and any(token.kind == "SEMICOLON" for token in tokens(head)[:-1]):
            raise RefusedError("several statements at once: the driver sends them one by one")
        for pattern, handler in self._kinds:
            if pattern.match(head):
                return handler(head)
        raise RefusedError(f"cannot judge: {' '.join(head.split()[:3])} ...")

    def _query(self, sql: str) -> str:
        if _ROWS_OF_PARAMETERS.fullmatch(sql):
            head, values = re.split(r"(?i)\bvalues\b", sql, maxsplit=1)
            return f"{fold_names(head)} values {values}"
        judge(sql, self.external_schemas)
        return rewrite(sql)

    def _create_table(self, sql: str) -> str:
        return create_table(fold_names(sql), self.external_schemas)

    def _create_view(self, sql: str) -> str:
        return create_view(fold_names(sql), self.external_schemas)

    def _create_external_schema(self, sql: str) -> str:
        match = re.fullmatch(
            r"""(?isx) create\s+external\s+schema \s+ (?P<exists>if\s+not\s+exists\s+)? "?(?P<name>\w+)"?
            \s+ from\s+data\s+catalog \s+ database\s+'(?P<database>[^']+)' (\s+region\s+'[^']+')?
            \s+ iam_role\s+('(?P<role>[^']+)'|default) (\s+create\s+external\s+database\s+if\s+not\s+exists)?""",
            sql.strip(),
        )
        if match is None:
            raise RefusedError("cannot judge: this form of create external schema")
        if match["role"] and not match["role"].startswith("arn:"):
            raise RefusedError("iam_role is default or the ARN of a role [AWS guide: r_CREATE_EXTERNAL_SCHEMA]")
        self.external_schemas |= {match["name"].lower()}
        if_not_exists = "true" if match["exists"] else "false"
        return f"select rs.create_external_schema('{match['name'].lower()}', '{match['database']}', {if_not_exists})"

    def _grant(self, sql: str) -> str:
        named = re.match(r'(?is).*?\bon\s+(?:table\s+)?(?:"?\w+"?\.)?"?(\w+)"?\."?\w+"?', sql)
        if named and named[1].lower() in self.external_schemas:
            raise RefusedError(f"nothing is granted on tables of external schema {named[1]} [AWS guide: r_GRANT]")
        return _grant(sql)

    def _schema(self, sql: str) -> str:
        # A schema may be named with its database.
        sql = re.sub(r'(?i)(schema\s+(?:if\s+(?:not\s+)?exists\s+)?)"?\w+"?\.("?\w+"?)', r"\1\2", fold_names(sql))
        match = re.fullmatch(
            r'(?i)(create|drop)\s+schema\s+(?:if\s+(?:not\s+)?exists\s+)?"?(\w+)"?(?:\s+(?:cascade|restrict))?', sql
        )
        if match is None or (match[1].lower() == "drop" and match[2].lower() in self.external_schemas):
            raise RefusedError(f"cannot judge: {sql}")
        return sql


def _as_it_is(sql: str) -> str:
    return fold_names(sql)


def _truncate(sql: str) -> str:
    raise RefusedError("truncate commits the transaction that it stands in: use delete [AWS guide: r_TRUNCATE]")


def _role(sql: str) -> str:
    match = re.fullmatch(r'(?i)(create|drop)\s+role\s+"?(\w+)"?', sql.strip())
    if match is None:
        raise RefusedError(f"{' '.join(sql.split()[:2])} takes a name and nothing else [AWS guide: r_CREATE_ROLE]")
    return f'{match[1]} role "role:{match[2].lower()}"'


def _grant(sql: str) -> str:
    """Each grantee is said to be a role or a user, which PostgreSQL does not tell apart: roles get a name of theirs."""
    sql = fold_names(sql)
    what, preposition, grantees = re.split(r"(?i)\b(to|from)\b", sql, maxsplit=1)
    if not re.match(r"(?i)(grant|revoke)\s+(all|select|usage|temp|temporary)\s+on\s+", what):
        raise RefusedError(f"cannot judge: {' '.join(what.split())} ...")
    names = []
    for grantee in grantees.split(","):
        match = re.fullmatch(r'(?i)\s*(role\s+)?"?(\w+)"?\s*', grantee)
        if match is None:
            raise RefusedError(f"cannot judge: grantee {grantee.strip()} [AWS guide: r_GRANT]")
        names.append(f'"role:{match[2].lower()}"' if match[1] else match[2].lower())
    return f"{what}{preposition} {', '.join(names)}"


def _set(sql: str) -> str:
    match = re.fullmatch(r"(?is)set\s+(\w+)\s*(?:to\b|=)\s*(\S.*)|reset\s+(\w+)", sql.strip())
    if match is None:
        raise RefusedError(f"cannot judge: {sql.strip()}")
    name, value = (match[1] or match[3]).lower(), match[2] or ""
    if name in _SHARED_PARAMETERS:
        return sql
    if name == "search_path" and value:
        return f"set search_path to {value}, rs, pg_catalog"
    if name not in _HARMLESS_PARAMETERS:
        raise RefusedError(f"cannot judge: what {name} changes [AWS guide: cm_chap_ConfigurationRef]")
    text = value.strip("'").replace("'", "''")
    return f"select set_config('rs.{name}', '{text}', false)"


def _masking_policy(sql: str) -> str:
    """Policies are kept and checked, not carried out: tests look at what is attached."""
    sql = " ".join(sql.split())
    if match := re.fullmatch(
        r"(?i)create masking policy (\w+) with \((\w+) ([^)]+(?:\([\d, ]+\))?)\) using \((.*)\)", sql
    ):
        policy, column, type_, expression = match.groups()
        policy, column = policy.lower(), column.lower()
        judge_type(type_)
        query = f"select {expression} as masked from (select cast(null as {type_}) as {column}) as input"
        judge(query)
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
    raise RefusedError(f"cannot judge: {sql[:80]} ... [AWS guide: r_CREATE_MASKING_POLICY]")


def _literals(values: list[str]) -> str:
    return ", ".join("'" + value.replace("\\", "\\\\").replace("'", "''") + "'" for value in values)
