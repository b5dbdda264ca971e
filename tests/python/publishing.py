"""A warehouse whose tables are published in the process of the test, and how its processes are killed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import pytest

from loaders.audit.warehouse import open_warehouse
from loaders.aws.session import glue_client, s3_client
from loaders.publish import places
from loaders.publish.catalog import PublishedCatalog
from loaders.publish.places import S3Place, open_place
from loaders.publish.publication import Publication
from loaders.publish.tables import chosen_tables
from loaders.publish.writers import writer
from tests.python.warehouse import Warehouse

TABLES = {table.name: table for table in chosen_tables(())}
DATABASE = "published"
# The double is the same for all tests, and making a client takes a third of a second.
S3_CLIENT, GLUE_CLIENT = cache(s3_client), cache(glue_client)


class KilledError(BaseException):
    """The process ends."""


@pytest.fixture(scope="module")
def changed(built_once: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse in which a row of one day has another amount, and another day has gone, as builds leave them."""
    made = Warehouse(tmp_path_factory.mktemp("changed"))
    made.database.parent.mkdir()
    shutil.copy(built_once.database, made.database)
    made.execute(
        "update dev_gold.fact_transaction set transaction_amount = transaction_amount + 1, "
        "_fingerprint = _fingerprint + 1 where transaction_id = (select min(transaction_id) from "
        "dev_gold.fact_transaction where transaction_date = '2025-01-02'); "
        "delete from dev_gold.fact_transaction where transaction_date = '2025-01-03'"
    )
    return made


@contextmanager
def publication(
    made: Warehouse, destination: object, monkeypatch: pytest.MonkeyPatch, database: str = DATABASE
) -> Iterator[Publication]:
    """What `tieout publish` publishes with, in this process."""
    monkeypatch.setenv("TIEOUT_DUCKDB_PATH", str(made.database))
    monkeypatch.setattr(places, "s3_client", S3_CLIENT)
    with ExitStack() as opened:
        warehouse = opened.enter_context(open_warehouse("dev"))
        place = opened.enter_context(open_place(str(destination), None, None))
        shown = PublishedCatalog(GLUE_CLIENT(), database, place) if isinstance(place, S3Place) else None
        if shown:
            shown.create()
        yield Publication(warehouse, place, writer(warehouse, place), shown)
