"""The unit tests of the models run on both engines."""

from __future__ import annotations

from typing import Any


def test_every_fixture_has_a_first_row_without_nulls(manifest: dict[str, Any]) -> None:
    """dbt-redshift refuses others. A column that is left out is null too, but has the right type."""
    assert manifest["unit_tests"]
    refused = [
        (test["name"], given["input"], column)
        for test in manifest["unit_tests"].values()
        for given in test["given"]
        for column, value in ((given["rows"] or [{}])[0].items() if isinstance(given["rows"], list) else ())
        if value is None
    ]
    assert refused == []
