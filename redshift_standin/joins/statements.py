"""Reads the joins of the statements of a build, in the order in which they ran."""

from __future__ import annotations

import re
from dataclasses import replace

import sqlglot
from sqlglot import exp

from ..rules.query import is_system, scopes
from .placement import Join, Rows, Style, table_rows
from .reading import Reading

_NAME = r'(?:"?\w+"?\s*\.\s*)*"?(?P<name>\w+)"?'
_CREATE = re.compile(rf"(?is)create\s+(?:temp\w*\s+)?table\s+(?:if\s+not\s+exists\s+)?{_NAME}\s*(?P<rest>.*)")
_TEMPORARY = re.compile(r"(?i)create\s+temp")
_VIEW = re.compile(rf"(?is)create\s+(?:or\s+replace\s+)?view\s+{_NAME}\s+as\b(?P<query>.*)")
_NO_BINDING = re.compile(r"(?is)\bwith\s+no\s+schema\s+binding\s*$")
_RENAME = re.compile(rf'(?is)alter\s+table\s+{_NAME}\s+rename\s+to\s+"?(?P<new>\w+)"?')
_BODY = re.compile(r"(?is)\bas\s*(?P<query>(\(|select\b|with\b).*)$")
_STYLE = re.compile(r"(?i)\bdiststyle\s+(\w+)")
_KEY = re.compile(r'(?i)\bdistkey\s*\(\s*"?(\w+)')
_SORT_KEY = re.compile(r"(?i)\bsortkey\s*\(")
_INSERT = re.compile(rf"(?is)insert\s+into\s+{_NAME}")
_READING = re.compile(r"(?is)(select|with|\()|(insert|delete|update)\b.*\b(select|using|from)\b")
_COMMENT = re.compile(r"(?s)/\*.*?\*/|--[^\n]*")
# With this, dbt asks for the columns of a query.
_NO_ROWS = re.compile(r"(?i)\bwhere\s+false\s+limit\s+0\s*$")


class JoinReader:
    """Reads statements, and knows the distribution of the tables that they made."""

    def __init__(self) -> None:
        """Start without tables."""
        self._tables: dict[str, Rows] = {}
        self._temporary: set[str] = set()

    def read(self, statement: str) -> list[Join]:
        """Return the joins of a statement between sides that come from stored tables.

        Args:
            statement: the statement as it was sent. The stand-in has accepted it.
        """
        sql = _COMMENT.sub("", statement).strip().rstrip(";")
        if _NO_ROWS.search(sql) or self.learn(sql):
            return []
        found: list[Join] = []
        if created := _CREATE.match(sql):
            body = _BODY.search(created["rest"])
            rows = self._query(body["query"], found) if body else Rows(Style.SPREAD)
            if _TEMPORARY.match(sql):
                self._temporary.add(created["name"].lower())
                self._fill(created["name"].lower(), rows)
        elif _READING.match(sql):
            rows = self._query(sql, found)
            if (target := _INSERT.match(sql)) and target["name"].lower() in self._temporary:
                self._fill(target["name"].lower(), rows)
        return found

    def learn(self, statement: str) -> bool:
        """Remember the table or view that a statement makes or renames, without the joins of its query.

        Returns:
            Whether the statement has no joins: it renames a table, or makes a view, whose joins run where it is read.
        """
        sql = _COMMENT.sub("", statement).strip().rstrip(";")
        if renamed := _RENAME.match(sql):
            old, new = renamed["name"].lower(), renamed["new"].lower()
            if old in self._tables:
                self._tables[new] = replace(self._tables.pop(old), tables=(new,))
            return True
        if view := _VIEW.match(sql):
            self._tables[view["name"].lower()] = self._query(_NO_BINDING.sub("", view["query"]), [])
            return True
        if created := _CREATE.match(sql):
            body = _BODY.search(created["rest"])
            self._create(created["name"].lower(), created["rest"][: body.start() if body else None])
        return False

    def _create(self, name: str, attributes: str) -> None:
        key, style = _KEY.search(attributes), _STYLE.search(attributes)
        named = Style.KEY if key else Style(style[1].lower()) if style else Style.AUTO
        is_sorted = bool(_SORT_KEY.search(attributes))
        self._tables[name] = table_rows(name, named, key[1].lower() if key else "", is_sorted=is_sorted)

    def _fill(self, name: str, rows: Rows) -> None:
        """A temporary table has the rows of its query, or of the insert that follows."""
        self._tables[name] = replace(self._tables[name], size=rows.size, is_part=rows.is_part)

    def _query(self, sql: str, found: list[Join]) -> Rows:
        """Return the rows of a query, and add its joins to a list."""
        tree = sqlglot.parse_one(sql, read="redshift")
        if any(is_system(table) for table in tree.find_all(exp.Table)):
            return Rows(Style.SPREAD)
        reading = Reading(self._tables, found)
        rows = Rows(Style.SPREAD)
        for scope in scopes(tree):
            rows = reading.scope(scope)
        if isinstance(tree, exp.Delete | exp.Update):
            reading.changed(tree)
        return rows
