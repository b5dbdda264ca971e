"""Postings to many accounts at once, compared with a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.generate.ledger import refuse_beyond_limits, running_balances

pytestmark = pytest.mark.extended


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-(10**12), 10**12)), max_size=60))
def test_running_balances_equal_a_loop(postings: list[tuple[int, int]]) -> None:
    start = np.arange(6) * 100
    balances = start.copy()
    accounts = np.array([account for account, _ in postings], np.int64)
    signed = np.array([cents for _, cents in postings], np.int64)
    after = running_balances(balances, accounts, signed)
    plain = start.tolist()
    for (account, cents), result in zip(postings, after.tolist(), strict=True):
        plain[account] += cents
        assert result == plain[account]
    assert balances.tolist() == plain


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-900, 600)), max_size=40))
def test_refusals_equal_a_loop(postings: list[tuple[int, int]]) -> None:
    available, limits = np.array([0, 500, 1000, 50]), np.array([0, -500, -100, 0])
    plain = available.tolist()
    expected = []
    for account, move in postings:
        refused = move < 0 and plain[account] + move < limits[account]
        expected.append(refused)
        plain[account] += 0 if refused else move
    accounts, moves = (np.array([posting[part] for posting in postings], np.int64) for part in (0, 1))
    assert refuse_beyond_limits(available, limits, accounts, moves).tolist() == expected
    assert available.tolist() == plain
