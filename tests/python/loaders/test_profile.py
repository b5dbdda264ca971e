"""Commands find a DuckDB target without dbt, and leave every other profile to dbt."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from loaders.audit.warehouse import _profile
from loaders.profile import DuckDBTarget, duckdb_target
from tests.python.loaders.conftest import Tieout
from tests.python.warehouse import PROJECT


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's profile."""
    for variable in ("TIEOUT_TARGET", "TIEOUT_DUCKDB_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    return Path(shutil.copy(PROJECT / "profiles" / "profiles.yml", tmp_path))


@pytest.mark.usefixtures("profile")
@pytest.mark.parametrize("target", [None, "dev", "ci"])
@pytest.mark.parametrize("variables", [{}, {"TIEOUT_TARGET": "ci", "TIEOUT_DUCKDB_PATH": "else where.duckdb"}])
def test_a_duckdb_target_is_what_dbt_reads(
    target: str | None, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    by_dbt = _profile(target)
    credentials: Any = by_dbt.credentials
    assert duckdb_target(target) == DuckDBTarget(by_dbt.target_name, credentials.schema, credentials.path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: duckdb", "type: redshift"),
        ("'data/tieout.duckdb') }}", "'data/tieout.duckdb') | trim }}"),
        ("env_var('TIEOUT_DUCKDB_PATH', 'data/tieout.duckdb')", "env_var('NOT_SET_ANYWHERE')"),
        ("tieout:", "other:"),
        ("outputs:", "outputs: ["),
        ("env_var('TIEOUT_TARGET', 'dev')", "env_var('TIEOUT_TARGET', 'none')"),
    ],
    ids=["engine", "filter", "variable", "profile", "YAML", "target"],
)
def test_any_other_profile_is_left_to_dbt(profile: Path, old: str, new: str) -> None:
    assert duckdb_target(None)
    text = profile.read_text(encoding="utf-8")
    assert old in text
    profile.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert duckdb_target(None) is None


def test_prod_and_a_missing_profile_are_left_to_dbt(profile: Path) -> None:
    assert duckdb_target("prod") is None
    profile.unlink()
    assert duckdb_target(None) is None


@pytest.mark.usefixtures("profile")
def test_an_unknown_target_is_an_error_of_dbt(tieout: Tieout) -> None:
    outcome = tieout("check", "--target", "nowhere")
    assert outcome.code == 1
    assert "nowhere" in outcome.err
