"""What the overview of the docs site and `docs/questions.md` say is true: queries run, and what they name exists."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from loaders.contract import read_yaml
from loaders.metrics.definitions import load_definitions
from tests.python.warehouse import PROJECT, Warehouse

OVERVIEW = (PROJECT / "models" / "overview.md").read_text(encoding="utf-8")
QUESTIONS = (PROJECT / "docs" / "questions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"(?s)```sql\n(.*?)```", OVERVIEW)
MOST_CLICKS = 3

# Words in code that are no tables and no columns: parts of names, a value, a role, a variable.
PARTS = {"base_*", "stg_*", "snap_*", "dim_*", "fact_*", "_history", "_key", "_reporting", "_ts", "_at", "delivered_"}
WORDS = {"unknown", "pii_reader", "business_time_zones", "gold", "dev_", "prod_", "dbt_valid_from", "dbt_valid_to"}


@pytest.fixture(scope="module")
def columns(faulty_bank: Warehouse) -> dict[str, set[str]]:
    """The columns of all tables, by schema and table."""
    found: dict[str, set[str]] = {}
    for schema, table, column in faulty_bank.query(
        "select schema_name, table_name, column_name from duckdb_columns() where schema_name like 'dev_%'"
    ):
        found.setdefault(f"{schema}.{table}", set()).add(column)
    return found


def example(word: str) -> str:
    """Return the query of the overview with a word that no other query has."""
    (found,) = (query for query in EXAMPLES if word in query)
    return str(found)


@pytest.mark.parametrize("query", EXAMPLES)
def test_the_queries_of_the_overview_return_rows(faulty_bank: Warehouse, query: str) -> None:
    assert faulty_bank.query(query)


def test_a_join_neither_drops_nor_repeats_rows(faulty_bank: Warehouse) -> None:
    sums: dict[str, Decimal] = {}
    for *_, currency, net_flow in faulty_bank.query(example("channels.channel_name,")):
        sums[currency] = sums.get(currency, Decimal(0)) + net_flow
    assert sums == dict(
        faulty_bank.query(
            "select currency_code, sum(credit_amount - debit_amount) from dev_gold.daily_transaction_volume group by 1"
        )
    )
    (facts,) = faulty_bank.query("select count(*) from dev_gold.fact_transaction")[0]
    assert sum(count for *_, count in faulty_bank.query(example("segment_at_the_time"))) == facts


def test_a_join_as_of_a_moment_finds_one_version(faulty_bank: Warehouse) -> None:
    accounts = faulty_bank.value("select count(*) from dev_gold.dim_account where account_id <> 'unknown'")
    assert sum(count for _, count in faulty_bank.query(example("versions.account_status,"))) == accounts
    balances = faulty_bank.value(
        "select sum(closing_balance) from dev_gold.fact_daily_balances "
        "where balance_date = (select max(balance_date) from dev_gold.fact_daily_balances)"
    )
    assert sum(of for *_, of in faulty_bank.query(example("versions.branch,"))) == balances
    other_versions = faulty_bank.value(
        "select count(*) from dev_gold.fact_transaction as facts inner join dev_gold.dim_account_history as versions "
        "on facts.account_id = versions.account_id and versions.valid_from <= facts.transaction_ts "
        "and facts.transaction_ts < versions.valid_to where facts.account_sk <> versions.account_sk"
    )
    assert other_versions == 0


def test_the_overview_has_every_outcome_and_no_other() -> None:
    section = OVERVIEW.split("## Accepted, rejected, superseded")[1]
    named = set(re.findall(r"(?m)^\| (\w+) \| .* \| .* \|$", section)) - {"outcome"}
    (model,) = read_yaml(PROJECT / "models" / "audit" / "row_outcomes.yml")["models"]
    (tested,) = model["data_tests"]
    assert named == set(re.findall(r"'(\w+)'", tested["rules"]["arguments"]["columns"]["outcome"]))


def test_the_overview_has_every_schema_group_and_tag(columns: dict[str, set[str]]) -> None:
    layers = OVERVIEW.split("## Layers")[1].split("## How to join")[0]
    words = set(re.findall(r"`(\w+)`", layers))
    schemas = {name.split(".")[0] for name in columns}
    groups = {group["name"] for group in read_yaml(PROJECT / "models" / "groups.yml")["groups"]}
    rules = read_yaml(PROJECT / "dbt-bouncer.yml")["manifest_checks"]
    (tags,) = (set(rule["tags"]) for rule in rules if rule["name"] == "check_model_tags_are_known")
    named = {word for word in words if not word.endswith("_")}
    assert named == schemas | groups | tags | {"report", "question"}


def test_tables_and_columns_of_the_overview_exist(columns: dict[str, set[str]]) -> None:
    text = re.sub(r"(?s)```.*?```", "", OVERVIEW)
    tables = {name.split(".")[1]: of for name, of in columns.items()}
    known = set(tables) | {column for of in tables.values() for column in of} | PARTS | WORDS
    layers = text.split("## Layers")[1].split("## How to join")[0]
    known |= set(re.findall(r"`(\w+)`", layers))  # another test has these
    spans = set(re.findall(r"`([^`]+)`", text))
    qualified = {span for span in spans if re.fullmatch(r"\w+\.\w+", span)}
    assert qualified
    for span in qualified:
        table, column = span.split(".")
        assert column in tables[table], span
    paths = {span for span in spans if "/" in span}
    assert {path for path in paths if not (PROJECT / path).exists()} == set()
    assert spans - qualified - paths - known == {"tieout check"}


def rows_of_questions() -> list[tuple[str, str, str]]:
    """Return who asks, the question and the answer."""
    rows = []
    for part in QUESTIONS.split("\n## ")[1:]:
        who = part.splitlines()[0].removeprefix("An ").removeprefix("A ").removesuffix(" asks")
        rows += [(who, *row) for row in re.findall(r"(?m)^\| (.*?\?) \| (.*) \|$", part)]
    return rows


def test_there_are_five_questions_for_each_reader() -> None:
    asked = [who for who, _, _ in rows_of_questions()]
    assert {who: asked.count(who) for who in asked} == {"analyst": 5, "controller": 5, "auditor": 5, "engineer": 5}


@pytest.mark.parametrize(("question", "answer"), [row[1:] for row in rows_of_questions()])
def test_an_answer_is_a_command_a_table_or_three_clicks_away(
    question: str, answer: str, columns: dict[str, set[str]]
) -> None:
    spans = re.findall(r"`([^`]+)`", answer)
    tables = [span for span in spans if re.fullmatch(r"dev_\w+\.\w+", span)]
    assert {table for table in tables if table not in columns} == set()
    known = {column for table in tables or columns for column in columns[table]}
    assert {span for span in spans if re.fullmatch(r"[a-z_]+", span) and span not in known} == set()
    paths = [span for span in spans if re.fullmatch(r"(?:models|analyses|docs)/\S+", span)]
    assert {path for path in paths if not (PROJECT / path).exists()} == set()
    commands = [span for span in spans if re.match(r"(tieout|make|dbt|\.venv-metrics/bin/mf) ", span)]
    ways = re.findall(r"[^.,:]+ → [^.,:]+", answer)
    links = re.findall(r"\]\(([^)]+)\)", answer)
    assert commands or tables or ways or links, question
    assert all(way.count("→") <= MOST_CLICKS for way in ways)


def test_metrics_of_the_questions_exist() -> None:
    names = [name for given in re.findall(r"--metrics (\S+)", QUESTIONS) for name in given.split(",")]
    assert names
    assert set(names) <= load_definitions().metrics.keys()
