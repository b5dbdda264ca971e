"""The `tieout` command starts fast, and every command that it lists exists."""

from __future__ import annotations

import subprocess
import sys

import pytest

from loaders.cli import complete_command
from tests.python.loaders.conftest import Tieout

# Typer itself loads pydantic as soon as a command with options is defined.
SLOW = {"boto3", "dbt", "duckdb", "faker", "numpy", "pandas", "polars", "pyarrow", "redshift_connector", "yaml"}


def loaded_modules(code: str) -> set[str]:
    """Return the names of the modules that are loaded after some code has run in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules, sep='\\n', file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_the_help_loads_no_slow_module() -> None:
    run_help = "from typer.testing import CliRunner; from loaders.cli import app; CliRunner().invoke(app, ['--help'])"
    loaded = loaded_modules(run_help)
    assert "rich" in loaded, "the help was not printed"
    assert not loaded & SLOW
    assert not [module for module in loaded if module.startswith("loaders.") and module.endswith("command")]


@pytest.mark.parametrize("module", ["fetch", "push", "catalog", "stack"])
def test_commands_of_aws_load_boto3_only_when_they_use_it(module: str) -> None:
    assert not loaded_modules(f"import loaders.{module}") & (SLOW - {"yaml"})


@pytest.mark.parametrize("module", ["check", "explain", "rejects", "status"])
def test_commands_of_the_audit_load_no_engine_before_they_open_the_warehouse(module: str) -> None:
    assert not loaded_modules(f"import loaders.audit.{module}") & (SLOW - {"yaml"})


def test_every_listed_command_exists_and_has_a_help_text(tieout: Tieout) -> None:
    for name, command in complete_command().commands.items():
        assert command.name == name
        assert command.help
        for nested in getattr(command, "commands", {}):
            assert command.commands[nested].help
        outcome = tieout(name, "--help")
        assert (outcome.code, outcome.err) == (0, "")
        assert f"tieout {name}" in outcome.out


def test_a_nested_command_is_loaded_when_it_runs(tieout: Tieout) -> None:
    for nested in (("import", "berka"), ("rejects", "export")):
        outcome = tieout(*nested, "--help")
        assert outcome.code == 0
        assert f"tieout {' '.join(nested)}" in outcome.out


def test_a_mistyped_command_is_corrected(tieout: Tieout) -> None:
    outcome = tieout("lnad")
    assert outcome.code == 2
    assert "No such command 'lnad'. Did you mean 'land'?" in outcome.err
