"""What people ask who open the site for the first time, and the page that answers."""

from __future__ import annotations

from collections.abc import Mapping

Question = tuple[str, str]
"""The question, and the path of the page in the site, with its anchor."""

_DOCS = "documents/docs"

QUESTIONS: Mapping[str, tuple[Question, ...]] = {
    "Analysts": (
        ("Which tables are there, and what does a column mean?", f"{_DOCS}/data_dictionary.html"),
        ("How are the tables joined?", f"{_DOCS}/diagram.html"),
        ("Where does a column come from?", "lineage/index.html"),
        ("What does a figure of the report mean?", "report/metrics.html"),
        ("On which days was the volume unusual?", "report/volume.html"),
        ("How well do the fraud rules work?", f"{_DOCS}/fraud_rules.html"),
    ),
    "Controllers": (
        ("Does every row and every cent reconcile?", "report/index.html#verdict"),
        ("What was delivered, and what is missing?", "report/quality.html"),
        ("What is a figure made of, row by row?", f"{_DOCS}/commands.html#tieout-explain"),
        ("It does not tie out. What now?", f"{_DOCS}/runbook.html#it-does-not-tie-out"),
        ("How are rejected rows corrected?", f"{_DOCS}/runbook.html#rejected-rows"),
    ),
    "Auditors": (
        ("Can a closed month change?", f"{_DOCS}/sources.html#changes-of-closed-months"),
        ("Which of several versions of a row counts?", f"{_DOCS}/sources.html#which-row-counts"),
        ("Who sees personal data?", f"{_DOCS}/redshift.html#who-sees-what"),
        ("How is a customer forgotten?", f"{_DOCS}/runbook.html#a-customer-asks-to-be-forgotten"),
        ("Why was it built in this way?", f"{_DOCS}/decisions/index.html"),
    ),
    "Engineers": (
        ("How do I load my own data?", f"{_DOCS}/importing.html"),
        ("How do I add a column, a rule or an entity?", f"{_DOCS}/recipes.html"),
        ("A run has failed. What now?", f"{_DOCS}/runbook.html#a-failed-run"),
        ("How does it get to AWS?", f"{_DOCS}/deploy.html"),
        ("What does each command do?", f"{_DOCS}/commands.html"),
        ("What has changed since the last version?", "documents/CHANGELOG.html"),
    ),
}
