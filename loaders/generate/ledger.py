"""Postings to many accounts at once: the balance after each posting, and the debits that exceed a limit."""

from __future__ import annotations

import numpy as np

from loaders.generate.tables import Booleans, Integers


def running_balances(balances: Integers, account: Integers, signed: Integers) -> Integers:
    """Post amounts in the given order; return the account's balance after each posting.

    Args:
        balances: the balances in cents, by account. Changed in place.
        account: the account of each posting.
        signed: the signed amounts in cents.
    """
    order = np.argsort(account, kind="stable")
    grouped, moves = account[order], signed[order]
    sums = np.cumsum(moves)
    is_first = np.diff(grouped, prepend=-1) != 0
    sum_before = (sums - moves)[is_first][np.cumsum(is_first) - 1]
    after = balances[grouped] + sums - sum_before
    is_last = np.diff(grouped, append=-1) != 0
    balances[grouped[is_last]] = after[is_last]
    result: Integers = np.empty_like(after)
    result[order] = after
    return result


def refuse_beyond_limits(available: Integers, limits: Integers, account: Integers, moves: Integers) -> Booleans:
    """Post amounts in the given order, except debits that exceed the account's limit; return true for those.

    A refused debit changes nothing, so a smaller debit after it can still pass. Accounts whose limit is never exceeded,
    which are most, are posted at once. The others are processed in rounds: the first posting of every account, then the
    second, and so on.

    Args:
        available: the available amounts in cents, by account. Changed in place.
        limits: the lowest permitted available amounts in cents, by account.
        account: the account of each posting.
        moves: the signed amounts in cents. Credits are never refused.
    """
    refused: Booleans = np.zeros(len(account), np.bool_)
    after = running_balances(available.copy(), account, moves)
    is_short = np.zeros(len(available), np.bool_)
    is_short[account[(moves < 0) & (after < limits[account])]] = True
    in_rounds = is_short[account]
    at_once = np.flatnonzero(~in_rounds)
    running_balances(available, account[at_once], moves[at_once])
    rows = np.flatnonzero(in_rounds)
    rows = rows[np.argsort(account[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(account[rows], prepend=-1) != 0)
    lengths = np.diff(starts, append=len(rows))
    rank = np.arange(len(rows)) - np.repeat(starts, lengths)
    by_rank = rows[np.argsort(rank, kind="stable")]
    ends = np.cumsum(np.bincount(rank)) if len(rows) else np.zeros(0, np.int64)
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False):
        row = by_rank[start:end]
        posted_to = account[row]
        left = available[posted_to] + moves[row]
        refused[row] = (moves[row] < 0) & (left < limits[posted_to])
        available[posted_to] = np.where(refused[row], available[posted_to], left)
    return refused
