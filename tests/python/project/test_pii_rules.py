"""What each layer must do with personal data: tags in silver, masking or restricted access elsewhere, waivers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.python.project.pii.planted import EMAIL_IS_ONLY_HASHED, EMAIL_LEAKS, PEOPLE, model, planted
from tests.python.project.pii.rules import READERS, problems, waived_columns


@pytest.mark.parametrize("schema", ["gold", "audit", "elsewhere"])
def test_a_leak_names_the_models_in_between(schema: str) -> None:
    found = problems(
        planted(
            model("base", f"select email as mail, city from {PEOPLE}", "silver", mail="direct", city=None),
            model("snap", None, "silver", "snapshot", mail="direct", city=None)
            | {"depends_on": {"nodes": ["model.base"]}},
            model("dim", "select mail as contact, city from db.silver.snap", schema),
            model("fact", f"select contact from db.{schema}.dim", "gold"),
        )
    )
    remedy = "Mask it with pseudonym(), or grant select on the model to role:pii_reader only."
    assert found == [
        f"dim.contact exposes banking.people.email (direct) unmasked (through base.mail and snap.mail). {remedy}",
        "fact.contact exposes banking.people.email (direct) unmasked (through base.mail, snap.mail and dim.contact). "
        + remedy,
    ]


def test_silver_must_tag_what_it_contains() -> None:
    sql = f"select email, born, email || born as both_of_them, city from {PEOPLE}"
    right: dict[str, Any] = {"email": "direct", "born": "quasi", "both_of_them": "direct"}
    assert problems(planted(model("base", sql, "silver", **right))) == []
    assert problems(planted(model("base", sql, "silver", **right | {"email": None}))) == [
        "base.email contains banking.people.email (direct), but is not tagged. "
        "Tag it `pii: direct` in its YAML, or set the entity of the model in `meta.entity`."
    ]
    assert problems(planted(model("base", sql, "silver", **right | {"both_of_them": "quasi"}))) == [
        "base.both_of_them contains banking.people.email (direct), but is tagged quasi. "
        "Tag it `pii: direct` in its YAML, or set the entity of the model in `meta.entity`."
    ]
    assert problems(planted(model("base", sql, "silver", **right | {"city": "direct"}))) == [
        "base.city is tagged direct, but contains no tagged column of the contract (models/bronze)."
    ]


def test_a_row_hash_needs_no_tag_in_silver_but_is_a_leak_in_gold() -> None:
    base = model("base", f"select sha256(id || email) as _row_hash from {PEOPLE}", "silver", _row_hash=None)
    assert problems(planted(base)) == []
    found = problems(planted(base, model("dim", "select _row_hash as x from db.silver.base")))
    assert found == [EMAIL_IS_ONLY_HASHED.replace(". Mask", " (through base._row_hash). Mask")]
    plain = model("base", f"select id || email as _row_hash from {PEOPLE}", "silver", _row_hash=None)
    assert problems(planted(plain))[0].startswith(
        "base._row_hash contains banking.people.email (direct), but is not tagged"
    )


def test_a_restricted_model_may_expose_tagged_columns() -> None:
    sql = f"select email from {PEOPLE}"
    assert problems(planted(model("dim", sql, grants=READERS, email="direct"))) == []
    assert problems(planted(model("dim", sql, grants=READERS, email=None))) == [
        "dim.email contains banking.people.email (direct), but is not tagged. "
        "Tag it `pii: direct` in its YAML, or set the entity of the model in `meta.entity`."
    ]


@pytest.mark.parametrize("grants", [[], ["role:analyst"], [*READERS, "role:analyst"], "role:analyst"])
def test_a_model_with_other_readers_is_not_restricted(grants: object) -> None:
    assert problems(planted(model("dim", f"select email as x from {PEOPLE}", grants=grants))) == [EMAIL_LEAKS]


def test_the_key_of_a_snapshot_is_a_hash_of_its_unique_key() -> None:
    snapshot = model("snap", f"select email from {PEOPLE}", "silver", "snapshot", email="direct", dbt_scd_id="direct")
    snapshot["config"] |= {"unique_key": "email"}
    assert problems(planted(snapshot)) == []
    found = problems(planted(snapshot, model("dim", "select dbt_scd_id as x from db.silver.snap")))
    assert found == [EMAIL_LEAKS.replace(". Mask", " (through snap.dbt_scd_id). Mask")]


def test_an_incremental_model_that_reads_itself_is_traced() -> None:
    sql = (
        f"select one, two as three, email as two from (select dim.*, people.email from db.gold.dim, {PEOPLE} as people)"
    )
    found = problems(planted(model("dim", sql, one=None, two=None, three=None)))
    assert [sentence.split(" unmasked")[0] for sentence in found] == [
        "dim.three exposes banking.people.email (direct)",
        "dim.two exposes banking.people.email (direct)",
    ]


def test_a_test_that_stores_its_failures_is_traced() -> None:
    test = model("emails_are_unique", f"select email as x from {PEOPLE}", "audit", "test")
    assert problems(planted(test)) == []
    test["config"]["store_failures"] = True
    assert problems(planted(test)) == [EMAIL_LEAKS.replace("dim.x", "emails_are_unique.x")]


def test_a_waiver_covers_its_column_only() -> None:
    waived = model("dim", f"select email as x from {PEOPLE}", x=None)
    waived["columns"]["x"]["config"]["meta"]["pii_waiver"] = "Masked by patterns."
    assert problems(planted(waived)) == []
    assert waived_columns(planted(waived)) == ["dim.x"]
    assert len(problems(planted(waived, model("fact", "select x from db.gold.dim")))) == 1


@pytest.mark.parametrize(("reason", "column"), [("", "email"), (None, "email"), ("Masked.", "city")])
def test_a_waiver_needs_a_reason_and_personal_data(reason: str | None, column: str) -> None:
    waived = model("dim", f"select {column} as x from {PEOPLE}", x=None)
    waived["columns"]["x"]["config"]["meta"]["pii_waiver"] = reason
    assert problems(planted(waived))[0].startswith("dim.x has a `pii_waiver` without a reason or without")


@pytest.mark.parametrize("tag", ["indirect", "", True])
def test_an_unknown_tag_is_a_problem(tag: object) -> None:
    tagged = planted(model("dim", f"select city as x from {PEOPLE}", x=None))
    tagged["sources"]["source.banking.people"]["columns"]["city"]["config"]["meta"]["pii"] = tag
    assert problems(tagged) == [f"banking.people.city is tagged `pii: {tag}`, but the only tags are direct and quasi."]
