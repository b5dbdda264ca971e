"""Sales tax rates of the states, without those of counties and cities."""

from __future__ import annotations

import polars as pl

# Hundredths of a percent. Other states have no sales tax.
RATES = {
    "Arizona": 560,
    "California": 725,
    "Colorado": 290,
    "District of Columbia": 600,
    "Florida": 600,
    "Georgia": 400,
    "Hawaii": 400,
    "Illinois": 625,
    "Indiana": 700,
    "Iowa": 600,
    "Kentucky": 600,
    "Louisiana": 500,
    "Maryland": 600,
    "Massachusetts": 625,
    "Michigan": 600,
    "Minnesota": 688,
    "Missouri": 423,
    "Nebraska": 550,
    "Nevada": 685,
    "New Mexico": 488,
    "New York": 400,
    "North Carolina": 475,
    "Ohio": 575,
    "Oklahoma": 450,
    "Pennsylvania": 600,
    "Tennessee": 700,
    "Texas": 625,
    "Utah": 485,
    "Washington": 650,
    "Wisconsin": 500,
}


def tax_rates(states: pl.Series) -> pl.Series:
    """Return the rate of each state, in hundredths of a percent."""
    return states.replace_strict(RATES, default=0, return_dtype=pl.Int64)
