"""What dbt gives to a template, for sqlfluff: the project's own macros are real, dbt and the database are stood in for.

sqlfluff loads the macros itself (`load_macros_from_path`) and lets templates use every name in this module;
`adapter.dispatch` picks the variant of the dialect that is being linted. Where a macro asks the database, the answer is
two made-up rows, so that loops and the commas between their turns are linted too. A name that is missing here is an
error: add it.

sqlfluff executes this module anew for every file, so what is costly is read when it is asked for.
"""

import datetime as _datetime
import gc as _gc
import hashlib as _hashlib
import re as _re
import sys as _sys
from pathlib import Path as _Path
from types import ModuleType as _ModuleType
from types import SimpleNamespace as _Namespace

import pytz as _pytz
import yaml as _yaml
from jinja2 import StrictUndefined as _StrictUndefined
from jinja2 import TemplateRuntimeError as _TemplateError
from jinja2 import pass_context as _pass_context
from jinja2.nodes import Macro as _Macro
from sqlfluff.core import FluffConfig as _FluffConfig

_PROJECT = _Path(__file__).resolve().parents[3]
# sqlfluff makes millions of small objects, few of which form cycles: to look for them often takes a third of a lint.
_gc.set_threshold(200_000, 50, 100)


def _read_yaml(path):
    return _yaml.load(path.read_text(encoding="utf-8"), getattr(_yaml, "CSafeLoader", _yaml.SafeLoader))


def _sqlfluff_call():
    """Return the config and the Jinja environment that sqlfluff holds while it loads this module.

    A library gets no arguments, so the caller's variables are the only way to learn the dialect. Should another version
    of sqlfluff name them otherwise, this fails, and with it the lint.
    """
    frame = _sys._getframe()
    while frame := frame.f_back:
        config, env = frame.f_locals.get("config"), frame.f_locals.get("env")
        if isinstance(config, _FluffConfig) and env is not None:
            return config, env
    raise RuntimeError("sqlfluff's config is not among its callers' variables: see _sqlfluff_call")


_config, _env = _sqlfluff_call()
_engine = _config.get("dialect")
_context = _config.get_section(("templater", "jinja", "context")) or {}

# By default an undefined name in a macro, or an unknown attribute, is rendered as nothing: here it is an error. Then
# sqlfluff no longer keeps the compiled macros for the next file, and templating takes ten times as long: so keep them.
_code = _sys.modules.setdefault("sqlfluff_library_code", _ModuleType("sqlfluff_library_code"))
_code.by_text = getattr(_code, "by_text", {})
_compile = _env.compile
_env.undefined = _StrictUndefined
_env.compile = lambda text: (
    _code.by_text.get(text) or _code.by_text.setdefault(text, _compile(_with_shorter_lists(text)))
)
# A hundred macro files copy all names, twice for each query. A plain dictionary is copied faster than a chain of two.
_env.make_globals = lambda names: {**_env.globals, **(names or {})}

# The statements of the audit repeat the same query for each of 17 entities, 6 facts and 90 totals. These stand for all:
# entities with and without a history, an amount and personal data, of both domains, and facts with all kinds of prices.
_ENTITIES = ("customers", "transactions", "products", "sales")
_FACTS = ("fact_transaction", "fact_sales")
# By macro: what it returns, and what it returns here.
_SHORTENED = {
    "audited_entities": ("entities", f"entities | selectattr('name', 'in', {_ENTITIES!r}) | list"),
    "restated_facts": ("facts", f"facts | selectattr('table', 'in', {_FACTS!r}) | list"),
    "gold_reconciliations": ("found", "found[::10]"),
}


def _with_shorter_lists(text):
    """Let the macros of _SHORTENED return less."""
    for macro, (returned, shorter) in _SHORTENED.items():
        before, start, after = text.partition(f"{{% macro {macro}()")
        if start:
            last = f"{{{{ return({returned}) }}}}"
            if last not in after:
                raise RuntimeError(f"The macro {macro} no longer has {last}: see _SHORTENED")
            text = before + start + after.replace(last, f"{{{{ return({shorter}) }}}}", 1)
    return text


# The database -------------------------------------------------------------------------------------------------------


class _Relation:
    """A table: prints as its name and has the attributes of a relation."""

    type = "table"
    is_table = True
    is_view = False

    def __init__(self, identifier, schema="silver"):
        self.database, self.schema, self.identifier = "tieout", schema, identifier
        self.name = self.table = identifier

    def __str__(self):
        return f"{self.schema}.{self.identifier}"


class _Column:
    """A column of a relation."""

    data_type = dtype = "varchar(256)"

    def __init__(self, name):
        self.name = self.column = name
        self.quoted = f'"{name}"'


