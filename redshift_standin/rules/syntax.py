"""Rules about syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from ..tokens import UNSUPPORTED
from ..vocabulary import SUPPORTED_SYNTAX, SYSTEM_COLUMNS
from .query import Query, excerpt, rule

_UNKNOWN_SYNTAX: dict[type[exp.Expr], str] = {
    exp.Filter: "an aggregate with filter (where ...): use sum(case when ... then 1 else 0 end)",
    exp.Lateral: "lateral",
    exp.NullSafeEQ: "is not distinct from",
    exp.NullSafeNEQ: "is distinct from",
    exp.Returning: "returning",
    exp.OnConflict: "on conflict",
    exp.TableSample: "tablesample",
    exp.Array: "array[...]",
    exp.Bracket: "subscripts",
    exp.JSONExtractScalar: "the operator ->>",
}


@rule("c_SQL_commands")
def supported_syntax(query: Query) -> Iterator[str]:
    """Only syntax that is listed in syntax.txt is passed on: it means the same on Redshift and PostgreSQL."""
    for node in query.tree.walk(prune=lambda node: type(node).__name__ not in SUPPORTED_SYNTAX):
        supported = SUPPORTED_SYNTAX.get(type(node).__name__)
        if supported is None:
            if type(node) not in _UNKNOWN_SYNTAX:
                yield f"{UNSUPPORTED}: {type(node).__name__.lower()} {excerpt(node)}".rstrip()
            continue
        for part, value in node.args.items():
            if part not in supported and value and type(value) not in _UNKNOWN_SYNTAX:
                yield f"{UNSUPPORTED}: {part.strip('_')} in {excerpt(node)}"


@rule("c_unsupported-postgresql-features")
def unknown_syntax(query: Query) -> Iterator[str]:
    """Syntax that PostgreSQL has and Redshift does not."""
    unknown = query.find_all(*_UNKNOWN_SYNTAX)
    for type_, what in _UNKNOWN_SYNTAX.items():
        if any(isinstance(node, type_) for node in unknown):
            yield f"Redshift does not support {what}"
    if any(distinct.args.get("on") for distinct in query.find_all(exp.Distinct)):
        yield "Redshift does not support distinct on"
    if any(not isinstance(values.parent, exp.Insert) for values in query.find_all(exp.Values)):
        yield "Redshift does not support values as a table"
    if any(len(concat.expressions) > 2 for concat in query.find_all(exp.Concat)):
        yield "concat takes two arguments on Redshift: use ||"
    for with_ in query.find_all(exp.With):
        if with_.args.get("recursive"):
            yield f"{UNSUPPORTED}: with recursive"
    for row in query.find_all(exp.Tuple):
        compared_with_subquery = isinstance(row.parent, exp.In) and row.parent.args.get("query")
        if not compared_with_subquery and not isinstance(row.parent, exp.Values):
            yield f"Redshift does not support rows as values: {excerpt(row)}"
    for identifier in query.find_all(exp.Identifier):
        if identifier.name.lower() in SYSTEM_COLUMNS and isinstance(identifier.parent, exp.Column | exp.Alias):
            yield f"Redshift has no system column {identifier.name.lower()}, and a column cannot have that name"


@rule("c_SQL_commands")
def clauses(query: Query) -> Iterator[str]:
    """Forms of clauses that PostgreSQL accepts beyond the syntax in the guide."""
    tree = query.tree
    if any(not select.expressions for select in query.find_all(exp.Select)):
        yield "a select list is empty"
    if any(not isinstance(part.expression, exp.Literal) for part in query.find_all(exp.Limit, exp.Offset)):
        yield "limit and offset take numbers"
    if any(not part.args.get("distinct") for part in query.find_all(exp.Except, exp.Intersect)):
        yield "Redshift supports neither except all nor intersect all"
    if isinstance(tree, exp.Delete) and tree.this.alias:
        yield f"{UNSUPPORTED}: an alias for the target table of delete"
    for substring in query.find_all(exp.Substring):
        start = substring.args.get("start")
        if isinstance(start, exp.Literal) and start.is_string:
            yield "substring takes numbers: use regexp_substr"
    for word in sorted(query.words & {"isnull", "notnull", "~~", "!~~"}):
        yield f"{UNSUPPORTED}: {word}: write is null, is not null, like or not like"


@rule("c_SQL_commands")
def literals(query: Query) -> Iterator[str]:
    """Literals other than '...', and escape sequences that newer versions of PostgreSQL have."""
    for token in query.tokens:
        if not token.kind.endswith("STRING"):
            continue
        before = query.sql[token.start - 1] if token.start else " "
        if not token.word.startswith("'") or before.isalnum() or before == "&":
            yield f"{UNSUPPORTED}: literal {query.sql[max(token.start - 1, 0) : token.end][:20].strip()}"
        if re.search(r"(?:^|[^\\])(?:\\\\)*\\[ux0-9]", token.word):
            yield f"{UNSUPPORTED}: the escape sequence in {token.word[:40]}"
