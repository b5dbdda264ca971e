"""Leave out what dbt and its drivers do, and no test looks at: a quarter of a small build, and more on Redshift."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import duckdb
import redshift_connector
import sqlparse
from dbt import compilation
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.duckdb.environments.local import LocalEnvironment
from dbt.adapters.duckdb.impl import DuckDBAdapter
from dbt.adapters.protocol import MacroContextGeneratorCallable
from dbt.adapters.reference_keys import _ReferenceKey
from dbt.compilation import Linker
from dbt.context.base import BaseContext
from dbt.context.macro_resolver import TestMacroNamespace
from dbt.context.manifest import ManifestContext
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import BaseEvent, DebugLevel, DynamicLevel, EventLevel
from dbt_common.events.event_manager import EventManager

from tests.python.optimizer import disable_optimizer
from tests.python.quick_macros import quick_macros
from tests.python.sql_texts import statements, with_inputs


@contextmanager
def shortcuts(*, debug_events: bool, runs_tests: bool, optimizes: bool) -> Iterator[None]:
    """Leave out what no test looks at.

    Args:
        debug_events: whether dbt logs its debug events, so that they are needed.
        runs_tests: whether dbt runs data tests, which a build puts between a model and those that read it.
        optimizes: whether DuckDB optimizes queries.
    """
    with ExitStack() as stack:
        if not runs_tests:
            stack.enter_context(patch.object(Linker, "add_test_edges", lambda *_: None))
        if not debug_events:
            stack.enter_context(_without_debug_events())
        stack.enter_context(_named_connections())
        stack.enter_context(_one_type_tester_for_equal_columns())
        stack.enter_context(_flags_without_source())
        stack.enter_context(_without_graph_summary())
        stack.enter_context(_without_search_for_cycles())
        stack.enter_context(_relations_by_key())
        stack.enter_context(_one_context_for_macros())
        stack.enter_context(_macros_by_name())
        stack.enter_context(_texts_without_length())
        stack.enter_context(_statements_by_semicolon())
        stack.enter_context(_inputs_of_unit_tests_before_the_query())
        stack.enter_context(quick_macros())
        if not optimizes:
            stack.enter_context(_without_optimizer())
        yield


@contextmanager
def _without_debug_events() -> Iterator[None]:
    """Create no debug events. dbt creates several for each statement, even if no log takes them."""
    create = BaseEvent.__init__
    fire = EventManager.fire_event

    def create_if_shown(self: BaseEvent, *arguments: Any, **fields: Any) -> None:
        if not _is_debug(self):
            create(self, *arguments, **fields)

    def fire_if_shown(
        self: EventManager, e: BaseEvent, level: EventLevel | None = None, *arguments: Any, **options: Any
    ) -> None:
        if not _is_debug(e):
            fire(self, e, level, *arguments, **options)

    with patch.object(BaseEvent, "__init__", create_if_shown), patch.object(EventManager, "fire_event", fire_if_shown):
        yield


@contextmanager
def _named_connections() -> Iterator[None]:
    """Name the application of a connection. Without a name, the driver looks for one in the source of its callers."""
    connect = functools.partial(redshift_connector.connect, application_name="dbt")
    with patch.object(redshift_connector, "connect", connect):
        yield


@contextmanager
def _one_type_tester_for_equal_columns() -> Iterator[None]:
    """Make what guesses the types of a result once for each set of text columns, and the empty result once."""
    with (
        patch.object(agate_helper, "build_type_tester", type_tester),
        patch.object(agate_helper, "empty_table", _empty_table),
    ):
        yield


def type_tester(text_columns: Iterable[str] = (), string_null_values: Iterable[str] = ("null", "")) -> Any:
    """Return the object that guesses the types of a result with these text columns."""
    return _type_tester(tuple(sorted(text_columns)), tuple(string_null_values))


_type_tester = functools.cache(agate_helper.build_type_tester)
_empty_table = functools.cache(agate_helper.empty_table)


@contextmanager
def _flags_without_source() -> Iterator[None]:
    """Do not look for the source of a behavior flag. dbt reads the source of all modules on the stack to name it."""
    with patch.object(BehaviorFlagRendered, "_default_source", staticmethod(lambda: "tests")):
        yield


@contextmanager
def _without_graph_summary() -> Iterator[None]:
    """Write no summary of the graph. dbt reads it nowhere."""
    with patch.object(Linker, "get_graph_summary", lambda *_: {}):
        yield


@contextmanager
def _without_search_for_cycles() -> Iterator[None]:
    """Do not look for cycles in the graph. The project has none, or its first tests would fail."""
    with patch.object(Linker, "find_cycles", lambda *_: None):
        yield


@contextmanager
def _relations_by_key() -> Iterator[None]:
    """Look up a relation in the cache by its key. dbt compares the names of all relations of the schema."""
    get_relation = BaseAdapter.get_relation

    def get_cached_relation(self: BaseAdapter, database: str, schema: str, identifier: str) -> BaseRelation | None:
        if (database, schema) not in self.cache:
            found: BaseRelation | None = get_relation(self, database, schema, identifier)
            return found
        cached = self.cache.relations.get(_ReferenceKey(database.lower(), schema.lower(), identifier.lower()))
        return cached.inner if cached else None

    with patch.object(BaseAdapter, "get_relation", get_cached_relation):
        yield


@contextmanager
def _one_context_for_macros() -> Iterator[None]:
    """Make one context for all macros that the adapter calls. It does not depend on the macro."""
    set_generator = BaseAdapter.set_macro_context_generator

    def set_generator_that_keeps(self: BaseAdapter, generator: MacroContextGeneratorCallable) -> None:
        kept: dict[tuple[str | None, int], dict[str, Any]] = {}

        def context(macro_protocol: Any, config: Any, macro_resolver: Any, package_name: str | None) -> dict[str, Any]:
            key = (package_name, threading.get_ident())
            if key not in kept:
                kept[key] = generator(macro_protocol, config, macro_resolver, package_name)
            return kept[key]

        set_generator(self, context)

    with patch.object(BaseAdapter, "set_macro_context_generator", set_generator_that_keeps):
        yield


@contextmanager
def _macros_by_name() -> Iterator[None]:
    """Put the macros into a context namespace by namespace. dbt looks each of them up in all namespaces."""
    to_dict = ManifestContext.to_dict

    def to_dict_by_namespace(self: ManifestContext) -> dict[str, Any]:
        if isinstance(self.namespace, TestMacroNamespace):
            return to_dict(self)  # type: ignore[no-any-return,no-untyped-call]
        context = BaseContext.to_dict(self)
        for namespace in reversed(list(self.namespace._search_order())):
            context.update(namespace)
        return context

    with patch.object(ManifestContext, "to_dict", to_dict_by_namespace):
        yield


@contextmanager
def _texts_without_length() -> Iterator[None]:
    """Compare no lengths of text columns. DuckDB keeps none, but dbt reads the columns of two tables to see it."""
    with patch.object(DuckDBAdapter, "expand_target_column_types", lambda *_, **__: None):
        yield


@contextmanager
def _statements_by_semicolon() -> Iterator[None]:
    """Split a text at its semicolons. The adapter for Redshift tokenizes every text to split it."""
    with patch.object(sqlparse, "split", lambda sql, *_, **__: list(statements(sql))):
        yield


@contextmanager
def _without_optimizer() -> Iterator[None]:
    """Run queries as they are planned at first. `make test-dbt` builds with the optimizer, as a user does."""
    initialize = LocalEnvironment.initialize_db

    def initialize_without_optimizer(self: LocalEnvironment, *arguments: Any) -> duckdb.DuckDBPyConnection:
        connection: duckdb.DuckDBPyConnection = initialize(*arguments)  # a method of the class
        disable_optimizer(connection)
        return connection

    with patch.object(LocalEnvironment, "initialize_db", initialize_without_optimizer):
        yield


@contextmanager
def _inputs_of_unit_tests_before_the_query() -> Iterator[None]:
    """Put the inputs of a unit test before the CTEs of a query. dbt parses the query to find its beginning."""
    with patch.object(compilation, "inject_ctes_into_sql", with_inputs):
        yield


def _is_debug(event: BaseEvent) -> bool:
    return isinstance(event, DebugLevel) and not isinstance(event, DynamicLevel)
