"""Incremental models that hold rows of different rules, because a rule, a seed or a variable has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from loaders.audit.warehouse import Row

# Kind and name of a rule, and its fingerprint.
Rules = dict[tuple[str, str], str]

# The row with the fingerprint of all rules of a model together, and the rules of columns that the contract added later.
_ALL, _ADDED = "all", "added rule"


def rules_differ(recorded: Iterable[Row]) -> Iterator[str]:
    """Yield a sentence that names the models with rows of different rules, and the command that rebuilds them.

    Args:
        recorded: the rules of each model and run since the model's last full refresh.
    """
    changed = changed_rules(recorded)
    if changed:
        models = "; ".join(f"{model} ({', '.join(rules)})" for model, rules in changed.items())
        seeds = sorted(
            {rule.removeprefix("seed ") for rules in changed.values() for rule in rules if rule.startswith("seed ")}
        )
        selected = [*seeds, *(f"{model}+" for model in changed)]
        command = f"dbt build --full-refresh --select {' '.join(selected)}"
        yield f"Models with rows that were judged or scored under different rules: {models}. Run {command}."


def currencies_differ(recorded: Iterable[Row]) -> Iterator[str]:
    """Yield a sentence for each model with amounts in another currency than the reporting currency.

    Args:
        recorded: these models, with the currency of their rows and the reporting currency.
    """
    for model in recorded:
        yield (
            f"{model['model_name']} has amounts in {model['currency_code']}, and the reporting currency is "
            f"{model['reporting_currency']}. Run dbt build --full-refresh."
        )


def changed_rules(recorded: Iterable[Row]) -> dict[str, list[str]]:
    """Return, for each model that holds rows of different rules, what has changed."""
    runs: dict[str, dict[str, Rules]] = defaultdict(lambda: defaultdict(dict))
    for row in recorded:
        rules = runs[row["model_name"]][row["invocation_id"]]
        rules[row["rule_kind"], row["rule_name"]] = row["fingerprint"]
    changed = {}
    for model, of_runs in sorted(runs.items()):
        known = sorted({rule for of_run in of_runs.values() for rule in of_run if rule[0] != _ALL})
        names = [f"{kind} {name}" for kind, name in known if _differs((kind, name), of_runs.values())]
        if names:
            changed[model] = names
    return changed


def _differs(rule: tuple[str, str], runs: Iterable[Rules]) -> bool:
    """Whether a rule changed, appeared or disappeared between runs. A rule of a new column may appear."""
    found = {of_run.get(rule) for of_run in runs}
    return len(found - {None} if rule[0] == _ADDED else found) > 1
