"""Defects in seeds with ranges."""

from __future__ import annotations

from tests.python.reliability.defect import defect, doubled

BANDS = "dev_silver.dpd_bands"
GRID = "dev_silver.rfm_segments"
CONTIGUOUS = "contiguous_ranges_dpd_bands_least_days__0__most_days"
FULL = "full_grid_rfm_segments_recency_score__value_score__5"

SEED_DEFECTS = {
    "seed: a gap between two bands": defect(f"update {BANDS} set least_days = 31 where least_days = 30", CONTIGUOUS),
    "seed: two bands overlap": defect(f"update {BANDS} set least_days = 29 where least_days = 30", CONTIGUOUS),
    "seed: a band missing": defect(f"delete from {BANDS} where least_days = 30", CONTIGUOUS),
    "seed: a band doubled": defect(doubled(BANDS, "least_days = 30"), CONTIGUOUS),
    "seed: the first band does not start at 0": defect(f"delete from {BANDS} where least_days = 0", CONTIGUOUS),
    "seed: the last band is not open": defect(
        f"update {BANDS} set most_days = 9999 where most_days is null", CONTIGUOUS
    ),
    "seed: a band in the middle is open": defect(
        f"update {BANDS} set most_days = null where least_days = 30", CONTIGUOUS
    ),
    "seed: no bands": defect(f"delete from {BANDS} where true", CONTIGUOUS),
    "seed: a segment missing": defect(f"delete from {GRID} where recency_score = 5 and value_score = 1", FULL),
    "seed: a segment outside the grid": defect(
        f"update {GRID} set value_score = 6 where recency_score = 5 and value_score = 5", FULL
    ),
}
