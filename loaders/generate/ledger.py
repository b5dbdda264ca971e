"""Postings on many accounts at once: balances after each of them, and which debits an account cannot bear."""

from __future__ import annotations

import numpy as np

from loaders.generate.tables import Booleans, Integers


def running_balances(balances: Integers, account: Integers, signed: Integers) -> Integers:
    """Post amounts in the given order and return each account's balance after each of them.

    Args:
        balances: cents by account; becomes the balances after all postings.
        account: which account each posting moves.
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
    """Reserve what the accounts can bear, in the given order, and return which debits they cannot.

    A refused debit reserves nothing, so that a smaller one behind it may pass. Most accounts bear all of theirs; the
    others go through theirs one after the other, all accounts' first ones at once, then all their second ones, ...

    Args:
        available: cents by account; becomes what is available after all that is not refused.
        limits: cents by account, the least that may be available.
        account: which account each row moves.
        moves: what each row changes of what is available, in cents; a credit is never refused.
    """
    refused: Booleans = np.zeros(len(account), np.bool_)
    after = running_balances(available.copy(), account, moves)
    is_short = np.zeros(len(available), np.bool_)
    is_short[account[(moves < 0) & (after < limits[account])]] = True
    is_careful = is_short[account]
    fine = np.flatnonzero(~is_careful)
    running_balances(available, account[fine], moves[fine])
    rows = np.flatnonzero(is_careful)
    rows = rows[np.argsort(account[rows], kind="stable")]
    begins = np.flatnonzero(np.diff(account[rows], prepend=-1) != 0)
    lengths = np.diff(begins, append=len(rows))
    rank = np.arange(len(rows)) - np.repeat(begins, lengths)
    by_rank = rows[np.argsort(rank, kind="stable")]
    ends = np.cumsum(np.bincount(rank)) if len(rows) else np.zeros(0, np.int64)
    for begin, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False):
        row = by_rank[begin:end]
        place = account[row]
        left = available[place] + moves[row]
        refused[row] = (moves[row] < 0) & (left < limits[place])
        available[place] = np.where(refused[row], available[place], left)
    return refused
