"""Checks every statement that reaches the stand-in and rewrites it for PostgreSQL, by kind of statement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from .access import grant, masking_policy, role
from .queries import fold_names, rewrite
from .rules import check
from .tables import add_column, alter_type, create_table, create_view, wide_columns
from .tokens import RefusedError, tokens, unsupported
from .unload import Unload, check_unloaded, parse_unload

# Parameters that mean the same on both, and Redshift parameters that change no result.
_SHARED_PARAMETERS = frozenset(["timezone", "statement_timeout", "datestyle", "client_encoding", "application_name"])
_HARMLESS_PARAMETERS = frozenset(["query_group"])
# The inserts with which dbt loads seeds: a table, its columns and bind parameters. They can be long, so they are
# recognized by a pattern and not parsed.
_ROWS_OF_PARAMETERS = re.compile(r"(?i)insert into [\w.\"]+\s*\([\w,\s\"]+\)\s*values\s*(\([$\d,\s]+\),?\s*)+")
# dbt repeats many statements: begin and commit, catalog queries, and from run to run the queries of tests and models.
_CACHED_STATEMENTS = 4_096
# What Redshift refuses between begin and end, with the page of the guide.
_OUTSIDE_TRANSACTIONS = (
    (re.compile(r"(?is)alter\s+table\s+\S+\s+alter\s+(column\s+)?\S+\s+type\b"), "r_ALTER_TABLE"),
    (re.compile(r"(?is)alter\s+table\s+\S+\s+append\b"), "r_ALTER_TABLE_APPEND"),
    (re.compile(r"(?is)create\s+external\s+table\b"), "r_CREATE_EXTERNAL_TABLE"),
    (re.compile(r"(?is)(create|alter|drop)\s+database\b"), "r_CREATE_DATABASE"),
    (re.compile(r"(?is)vacuum\b"), "r_VACUUM_command"),
)
_COMMENT = re.compile(r"(?s)^(\s+|/\*.*?\*/|--[^\n]*(\n|$))+")


class Statements:
    """Translates the statements of all connections, which share the external schemas.

    Attributes:
        external_schemas: names of the schemas created by `create external schema`.
    """

    def __init__(self) -> None:
        """Start without external schemas."""
        self.external_schemas: frozenset[str] = frozenset()
        self._expects_days = False
        # Names of columns with decimals of more than 19 digits, of any table.
        self._wide: frozenset[str] = frozenset()
        self._translated = lru_cache(_CACHED_STATEMENTS)(self._translate)
        self._kinds: list[tuple[re.Pattern[str], Callable[[str], str]]] = [
            (re.compile(pattern, re.I | re.S), handler)
            for pattern, handler in (
                (r"$", _unchanged),
                (r"((begin|commit|rollback|end|abort)(\s+(work|transaction))?|start\s+transaction)\s*$", _unchanged),
                (r"comment\s+on\s+(table|view|column)\b", _unchanged),
                (r"(select|with|insert|update|delete|\()", self._query),
                (r"unload\b", self._unload),
                (r"create\s+(temp|temporary|local temporary)?\s*table\b", self._create_table),
                (r"create\s+(or replace\s+)?view\b", self._create_view),
                (r"create external schema\b", self._create_external_schema),
                (r"(create|attach|detach|drop)\s+masking policy\b", masking_policy),
                (r"(create|drop) schema\b", self._schema),
                (r"drop\s+(table|view)\b", _unchanged),
                (r"(create|drop) role\b", role),
                (r"(grant|revoke)\b", self._grant),
                (r"alter table \S+ (rename (column \S+ )?to|drop column) \S+(\s+(cascade|restrict))?\s*$", _unchanged),
                (r"alter table \S+ add column\b", add_column),
                (r"alter table \S+ alter column \S+ type\b", alter_type),
                (r"(set|reset)\b", _set),
                (r"truncate\b", _truncate),
                (r"lock\s+(table\s+)?[\w.\"]+(\s*,\s*[\w.\"]+)*\s*$", _unchanged),
            )
        ]

    def expect_days(self, expects: bool) -> None:
        """Refuse queries that read all days of an external table, or allow them, as at first."""
        self._expects_days = expects
        self._translated.cache_clear()

    def translate(self, sql: str, *, is_in_transaction: bool = False) -> str:
        """Check a statement and rewrite it for PostgreSQL.

        Args:
            sql: the statement.
            is_in_transaction: whether the session has begun a transaction.

        Raises:
            RefusedError: Redshift would refuse the statement, or the stand-in does not support it.
        """
        head = _COMMENT.sub("", sql).rstrip().rstrip(";").rstrip()
        for pattern, page in _OUTSIDE_TRANSACTIONS if is_in_transaction else ():
            if pattern.match(head):
                raise RefusedError(f"{' '.join(head.split())[:80]} cannot run in a transaction [AWS guide: {page}]")
        return self._translated(head)

    def _translate(self, head: str) -> str:
        if ";" in head and any(token.kind == "SEMICOLON" for token in tokens(head)[:-1]):
            raise RefusedError("several statements in one request: send one statement at a time")
        for pattern, handler in self._kinds:
            if pattern.match(head):
                return handler(head)
        raise unsupported(f"{' '.join(head.split()[:3])} ...")

    def _query(self, sql: str) -> str:
        if _ROWS_OF_PARAMETERS.fullmatch(sql):
            head, values = re.split(r"(?i)\bvalues\b", sql, maxsplit=1)
            return f"{fold_names(head)} values {values}"
        query = check(sql, self.external_schemas, expects_days=self._expects_days)
        return rewrite(sql, self._wide, query.tokens)

    def unload(self, sql: str) -> Unload | None:
        """Return a statement that has been translated if it is an unload, with its query for PostgreSQL."""
        head = _COMMENT.sub("", sql).rstrip().rstrip(";").rstrip()
        if not re.match(r"(?i)unload\b", head):
            return None
        unload = parse_unload(head)
        return replace(unload, query=rewrite(unload.query, self._wide))

    def _unload(self, sql: str) -> str:
        """Check an unload; for PostgreSQL it is its query without the rows."""
        unload = parse_unload(sql)
        query = check(unload.query, self.external_schemas, expects_days=self._expects_days)
        check_unloaded(unload, query)
        return f"select from ({rewrite(unload.query, self._wide, query.tokens)}) as unloaded where false"

    def _create_table(self, sql: str) -> str:
        sql = fold_names(sql)
        created = create_table(sql, self.external_schemas, self._wide, expects_days=self._expects_days)
        self._remember_wide(sql)
        return created

    def _create_view(self, sql: str) -> str:
        sql = fold_names(sql)
        created = create_view(sql, self.external_schemas, self._wide)
        self._remember_wide(sql)
        return created

    def _remember_wide(self, sql: str) -> None:
        wide = wide_columns(sql, self._wide)
        if wide != self._wide:
            self._wide = wide
            self._translated.cache_clear()  # Translations depend on the wide columns.

    def _create_external_schema(self, sql: str) -> str:
        match = re.fullmatch(
            r"""(?isx) create\s+external\s+schema \s+ (?P<exists>if\s+not\s+exists\s+)? "?(?P<name>\w+)"?
            \s+ from\s+data\s+catalog \s+ database\s+'(?P<database>[^']+)' (\s+region\s+'[^']+')?
            \s+ iam_role\s+('(?P<role>[^']+)'|default) (\s+create\s+external\s+database\s+if\s+not\s+exists)?""",
            sql.strip(),
        )
        if match is None:
            raise unsupported("this form of create external schema")
        if match["role"] and not match["role"].startswith("arn:"):
            raise RefusedError("iam_role must be default or the ARN of a role [AWS guide: r_CREATE_EXTERNAL_SCHEMA]")
        self.external_schemas |= {match["name"].lower()}
        self._translated.cache_clear()  # Translations depend on the external schemas.
        if_not_exists = "true" if match["exists"] else "false"
        return f"select rs.create_external_schema('{match['name'].lower()}', '{match['database']}', {if_not_exists})"

    def _grant(self, sql: str) -> str:
        named = re.match(r'(?is).*?\bon\s+(?:table\s+)?(?:"?\w+"?\.)?"?(\w+)"?\."?\w+"?', sql)
        if named and named[1].lower() in self.external_schemas:
            raise RefusedError(
                f"privileges cannot be granted on tables of external schema {named[1]} [AWS guide: r_GRANT]"
            )
        return grant(sql)

    def _schema(self, sql: str) -> str:
        # The name of a schema may include its database, which PostgreSQL does not accept.
        sql = re.sub(r'(?i)(schema\s+(?:if\s+(?:not\s+)?exists\s+)?)"?\w+"?\.("?\w+"?)', r"\1\2", fold_names(sql))
        match = re.fullmatch(
            r'(?i)(create|drop)\s+schema\s+(?:if\s+(?:not\s+)?exists\s+)?"?(\w+)"?(?:\s+(?:cascade|restrict))?', sql
        )
        if match is None or (match[1].lower() == "drop" and match[2].lower() in self.external_schemas):
            raise unsupported(sql)
        return sql


def _unchanged(sql: str) -> str:
    return fold_names(sql)


def _truncate(sql: str) -> str:
    del sql
    raise RefusedError("truncate commits the current transaction: use delete [AWS guide: r_TRUNCATE]")


def _set(sql: str) -> str:
    match = re.fullmatch(r"(?is)set\s+(\w+)\s*(?:to\b|=)\s*(\S.*)|reset\s+(\w+)", sql.strip())
    if match is None:
        raise unsupported(sql.strip())
    name, value = (match[1] or match[3]).lower(), match[2] or ""
    if name in _SHARED_PARAMETERS:
        return sql
    if name == "search_path" and value:
        return f"set search_path to {value}, rs, pg_catalog"
    if name not in _HARMLESS_PARAMETERS:
        raise unsupported(f"parameter {name} [AWS guide: cm_chap_ConfigurationRef]")
    text = value.strip("'").replace("'", "''")
    return f"select set_config('rs.{name}', '{text}', false)"
