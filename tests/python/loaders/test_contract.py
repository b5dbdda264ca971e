"""The bronze contract: what the loaders read out of the dbt sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.contract import load_contract, project_root
from loaders.errors import TieoutError


def test_columns_stand_in_the_order_of_the_sources_and_landing_adds_the_first() -> None:
    accounts = load_contract().entity("banking", "accounts")
    assert accounts.bronze_columns == ("source_line", *accounts.delivered_columns)
    assert accounts.delivered_columns[:3] == ("account_id", "customer_id", "account_type")


def test_money_and_pii_are_marked() -> None:
    contract = load_contract()
    assert contract.entity("banking", "transactions").money_columns == ("amount", "balance_after")
    pii = {column.name: column.pii for column in contract.entity("banking", "customers").columns}
    assert (pii["email"], pii["date_of_birth"], pii["customer_id"]) == ("direct", "quasi", None)


def test_what_landing_writes_is_not_deliverable() -> None:
    contract = load_contract()
    assert contract.entity("control", "deliveries").written_by_landing
    assert {entity.domain for entity in contract.deliverable()} >= {"banking"}
    assert all(entity.domain != "control" for entity in contract.deliverable())


def test_an_unknown_entity_is_named_with_those_that_are_known() -> None:
    with pytest.raises(TieoutError, match=r"'banking/cards' is no entity.*banking/customers"):
        load_contract().entity("banking", "cards")


def test_a_folder_without_sources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TieoutError, match="no bronze contract"):
        load_contract(tmp_path)


@pytest.mark.parametrize("text", ["sources: 1", "a: [", "sources: [{name: x}]", "[]", ""])
def test_a_file_that_is_no_dbt_source_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.yml").write_text(text)
    with pytest.raises(TieoutError, match=r"broken\.yml is not a file of dbt sources"):
        load_contract(tmp_path)


def test_the_project_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIEOUT_PROJECT", str(tmp_path))
    assert project_root() == tmp_path


def test_names_are_unique() -> None:
    for entity in load_contract().entities.values():
        assert len(set(entity.bronze_columns)) == len(entity.bronze_columns)
