"""Run `dbt parse` as the tests run dbt: `python -m tests.python.parse` takes three quarters of the time."""

from __future__ import annotations

import gc

from dbt.cli.main import cli

from tests.python.shortcuts import shortcuts
from tests.python.templates import kept_templates

if __name__ == "__main__":
    gc.disable()  # as in the forks
    with kept_templates(), shortcuts(debug_events=False, runs_tests=True, optimizes=True):
        cli(["parse"])
