"""Rules of this project that dbt-bouncer does not have. `dbt-bouncer.yml` says where each holds, and why."""

from __future__ import annotations

import re
from typing import Any

from dbt_bouncer.check_framework.decorator import check, fail

_PUBLISHED = re.compile(r"^models/(marts|audit)/")
_OF_KEYS = {"unique", "unique_combination_of_columns", "mutually_exclusive_ranges"}


def _names_a_row(test: Any) -> bool:
    metadata = test.get("test_metadata") or {}
    if metadata.get("name") == "rules":
        return bool(metadata["kwargs"].get("unique"))
    return metadata.get("name") in _OF_KEYS


@check
def check_model_key_is_tested(model, ctx):
    """A test says which columns name a row."""
    if not any(_names_a_row(test) for test in ctx.tests_by_attached_node.get(model.unique_id, [])):
        fail(f"`{model.name}` has no test of its key: `unique` of the test `rules`, or a test of uniqueness.")


@check
def check_model_has_group(model):
    """A group, and so an owner, is responsible for the model."""
    if not model.group:
        fail(f"`{model.name}` belongs to no group. models/groups.yml has the groups.")


@check
def check_model_tags_are_known(model, *, tags: list[str]):
    """Only tags that the overview explains."""
    unknown = sorted(set(model.tags) - set(tags))
    if unknown:
        fail(f"`{model.name}` has tags that models/overview.md does not explain: {', '.join(unknown)}.")


@check
def check_model_is_tagged_as_persistent(model):
    """The tag `persistent` is on the models that a full refresh does not rebuild, and on no others."""
    if ("persistent" in model.tags) != (model.config.full_refresh is False):
        fail(f"`{model.name}`: the tag `persistent` and the configuration `full_refresh=false` belong together.")


def _has_personal_data(node: Any, ctx: Any) -> bool:
    """Return whether columns are tagged as personal data, in the YAML or in the contract of the model's entity."""
    entity = node.config.meta.get("entity")
    sources = [found.source for found in ctx.sources]
    tables = [node, *(source for source in sources if f"{source.source_name}.{source.name}" == entity)]
    return any(column["config"]["meta"].get("pii") for table in tables for column in table.columns.values())


@check
def check_model_is_tagged_as_personal_data(model, ctx):
    """The tag `personal_data` is on the models with personal data in clear, and on no others."""
    if ("personal_data" in model.tags) != _has_personal_data(model, ctx):
        fail(f"`{model.name}`: the tag `personal_data` and columns with `pii` belong together.")


@check
def check_snapshot_is_tagged_as_personal_data(snapshot, ctx):
    """The tag `personal_data` is on the snapshots with personal data in clear, and on no others."""
    if ("personal_data" in snapshot.tags) != _has_personal_data(snapshot, ctx):
        fail(f"`{snapshot.name}`: the tag `personal_data` and columns with `pii` belong together.")


@check
def check_seed_says_its_grain(seed, *, regexp_pattern: str):
    """The description of a seed begins with its grain."""
    if not re.match(regexp_pattern, seed.description or ""):
        fail(f"The description of `{seed.name}` does not begin with its grain: One row per ...")


@check
def check_snapshot_says_its_grain(snapshot, *, regexp_pattern: str):
    """The description of a snapshot begins with its grain."""
    if not re.match(regexp_pattern, snapshot.description or ""):
        fail(f"The description of `{snapshot.name}` does not begin with its grain: One row per ...")


@check
def check_exposure_is_based_on_published_models(exposure, ctx):
    """What people read is made of gold and of the audit only."""
    paths = {model.unique_id: model.original_file_path for model in ctx.models}
    others = sorted(node for node in exposure.depends_on.nodes if not _PUBLISHED.match(paths.get(node, "")))
    if others:
        fail(f"`{exposure.name}` reads {', '.join(others)}. Exposures read gold and audit only.")
