"""Expressions with different results on the two engines, which models must not use."""

from __future__ import annotations

from datetime import date

from .case import Difference, Refused, amount

DIFFERENCES: list[Difference] = [
    Difference(
        "whole / other_whole",
        [{"whole": 7, "other_whole": 2}],
        duckdb=[3.5],
        redshift=Refused("division is not rounded"),
        instead="divide",
    ),
    Difference(
        "avg(amount)",
        [{"amount": amount("0.01")}],
        duckdb=[0.01],
        redshift=Refused("avg keeps the scale"),
        instead="divide('sum(amount)', 'count(amount)', 2)",
    ),
    Difference(
        "cast(fine as decimal(18, 2))",
        [{"fine": amount("0.005")}],
        duckdb=[amount("0.01")],
        redshift=Refused("would truncate"),
        instead="cast(round(fine, 2) as decimal(18, 2))",
    ),
    Difference(
        "cast(words as varchar(2))",
        [{"words": "éa"}],
        duckdb=["éa"],
        redshift=Refused("would truncate"),
        instead="try_to_text",
    ),
    Difference(
        "cast(whole = 1 as varchar(5))",
        [{"whole": 1}],
        duckdb=["true"],
        redshift=Refused("no cast from boolean"),
        instead="case when whole = 1 then 'true' else 'false' end",
    ),
    Difference(
        "concat(words, more_words)", [{"words": "a"}], duckdb=["a"], redshift=[None], instead="words || more_words"
    ),
    Difference(
        "substring(words, -1, 3)", [{"words": "abc"}], duckdb=["c"], redshift=["a"], instead="a start of 1 or more"
    ),
    Difference(
        "row_number() over (order by whole desc)",
        [{"whole": None}, {"whole": 1}],
        duckdb=[2, 1],
        redshift=[1, 2],
        instead="nulls first or nulls last, where there are nulls",
    ),
    Difference(
        "extract(isodow from some_day)",
        [{"some_day": date(2025, 1, 5)}],
        duckdb=[7],
        redshift=Refused("date part isodow"),
        instead="iso_day_of_week",
    ),
    Difference(
        # The guide does not say on which day a week begins.
        "{{ dbt.datediff('some_day', 'other_day', 'week') }}",
        [{"some_day": date(2025, 1, 4), "other_day": date(2025, 1, 5)}],
        duckdb=[1],
        redshift=Refused("week"),
        instead="days between date_trunc('week', ...), divided by 7",
    ),
    Difference(
        "regexp_replace(words, 'a', 'b')", [{"words": "aa"}], duckdb=["ba"], redshift=["bb"], instead="replace_pattern"
    ),
    Difference(
        # DuckDB takes the first branch that matches, PostgreSQL the longest match.
        "{{ replace_pattern('words', 'a|ab', 'x') }}",
        [{"words": "ab"}],
        duckdb=["xb"],
        redshift=["x"],
        instead="branches of which none begins with another",
    ),
]