def _rows(values):
    column = _Namespace(name="answer", values=lambda: values)
    return _Namespace(columns=[column], rows=[[value] * 3 for value in values], column_names=["answer"])


def run_query(sql):
    """Answer every question with two rows of three equal times; they do as dates, and `int` makes 0 of them."""
    return _rows([_datetime.datetime(2025, 1, 1), _datetime.datetime(2025, 1, 2)])


def _of_two_parts(join):
    """Return a macro that joins the first two of its parts."""
    return lambda parts: join(parts[:2])


class _Adapter:
    def type(self):
        return _engine

    @_pass_context
    def dispatch(self, context, macro_name, macro_namespace=None):
        for prefix in {"redshift": ["redshift", "postgres", "default"]}.get(_engine, [_engine, "default"]):
            if f"{prefix}__{macro_name}" in context:
                if macro_name == "joined_fingerprints":
                    # The statements of the audit have hundreds of fingerprints. Two columns of each are enough here.
                    return _of_two_parts(context[f"{prefix}__{macro_name}"])
                return context[f"{prefix}__{macro_name}"]
        raise _TemplateError(f"macro {macro_name!r} has no variant for {_engine}")

    def get_columns_in_relation(self, relation):
        return [_Column("first_column"), _Column("second_column")]

    def get_relation(self, database=None, schema=None, identifier=None):
        return _Relation(identifier, schema)

    def quote(self, identifier):
        return f'"{identifier}"'


adapter = _Adapter()
this = _Relation("this_model")
# The node that is rendered, as generic tests and `fingerprinted` ask for it.
model = _Namespace(
    unique_id="test.tieout.this_model_rules",
    attached_node="model.tieout.this_model",
    columns={"first_column": None, "second_column": None},
)
execute = True


def ref(*names, version=None, v=None):
    return _Relation(names[-1])


def source(source_name, table_name):
    return _Relation(f"{source_name}__{table_name}", "bronze")


def is_incremental():
    """True where sqlfluff is run with `--config tests/lint/later_run.cfg`."""
    return _context.get("incremental", False)


# The project and the run --------------------------------------------------------------------------------------------

project_name = "tieout"
run_started_at = _datetime.datetime(2025, 1, 3, tzinfo=_datetime.UTC)
invocation_id = "00000000-0000-0000-0000-000000000000"
target = _Namespace(name="lint", type=_engine, database="tieout", schema="lint", threads=1, profile_name="tieout")
modules = _Namespace(datetime=_datetime, pytz=_pytz, re=_re)


def var(name, default=None):
    if not hasattr(_code, "vars"):
        _code.vars = _read_yaml(_PROJECT / "dbt_project.yml")["vars"][project_name]
    value = _code.vars.get(name, default)
    if value is None:
        raise _TemplateError(f"the var {name!r} is not in dbt_project.yml and has no default")
    return value


class _Flags:
    """The flags of the command: no full refresh."""

    FULL_REFRESH = False


flags = _Flags()


def env_var(name, default=None):
    return name.lower() if default is None else default


def local_md5(value):
    return _hashlib.md5(value.encode()).hexdigest()


def log(message, info=False):
    return ""


class _Config:
    """What the model configures can be read back, as in dbt."""

    def __init__(self):
        self._configured = {}

    def __call__(self, *settings, **more_settings):
        for mapping in [*settings, more_settings]:
            self._configured.update(mapping)
        return ""

    def get(self, name, default=None):
        return self._configured.get(name, default)

    def require(self, name):
        if name not in self._configured:
            raise _TemplateError(f"the model does not configure {name!r}")
        return self._configured[name]


config = _Config()


def _raise_compiler_error(message, node=None):
    raise _TemplateError(message)


exceptions = _Namespace(raise_compiler_error=_raise_compiler_error, warn=lambda message, node=None: "")


class _Models:
    """The graph's nodes: every model exists and has two rules in its meta."""

    def get(self, unique_id, default=None):
        meta = {"rules": {"first_rule": "false", "second_rule": "false"}}
        return _Namespace(
            unique_id=unique_id,
            name=unique_id.split(".")[-1],
            database="tieout",
            schema="silver",
            alias=unique_id.split(".")[-1],
            resource_type="model",
            fqn=["tieout"],
            columns={"first_id": None, "second_column": None},
            config=_Namespace(meta=meta, unique_key=None, materialized="table", get={"meta": meta}.get),
        )

    def __getitem__(self, unique_id):
        return self.get(unique_id)

    def values(self):
        return [self.get("model.tieout.fact_first"), self.get("model.tieout.fact_second")]


