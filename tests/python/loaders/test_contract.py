"""The bronze contract: what the loaders read from the dbt sources, and which mistakes they find in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders.contract import load_contract, project_root
from loaders.errors import TieoutError


def test_columns_keep_the_order_of_the_sources_and_landing_adds_the_first() -> None:
    accounts = load_contract().entity("banking", "accounts")
    assert accounts.bronze_columns == ("source_line", *accounts.delivered_columns)
    assert accounts.delivered_columns[:3] == ("account_id", "customer_id", "account_type")


def test_no_entity_of_the_sample_requires_a_statement() -> None:
    assert {(entity.statement, entity.trailer) for entity in load_contract().deliverable()} == {("optional", ())}


def test_key_and_control_amount_are_read() -> None:
    contract = load_contract()
    balances = contract.entity("banking", "daily_balances")
    assert (balances.key, balances.amount) == (("account_id", "balance_date"), "closing_balance")
    assert contract.entity("banking", "customers").amount is None
    assert contract.entity("control", "deliveries").key == ()


def test_types_and_required_columns_are_read() -> None:
    columns = {column.name: column for column in load_contract().entity("banking", "transactions").columns}
    assert (columns["amount"].type, columns["amount"].is_required) == ("amount", True)
    assert (columns["merchant_name"].type, columns["merchant_name"].is_required) == ("text(4096)", False)
    assert columns["source_line"].type == ""


def test_money_and_pii_are_marked() -> None:
    contract = load_contract()
    assert contract.entity("banking", "transactions").money_columns == ("amount", "balance_after")
    pii = {column.name: column.pii for column in contract.entity("banking", "customers").columns}
    assert (pii["email"], pii["date_of_birth"], pii["customer_id"]) == ("direct", "quasi", None)


def test_control_entities_cannot_be_delivered() -> None:
    contract = load_contract()
    assert contract.entity("control", "deliveries").written_by_landing
    assert {entity.domain for entity in contract.deliverable()} >= {"banking"}
    assert all(entity.domain != "control" for entity in contract.deliverable())


def test_an_entity_without_later_columns_has_one_header() -> None:
    rates = load_contract().entity("banking", "fx_rates")
    assert rates.headers() == {1: rates.delivered_columns}


def test_the_manifest_has_grown_at_its_end() -> None:
    newest, third, second, first = load_contract().entity("control", "deliveries").headers().values()
    assert second == (*first, "missing_columns")
    assert third == (*second, "landing_number")
    assert newest == (*third, "stated_by", "stated")


def test_an_unknown_entity_is_named_with_those_that_are_known() -> None:
    with pytest.raises(TieoutError, match=r"'banking/cards' is not an entity.*banking/customers"):
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


# Mistakes in the contract


def notes(column: dict[str, Any] | None = None, **entity_meta: Any) -> dict[str, Any]:
    """Return an entity of four columns, with changes to the meta of the last one and of the entity."""
    metas: dict[str, dict[str, Any]] = {
        "source_line": {"added_by": "landing"},
        "id": {"type": "text(256)", "required": True},
        "amount": {"type": "amount", "money": True},
        "note": {"type": "text(256)"} | (column or {}),
    }
    columns = [
        {"name": name, "config": {"meta": {key: value for key, value in meta.items() if value is not None}}}
        for name, meta in metas.items()
    ]
    return {"name": "notes", "config": {"meta": {"key": ["id"], "amount": "amount"} | entity_meta}, "columns": columns}


def add_column(entity: dict[str, Any], name: str, **meta: Any) -> dict[str, Any]:
    entity["columns"].append({"name": name, "config": {"meta": {"type": "text(256)"} | meta}})
    return entity


def write(folder: Path, *entities: dict[str, Any]) -> Path:
    source = {"name": "bank", "config": {"meta": {"domain": "bank"}}, "tables": list(entities)}
    path = folder / "bank.yml"
    path.write_text(yaml.safe_dump({"version": 2, "sources": [source]}), encoding="utf-8")
    return path


def mistake(folder: Path, *entities: dict[str, Any]) -> str:
    path = write(folder, *entities)
    with pytest.raises(TieoutError) as message:
        load_contract(folder)
    sentence = str(message.value)
    assert sentence.startswith(f"{path}: ")
    return sentence.removeprefix(f"{path}: ")


def test_a_contract_without_mistakes_is_read(tmp_path: Path) -> None:
    entity = notes({"codes": "seeds_1.code", "pii": "quasi", "between": [0, 5], "below": 7, "when_empty": "id"})
    for number, kind in enumerate(("integer", "boolean", "date", "utc_time", "decimal(18, 10)", "decimal(9,6)")):
        add_column(entity, f"c{number}", type=kind, since=2 + number // 4)
    write(tmp_path, entity)
    headers = load_contract(tmp_path).entity("bank", "notes").headers()
    assert {version: header[-1] for version, header in headers.items()} == {3: "c5", 2: "c3", 1: "note"}


def test_statements_and_trailers_are_read_and_the_domain_may_decide(tmp_path: Path) -> None:
    counted = add_column(notes(trailer=["TRL", "rows", "c", "amount"]), "c", type="integer")
    free = {**notes(statement="optional"), "name": "free"}
    path = write(tmp_path, add_column(counted, "d"), free)
    text = path.read_text(encoding="utf-8").replace("domain: bank", "domain: bank\n      statement: required")
    path.write_text(text, encoding="utf-8")
    entities = load_contract(tmp_path).entities
    assert (entities["bank", "notes"].statement, entities["bank", "free"].statement) == ("required", "optional")
    assert entities["bank", "notes"].trailer == ("TRL", "rows", "c", "amount")
    assert entities["bank", "notes"].numeric_columns == ("amount", "c")


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"type": None}, "it has no type. Give one of text(bytes), amount, "),
        ({"type": "varchar"}, "the type 'varchar' is unknown. Give one of text(bytes), amount, "),
        ({"type": "text"}, "the type 'text' is unknown"),
        ({"type": "text(0)"}, "the type 'text(0)' is unknown"),
        ({"type": "text(65536)"}, "the type text(65536) is too long; text has at most 65,535 bytes"),
        ({"type": "decimal(39, 2)"}, "the type decimal(39, 2) is not possible"),
        ({"type": "decimal(9, 10)"}, "the type decimal(9, 10) is not possible"),
        ({"type": ["date"]}, "the type ['date'] is unknown"),
        ({"requird": True}, "the meta key 'requird' is unknown. Correct it to one of added_by, below, "),
        ({"required": "yes"}, "required is 'yes'; write true"),
        ({"in_calendar": 1}, "in_calendar is 1; write true"),
        ({"codes": "segments"}, "codes is 'segments'; give a seed and its column as seed.column"),
        ({"codes": "a.b.c"}, "codes is 'a.b.c'; give a seed"),
        ({"money": True}, "money: true needs type: amount"),
        ({"pii": "yes"}, "pii is 'yes'; write direct or quasi"),
        ({"added_by": "hand"}, "added_by is 'hand'; write landing"),
        ({"added_by": "landing"}, "added_by: landing is only for the first column"),
        ({"between": [5, 1]}, "between is [5, 1]; give the lowest and the highest value"),
        ({"between": 5}, "between is 5; give the lowest and the highest value"),
        ({"below": "ten"}, "below is 'ten'; give a number"),
        ({"when_empty": "nothing"}, "when_empty is 'nothing'; give another column of the entity"),
        ({"when_empty": "note"}, "when_empty is 'note'; give another column of the entity"),
        ({"since": 1}, "since is 1; give the contract version that added the column, a whole number from 2"),
        ({"since": "two"}, "since is 'two'; give the contract version"),
        ({"since": 2.5}, "since is 2.5; give the contract version"),
        ({"since": True}, "since is True; give the contract version"),
        ({"since": 2, "required": True}, "a column with since cannot be required"),
    ],
)
def test_a_mistake_in_a_column_names_file_entity_and_column(tmp_path: Path, meta: dict[str, Any], message: str) -> None:
    sentence = mistake(tmp_path, notes(meta))
    assert sentence.startswith(f"entity notes, column note: {message}")
    assert sentence.endswith(".")


@pytest.mark.parametrize(("first", "late"), [(2, {}), (3, {"since": 2})], ids=["no since", "lower since"])
def test_new_columns_go_at_the_end_in_the_order_of_their_versions(
    tmp_path: Path, first: int, late: dict[str, int]
) -> None:
    assert mistake(tmp_path, add_column(notes({"since": first}), "late", **late)) == (
        f"entity notes, column late: the column is of contract version {first - 1} but follows a column of version "
        f"{first}. New columns go at the end of the entity: move it or correct since."
    )


@pytest.mark.parametrize("name", ["Note", "my note", "1st", 7])
def test_a_column_name_must_be_an_identifier(tmp_path: Path, name: object) -> None:
    assert "lower-case letters" in mistake(tmp_path, add_column(notes(), name))  # type: ignore[arg-type]


def test_columns_and_entities_are_unique(tmp_path: Path) -> None:
    assert mistake(tmp_path, add_column(notes(), "id")).startswith(
        "entity notes, column id: the entity has this column twice"
    )
    assert mistake(tmp_path, notes(), notes()).startswith("the contract has the entity bank/notes twice")


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"key": None}, "it has no key. Give the columns of its business key as key: [a, b]."),
        ({"key": []}, "it has no key."),
        ({"key": "id"}, "it has no key."),
        ({"key": ["id", "day"]}, "the key column 'day' is not a delivered column of the entity. Correct the key."),
        ({"key": ["source_line"]}, "the key column 'source_line' is not a delivered column of the entity."),
        ({"key": ["note"]}, "the key column note has since, so files of earlier contract versions have no key."),
        ({"amount": "price"}, "the control amount 'price' is not a column with money: true."),
        ({"amount": "note"}, "the control amount 'note' is not a column with money: true."),
        ({"expected": "weekly"}, "expected is 'weekly'; write daily, business_days, monthly or none."),
        ({"belongs_to": "owner"}, "belongs_to is 'owner', which is no delivered column of the type text."),
        ({"happened_at": "note"}, "happened_at is 'note', which is no delivered column of the type utc_time."),
        ({"statement": True}, "statement is True; write required or optional, or remove the key."),
        ({"trailer": "TRL"}, "the trailer is 'TRL'; give its mark and what its fields state, as [MARK, rows, a]."),
        ({"trailer": ["TRL", "amount"]}, "the trailer is ['TRL', 'amount']; give its mark and what"),
        ({"trailer": ["T,L", "rows"]}, "the trailer has the mark 'T,L'; give letters, digits, - and _ only."),
        ({"trailer": ["TRL", "rows", "note"]}, "the trailer states the total of 'note', which is no delivered column"),
        ({"trailer": ["TRL", "rows", "rows"]}, "the trailer states something twice."),
        ({"trailer": ["TRL", "rows"]}, "the trailer has 2 fields, as many as a row, and could be taken for one."),
    ],
)
def test_a_mistake_in_an_entity_names_file_and_entity(tmp_path: Path, meta: dict[str, Any], message: str) -> None:
    assert mistake(tmp_path, notes({"since": 2}, **meta)).startswith(f"entity notes: {message}")
