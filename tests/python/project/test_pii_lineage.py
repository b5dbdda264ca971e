"""Personal data: what the contract tags reaches gold and audit masked, or in models that only few may read.

The planted manifests at the end of the file show that the test would notice.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlglot import exp, parse_one

from tests.python.project.pii_lineage import READERS, problems, waived_columns

Manifest = dict[str, Any]
Node = dict[str, Any]


@pytest.mark.parametrize("run", ["first", "later"])
def test_no_personal_data_reaches_an_unrestricted_model_unmasked(manifests: dict[str, Manifest], run: str) -> None:
    found = problems(manifests[run])
    assert not found, "\n".join(found)


def test_a_later_run_is_another_one(manifests: dict[str, Manifest]) -> None:
    """Prevents the incremental SQL of the models from going unseen."""
    sql = {run: one["nodes"]["model.tieout.stg_banking__customers"]["compiled_code"] for run, one in manifests.items()}
    assert "where true" in " ".join(sql["first"].split())
    assert "where _loaded_at > cast(" in " ".join(sql["later"].split())


def test_only_rejected_rows_are_waived(manifest: Manifest) -> None:
    """They are masked by patterns; that this works is tested on data."""
    assert waived_columns(manifest) == ["rejected_rows.raw_record"]


def test_the_project_has_tags_to_follow(manifest: Manifest) -> None:
    """Prevents a pass because nothing was looked at."""
    customers = manifest["sources"]["source.tieout.banking.customers"]["columns"]
    assert customers["email"]["config"]["meta"]["pii"] == "direct"
    compiled = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert {node["config"]["schema"] for node in compiled} == {"silver", "gold", "audit"}
    assert all(node["compiled_code"] for node in compiled)


@pytest.mark.parametrize("column", ["first_name", "last_name", "email", "phone", "address"])
def test_a_pseudonym_taken_from_the_project_is_noticed(manifest: Manifest, column: str) -> None:
    leaking = copy.deepcopy(manifest)
    model = leaking["nodes"]["model.tieout.dim_customer_history"]
    sql = parse_one(model["compiled_code"], dialect="duckdb")
    pseudonyms = [node for node in sql.find_all(exp.Alias) if node.alias == column and node.find(exp.SHA2)]
    assert len(pseudonyms) == 1
    pseudonyms[0].set("this", exp.column(column))
    model["compiled_code"] = sql.sql(dialect="duckdb")
    assert (
        f"dim_customer_history.{column} shows banking.customers.{column} (direct) unmasked, "
        f"by way of base_banking__customers.{column}, stg_banking__customer_versions.{column} and "
        f"snap_banking__customers.{column}: "
        "mask it with pseudonym(), or grant select on the model to role:pii_reader alone."
    ) in problems(leaking)


def test_a_day_of_birth_instead_of_the_year_is_noticed(manifest: Manifest) -> None:
    leaking = copy.deepcopy(manifest)
    model = leaking["nodes"]["model.tieout.dim_customer_history"]
    year = "extract(year from intervals.date_of_birth)"
    assert model["compiled_code"].count(year) == 1
    model["compiled_code"] = model["compiled_code"].replace(year, "intervals.date_of_birth")
    assert any(
        sentence.startswith("dim_customer_history.birth_year shows banking.customers.date_of_birth (quasi) unmasked")
        for sentence in problems(leaking)
    )


def test_a_tag_forgotten_in_silver_is_noticed(manifest: Manifest) -> None:
    untagged = copy.deepcopy(manifest)
    column = untagged["nodes"]["snapshot.tieout.snap_banking__customers"]["columns"]["email"]
    column["meta"] = column["config"]["meta"] = {}
    assert set(problems(untagged)) - set(problems(manifest)) == {
        "snap_banking__customers.email holds banking.customers.email (direct), by way of base_banking__customers.email "
        "and stg_banking__customer_versions.email, but is not tagged: tag it `pii: direct` in its YAML."
    }


# Planted manifests: one source, the salt and what a test adds.


def columns(**tags: str | None) -> dict[str, Any]:
    return {
        name: {"name": name, "meta": {}, "config": {"meta": {} if tag is None else {"pii": tag}}}
        for name, tag in tags.items()
    }


def source(name: str, **tags: str | None) -> Node:
    source_name, table = name.split(".")
    return {
        "resource_type": "source",
        "source_name": source_name,
        "name": table,
        "relation_name": f'"db"."bronze"."{table}"',
        "columns": columns(**tags),
    }


def model(
    name: str, sql: str | None, schema: str = "gold", kind: str = "model", grants: object = None, **tags: str | None
) -> Node:
    """Return a model that reads every planted model its SQL names."""
    return {
        "resource_type": kind,
        "name": name,
        "relation_name": f'"db"."{schema}"."{name}"',
        "language": "sql",
        "compiled_code": sql,
        "config": {"schema": schema, "grants": {} if grants is None else {"select": grants}},
        "columns": columns(**tags),
        "depends_on": {"nodes": []},
    }


def planted(*models: Node) -> Manifest:
    sources = [
        source("banking.people", id=None, email="direct", born="quasi", city=None),
        source("secrets.pii_salt", salt=None),
    ]
    nodes = {f"{node['resource_type']}.{node['name']}": node for node in models}
    for node in models:
        for key, other in nodes.items():
            if other is not node and other["relation_name"].replace('"', "") in (node["compiled_code"] or ""):
                node["depends_on"]["nodes"].append(key)
    return {
        "metadata": {"adapter_type": "duckdb"},
        "sources": {f"source.{node['source_name']}.{node['name']}": node for node in sources},
        "nodes": nodes,
    }


def gold(sql: str) -> list[str]:
    """Return the problems of one gold model `dim` over bronze."""
    return problems(planted(model("dim", sql)))


EMAIL_LEAKS = (
    "dim.x shows banking.people.email (direct) unmasked: "
    "mask it with pseudonym(), or grant select on the model to role:pii_reader alone."
)
BORN_LEAKS = EMAIL_LEAKS.replace("email (direct)", "born (quasi)")
EMAIL_IS_ONLY_HASHED = EMAIL_LEAKS.replace("unmasked", "hashed without the salt")
PEOPLE = "db.bronze.people"
SALTED = f"from {PEOPLE} as people cross join db.bronze.pii_salt as pii_salt"


@pytest.mark.parametrize(
    "sql",
    [
        f"select email as x from {PEOPLE}",
        f"with people as (select * from {PEOPLE}) select email as x from people",
        f"with a as (select city as x from {PEOPLE} union all select email from {PEOPLE}), b as (select * from a) "
        "select * from b",
        f"with a as (select * from {PEOPLE}), b as (select a.*, email as address from a), "
        "c as (select id || '/' || address as y from b) select y as x from c",
        f"select sub.y as x from (select lower(trim(email)) as y from {PEOPLE}) as sub",
        f"select (select max(email) from {PEOPLE}) as x",
        f"select (select people.email) as x from {PEOPLE} as people",
        f"select lag(email) over (order by id) as x from {PEOPLE}",
        f"select max(email) filter (where id = '1') as x from {PEOPLE} group by city",
        f"select string_agg(email, ',') as x from {PEOPLE}",
        f"select case when city = 'Praha' then email else 'x' end as x from {PEOPLE}",
        f"select coalesce(city, email) as x from {PEOPLE}",
        f"select coalesce(one.email, '') as x from {PEOPLE} as one join {PEOPLE} as other using (email)",
        f"select email as x from {PEOPLE} join db.bronze.pii_salt on true",
        f"select unnest([email]) as x from {PEOPLE}",
        f"select part.piece as x from {PEOPLE} as people, unnest(string_split(people.email, '@')) as part(piece)",
        f"select md5(email) as x from {PEOPLE}",
        f"select md5(pii_salt.salt || email) as x {SALTED}".replace("pii_salt.salt", "'salt'"),
        f"select {{'mail': email}} as x from {PEOPLE}",
        f'select "EMAIL" as X from {PEOPLE}',
        f"with a(x, y) as (select email, city from {PEOPLE}) select x from a",
        f"select sub.x from (select email, city from {PEOPLE}) as sub(x, y)",
        f"select city as x from {PEOPLE} union all (select email from {PEOPLE} limit 1)",
        f"select upper(a.x) as x from (select * rename (email as x) from {PEOPLE}) as a",
        f"select x from (select email as y, y as x from {PEOPLE})",
        f"select x from {PEOPLE} natural join (select id, email as x from {PEOPLE})",
        f"select x from (select city as x from {PEOPLE} union by name select id, email as x from {PEOPLE})",
        # Longer than Python's stack is deep.
        " union all ".join([f"select email as x from {PEOPLE}", *[f"select city from {PEOPLE}"] * 600]),
    ],
)
def test_a_leak_is_noticed(sql: str) -> None:
    assert gold(sql) == [EMAIL_LEAKS]


@pytest.mark.parametrize(
    "sql",
    [
        f"select city as x from {PEOPLE} where email is not null",
        f"select one.city as x from {PEOPLE} as one join {PEOPLE} as other on one.email = other.email",
        f"select row_number() over (partition by email order by born) as x from {PEOPLE}",
        f"select count(*) as x, count(distinct email) as y from {PEOPLE} group by email",
        f"select email is null as x, email like '%@%' and born > '1990' as y, not email = 'a' as z from {PEOPLE}",
        f"select case when email is null then 'none' when email = city then city else 'some' end as x from {PEOPLE}",
        f"with all_of_it as (select * from {PEOPLE}) select city as x from all_of_it order by email",
        f"select dt as x, filename as y from {PEOPLE}",
        "select k as x from (values (1), (2)) as given(k)",
    ],
)
def test_what_shows_no_value_is_no_leak(sql: str) -> None:
    assert gold(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        f"select substring(sha256(pii_salt.salt || ':' || email), 1, 16) as x {SALTED}",
        f"select sha256(concat(lower(email), ':', cast(salt as varchar))) as x {SALTED}",
        f"with pii_salt as (select * from db.bronze.pii_salt), people as (select * from {PEOPLE}), "
        "masked as (select sha256(pii_salt.salt || ':' || email) as x from people cross join pii_salt) "
        "select * from masked union all select city from people",
        f"select sha256((select salt from db.bronze.pii_salt) || email) as x from {PEOPLE}",
    ],
)
def test_a_salted_hash_masks(sql: str) -> None:
    assert gold(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        f"select sha256(email) as x from {PEOPLE}",
        f"select sha256('a literal salt' || ':' || email) as x from {PEOPLE}",
        f"select sha256(city || ':' || email) as x from {PEOPLE}",
        # No value of the salt gets into these.
        f"select sha256(case when salt is null then '' end || email) as x {SALTED}",
        f"select sha256(left(salt, 0) || email) as x {SALTED}",
    ],
)
def test_a_hash_without_the_salt_does_not_mask(sql: str) -> None:
    assert EMAIL_IS_ONLY_HASHED in gold(sql)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"select substring(sha2(pii_salt.salt || ':' || email, 256), 1, 16) as x {SALTED}", []),
        (f"select sha2(email, 256) as x from {PEOPLE}", [EMAIL_IS_ONLY_HASHED]),
        (f"select date_part(year, born) as x from {PEOPLE}", []),
        (f"select date_part(month, born) as x from {PEOPLE}", [BORN_LEAKS]),
        (f"select nvl(email, '') as x from {PEOPLE}", [EMAIL_LEAKS]),
    ],
)
def test_the_sql_of_redshift_is_followed_too(sql: str, found: list[str]) -> None:
    manifest = planted(model("dim", sql))
    manifest["metadata"]["adapter_type"] = "redshift"
    assert problems(manifest) == found


def test_a_hash_beside_the_value_does_not_mask_the_value() -> None:
    assert gold(f"select sha256(salt || email) || email as x {SALTED}") == [EMAIL_LEAKS]


def test_the_salt_itself_is_never_shown() -> None:
    assert gold("select salt as x from db.bronze.pii_salt") == [
        "dim.x shows the salt: whoever reads it can undo the pseudonyms."
    ]


@pytest.mark.parametrize("year", ["extract(year from {})", "date_part('year', {})", "year({})"])
def test_the_year_masks_what_identifies_only_with_other_columns(year: str) -> None:
    assert gold(f"select cast({year.format('cast(born as date)')} as integer) as x from {PEOPLE}") == []
    assert gold(f"select {year.format('email')} as x from {PEOPLE}") == [EMAIL_LEAKS]


@pytest.mark.parametrize(
    "part", ["born", "extract(month from born)", "date_part('doy', born)", "date_trunc('year', born)"]
)
def test_any_other_part_of_a_date_does_not_mask(part: str) -> None:
    assert gold(f"select {part} as x from {PEOPLE}") == [BORN_LEAKS]


@pytest.mark.parametrize("schema", ["gold", "audit", "elsewhere"])
def test_a_leak_names_the_models_on_its_way(schema: str) -> None:
    found = problems(
        planted(
            model("base", f"select email as mail, city from {PEOPLE}", "silver", mail="direct", city=None),
            model("snap", None, "silver", "snapshot", mail="direct", city=None)
            | {"depends_on": {"nodes": ["model.base"]}},
            model("dim", "select mail as contact, city from db.silver.snap", schema),
            model("fact", f"select contact from db.{schema}.dim", "gold"),
        )
    )
    remedy = "mask it with pseudonym(), or grant select on the model to role:pii_reader alone."
    assert found == [
        f"dim.contact shows banking.people.email (direct) unmasked, by way of base.mail and snap.mail: {remedy}",
        "fact.contact shows banking.people.email (direct) unmasked, by way of base.mail, snap.mail and dim.contact: "
        + remedy,
    ]


def test_silver_says_what_it_holds() -> None:
    sql = f"select email, born, email || born as both_of_them, city from {PEOPLE}"
    right = {"email": "direct", "born": "quasi", "both_of_them": "direct"}
    assert problems(planted(model("base", sql, "silver", **right))) == []
    assert problems(planted(model("base", sql, "silver", **right | {"email": None}))) == [
        "base.email holds banking.people.email (direct), but is not tagged: tag it `pii: direct` in its YAML."
    ]
    assert problems(planted(model("base", sql, "silver", **right | {"both_of_them": "quasi"}))) == [
        "base.both_of_them holds banking.people.email (direct), but is tagged quasi: tag it `pii: direct` in its YAML."
    ]
    assert problems(planted(model("base", sql, "silver", **right | {"city": "direct"}))) == [
        "base.city is tagged direct, but no tagged column reaches it: tags begin in the contract, in models/bronze."
    ]


def test_a_digest_of_rows_needs_no_tag_in_silver_and_is_a_leak_in_gold() -> None:
    base = model("base", f"select sha256(id || email) as _row_hash from {PEOPLE}", "silver", _row_hash=None)
    assert problems(planted(base)) == []
    found = problems(planted(base, model("dim", "select _row_hash as x from db.silver.base")))
    assert found == [EMAIL_IS_ONLY_HASHED.replace(": mask", ", by way of base._row_hash: mask")]
    plain = model("base", f"select id || email as _row_hash from {PEOPLE}", "silver", _row_hash=None)
    assert problems(planted(plain))[0].startswith(
        "base._row_hash holds banking.people.email (direct), but is not tagged"
    )


def test_a_restricted_model_may_show_what_it_tags() -> None:
    sql = f"select email from {PEOPLE}"
    assert problems(planted(model("dim", sql, grants=READERS, email="direct"))) == []
    assert problems(planted(model("dim", sql, grants=READERS, email=None))) == [
        "dim.email holds banking.people.email (direct), but is not tagged: tag it `pii: direct` in its YAML."
    ]


@pytest.mark.parametrize("grants", [[], ["role:analyst"], [*READERS, "role:analyst"], "role:analyst"])
def test_a_model_that_others_may_read_is_not_restricted(grants: object) -> None:
    assert problems(planted(model("dim", f"select email as x from {PEOPLE}", grants=grants))) == [EMAIL_LEAKS]


def test_the_key_of_a_snapshot_is_a_hash_of_its_unique_key() -> None:
    snapshot = model("snap", f"select email from {PEOPLE}", "silver", "snapshot", email="direct", dbt_scd_id="direct")
    snapshot["config"] |= {"unique_key": "email"}
    assert problems(planted(snapshot)) == []
    found = problems(planted(snapshot, model("dim", "select dbt_scd_id as x from db.silver.snap")))
    assert found == [EMAIL_LEAKS.replace(": mask", ", by way of snap.dbt_scd_id: mask")]


def test_an_incremental_model_that_reads_itself_is_followed_round() -> None:
    sql = (
        f"select one, two as three, email as two from (select dim.*, people.email from db.gold.dim, {PEOPLE} as people)"
    )
    found = problems(planted(model("dim", sql, one=None, two=None, three=None)))
    assert [sentence.split(" unmasked")[0] for sentence in found] == [
        "dim.three shows banking.people.email (direct)",
        "dim.two shows banking.people.email (direct)",
    ]


def test_a_test_that_stores_the_rows_it_finds_is_followed() -> None:
    test = model("emails_are_unique", f"select email as x from {PEOPLE}", "audit", "test")
    assert problems(planted(test)) == []
    test["config"]["store_failures"] = True
    assert problems(planted(test)) == [EMAIL_LEAKS.replace("dim.x", "emails_are_unique.x")]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("select nothing as x from db.bronze.people", "dim.x cannot be followed: `nothing` is a column of nothing"),
        ("select a.nothing as x from db.bronze.people as a", "dim cannot be followed: its SQL cannot be read (Unknown"),
        ("select a.x from db.elsewhere.a as a", "dim.x cannot be followed: `db.elsewhere.a AS a` is no table"),
        ("select * from db.elsewhere.a", "dim cannot be followed: `*` stands for columns that nothing declares"),
        ("select columns(*) from db.bronze.people", "dim cannot be followed: `COLUMNS(*) AS _col_0` stands"),
        ("select * like '%mail' from db.bronze.people", "dim cannot be followed: `* LIKE '%mail' AS _col_0`"),
        ("select #2 as x from db.bronze.people", "dim.x cannot be followed: `#2` is no column"),
        ("select to_json(people.*) as x from db.bronze.people", "cannot be followed: "),
        ("select a.x from db.bronze.people as a(x, y)", "dim.x cannot be followed: "),
        ("select a.x from db.bronze.people as p, lateral (select p.email as x) as a", "dim.x cannot be followed: "),
        ("select people as x from db.bronze.people", "dim.x cannot be followed: `people` is no column"),
        ("select * from read_csv('people.csv')", "dim cannot be followed: "),
        ("select r.x from read_csv('people.csv') as r(x)", "dim.x cannot be followed: "),
        ("select list_transform([id], e -> e) as x from db.bronze.people", "dim.x cannot be followed: "),
        ("pivot db.bronze.people on city using max(email)", "dim cannot be followed: "),
        ("select * from db.bronze.people pivot (max(email) for city in ('a', 'b'))", "cannot be followed: "),
        (
            "with recursive r as (select id as x from db.bronze.people union all select x from r) from r",
            "it has a recursive query",
        ),
        (
            "select id, id, city as x from db.bronze.people union all select 1, 2, 3",
            "dim cannot be followed: the parts of",
        ),
        (
            "select id as x from db.bronze.people union all select id, city from db.bronze.people",
            "the parts of a union",
        ),
        ("selec x fro", "dim cannot be followed: its SQL"),
        ("select 1 as x; select email from db.bronze.people", "dim cannot be followed: "),
        ("drop table db.bronze.people", "dim cannot be followed: "),
        (None, "dim cannot be followed: it has no compiled SQL"),
    ],
)
def test_what_cannot_be_followed_is_a_problem(sql: str | None, sentence: str) -> None:
    found = problems(planted(model("dim", sql)))  # type: ignore[arg-type]
    assert found
    assert all("cannot be followed" in one for one in found)
    assert any(sentence in one for one in found)


def test_a_column_that_cannot_be_followed_is_named_once() -> None:
    base = model("base", f"select nothing as x, email from {PEOPLE}", "silver", x="direct", email="direct")
    found = problems(planted(base, model("dim", "select x from db.silver.base")))
    assert found == ["base.x cannot be followed: `nothing` is a column of nothing that is known here."]


def test_a_waiver_silences_its_column_and_nothing_behind_it() -> None:
    waived = model("dim", f"select email as x from {PEOPLE}", x=None)
    waived["columns"]["x"]["config"]["meta"]["pii_waiver"] = "Masked by patterns."
    assert problems(planted(waived)) == []
    assert waived_columns(planted(waived)) == ["dim.x"]
    assert len(problems(planted(waived, model("fact", "select x from db.gold.dim")))) == 1


@pytest.mark.parametrize(("reason", "column"), [("", "email"), (None, "email"), ("Masked.", "city")])
def test_a_waiver_needs_a_reason_and_something_to_waive(reason: str | None, column: str) -> None:
    waived = model("dim", f"select {column} as x from {PEOPLE}", x=None)
    waived["columns"]["x"]["config"]["meta"]["pii_waiver"] = reason
    assert problems(planted(waived))[0].startswith("dim.x has a `pii_waiver` without a reason, or without")


@pytest.mark.parametrize("tag", ["indirect", "", True])
def test_an_unknown_tag_is_a_problem(tag: object) -> None:
    tagged = planted(model("dim", f"select city as x from {PEOPLE}", x=None))
    tagged["sources"]["source.banking.people"]["columns"]["city"]["config"]["meta"]["pii"] = tag
    assert problems(tagged) == [f"banking.people.city is tagged `pii: {tag}`, which is neither direct nor quasi."]