def _some_columns(table):
    """Return the columns of an entity: all for _ENTITIES, otherwise those that macros ask for by name or by meta."""
    if table["name"] in _ENTITIES:
        return table["columns"]
    named = str(table.get("config", {}).get("meta"))
    asked_for = {"added_by", "codes", "money", "pii", "replaces", "reserved"}
    return [
        column
        for column in table["columns"]
        if column["name"] in named or asked_for & column.get("config", {}).get("meta", {}).keys()
    ]


def _contract_sources():
    """Return the bronze contract as dbt's graph has it, by unique id, with few columns."""
    nodes = {}
    for path in sorted((_PROJECT / "models/bronze").glob("*.yml")):
        for entry in _read_yaml(path).get("sources", []):
            source_meta = entry.get("config", {}).get("meta", {})
            for table in entry["tables"]:
                columns = {
                    column["name"]: _Namespace(
                        name=column["name"],
                        description=column.get("description", ""),
                        meta=column.get("config", {}).get("meta", {}),
                    )
                    for column in _some_columns(table)
                }
                nodes[f"source.{project_name}.{entry['name']}.{table['name']}"] = _Namespace(
                    name=table["name"],
                    source_name=entry["name"],
                    schema="bronze",
                    identifier=table.get("identifier", table["name"]),
                    package_name=project_name,
                    columns=columns,
                    source_meta=source_meta,
                    meta=table.get("config", {}).get("meta", {}),
                )
    return nodes


class _Graph:
    nodes = _Models()

    @property
    def sources(self):
        """The bronze contract, which is read once for all files."""
        if not hasattr(_code, "sources"):
            _code.sources = _contract_sources()
        return _code.sources


graph = _Graph()


# Packages -----------------------------------------------------------------------------------------------------------


class _Package:
    """A package whose macros sqlfluff has loaded beside the project's."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, macro_name):
        if macro_name.startswith("_") or macro_name in ("unsafe_callable", "alters_data"):
            raise AttributeError(macro_name)

        @_pass_context
        def call(context, *args, **kwargs):
            if macro_name not in context:
                raise _TemplateError(f"{self._name}.{macro_name} is not in offline_packages/")
            return context[macro_name](*args, **kwargs)

        return call


dbt_utils = _Package("dbt_utils")


def _dateadd(datepart, interval, from_date_or_timestamp):
    if _engine == "redshift":
        return f"dateadd({datepart}, {interval}, {from_date_or_timestamp})"
    return f"({from_date_or_timestamp} + cast({interval} as bigint) * interval 1 {datepart})"


def _datediff(first_date, second_date, datepart):
    if _engine == "redshift":
        return f"datediff({datepart}, {first_date}, {second_date})"
    return f"date_diff('{datepart}', {first_date}::timestamp, {second_date}::timestamp)"


# dbt's cross-database macros, as dbt-duckdb and dbt-redshift write them.
dbt = _Namespace(
    concat=" || ".join,
    date_trunc=lambda datepart, date: f"date_trunc('{datepart}', {date})",
    dateadd=_dateadd,
    datediff=_datediff,
    hash=lambda field: f"md5(cast({field} as varchar))",
    type_bigint=lambda: "bigint",
    type_boolean=lambda: "boolean",
    type_int=lambda: "integer",
    type_string=lambda: "varchar",
    type_timestamp=lambda: "timestamp",
)


_RULES = {
    "unique": ["one", ["one", "other"], {"columns": ["one", "other"], "where": "is_current"}],
    "not_null": ["one", "other"],
    "columns": {"one": "> 0", "other": ["between 0 and 1", "<> 0.5"]},
    "rows": {"one_is_not_the_other": "one <> other"},
    "refers_to": {
        "one": _Relation("a_table"),
        "other": {"to": _Relation("another_table"), "field": "name", "where": "is_current", "only_new": True},
    },
    "contract": "banking.customers",
    "same_rows_as": _Relation("a_table"),
}
_TEST_ARGUMENTS = {
    "full_grid": [{"columns": ["one", "other"], "max_value": 3}],
    "rules": [
        _RULES,
        _RULES | {"since": {"of": _Relation("a_table"), "day": "one", "column": "_built_at"}},
        dict.fromkeys(_RULES, ()) | {"columns": {}, "rows": {}, "refers_to": {}, "unique": ["one"]},
    ],
}


@_pass_context
def generic_tests(context):
    """Render every generic test of the project with the names of its arguments as their values.

    Some arguments are not texts. `rules` is rendered for a table, for a view, and with few arguments.
    """
    for path in sorted((_PROJECT / "tests/generic").rglob("*.sql")):
        for test in _env.parse(path.read_text(encoding="utf-8")).find_all(_Macro):
            for values in _TEST_ARGUMENTS.get(test.name.removeprefix("test_"), [{}]):
                arguments = {argument.name: argument.name for argument in test.args} | values
                yield context[test.name](**arguments)
