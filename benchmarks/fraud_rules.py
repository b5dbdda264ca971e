"""How much fraud the rules of transaction_risk find: `python benchmarks/fraud_rules.py [seed ...]`.

For each seed a bank of 90 days is generated with fraud, landed and built up to `transaction_risk`; its flags are then
compared with the generator's labels, which no model reads. Recall is the share of the labelled transactions of a kind
that are flagged as high risk; an incident counts as found when any of its transactions is. Precision is the share of
the flagged transactions that are labelled at all; for a kind, of those that its own rules hit. The generator and the
rules were written by the same people: docs/fraud_rules.md says what the figures do and do not show.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
BANK = ("--days", "90", "--customers", "400", "--transactions-per-day", "1500", "--fraud", "0.005")
SEEDS = ("101", "102", "103")

BY_TYPOLOGY = """
    with

    hits as (
        select
            risk.transaction_id,
            rules.typology
        from dev_gold.transaction_risk as risk
        inner join dev_silver.risk_rules as rules
            on contains('; ' || risk.risk_reasons, '; ' || rules.rule || ' +')
        where risk.is_high_risk
        group by all
    ),

    found as (
        select
            labels.typology,
            labels.incident_id,
            count(*) as labelled,
            count(*) filter (where risk.is_high_risk) as flagged
        from labels
        inner join dev_gold.transaction_risk as risk on labels.transaction_id = risk.transaction_id
        group by all
    ),

    recall as (
        select
            typology,
            count(*) as incidents,
            count(*) filter (where flagged > 0) / count(*) as incident_recall,
            sum(labelled)::bigint as transactions,
            sum(flagged) / sum(labelled) as transaction_recall
        from found
        group by all
    ),

    precisions as (
        select
            hits.typology,
            count(*) as hits,
            count(labels.transaction_id) / count(*) as precision
        from hits
        left join labels on hits.transaction_id = labels.transaction_id
        where hits.typology <> 'any'
        group by all
    )

    select
        typology,
        incidents,
        incident_recall,
        transactions,
        transaction_recall,
        hits,
        precision
    from recall
    full outer join precisions using (typology)
    order by typology
"""

ALL = """
    select
        count(*) filter (where risk.is_high_risk) as flagged,
        count(labels.transaction_id) as labelled,
        count(labels.transaction_id) filter (where risk.is_high_risk) as found,
        count(*) as transactions
    from dev_gold.transaction_risk as risk
    left join labels on risk.transaction_id = labels.transaction_id
"""


def build(folder: Path, seed: str) -> Path:
    """Generate, land and build a bank; return its warehouse."""
    environment = os.environ | {
        "TIEOUT_PROJECT": str(PROJECT),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "TIEOUT_TARGET": "dev",
        "TIEOUT_BRONZE_ROOT": str(folder / "bronze"),
        "TIEOUT_DUCKDB_PATH": str(folder / "tieout.duckdb"),
    }
    for command in (
        ("tieout", "generate", "--inbox", str(folder / "inbox"), "--seed", seed, *BANK),
        ("tieout", "land", str(folder / "inbox")),
        ("dbt", "--quiet", "build", "--exclude-resource-type", "test", "unit_test", "--select", "+transaction_risk"),
    ):
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return folder / "tieout.duckdb"


def print_figures(folder: Path, warehouse: Path, seed: str) -> None:
    """Print recall and precision as a table in Markdown."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(
            "create temp table labels as from read_csv($file, all_varchar = true)",
            {"file": str(folder / "truth" / "fraud.csv")},
        )
        by_typology = connection.sql(BY_TYPOLOGY).fetchall()
        flagged, labelled, found, transactions = connection.sql(ALL).fetchall()[0]
    lines = [
        "",
        f"Seed {seed}: {transactions:,} transactions, {labelled} of them fraud; {flagged} flagged, {found} rightly.",
        f"Precision {found / flagged:.1%}, recall {found / labelled:.1%}.",
        "",
        "| typology | incidents | found | transactions | found | hits of its rules | that are fraud |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {typology} | {incidents} | {of_incidents:.0%} | {rows} | {of_rows:.0%} | {hits or 0} "
        f"| {'' if precision is None else format(precision, '.0%')} |"
        for typology, incidents, of_incidents, rows, of_rows, hits, precision in by_typology
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Build and measure one bank after the other."""
    for seed in sys.argv[1:] or SEEDS:
        with tempfile.TemporaryDirectory(prefix="tieout-fraud-") as folder:
            print_figures(Path(folder), build(Path(folder), seed), seed)


if __name__ == "__main__":
    main()
