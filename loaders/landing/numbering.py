"""Putting the source line in front of each landed record, vectorized."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_LF, _COMMA = 0x0A, 0x2C


def number_lines(body: bytes, numbers: Positions) -> bytes:
    """Put a number and a comma in front of every line; return the new text.

    Args:
        body: lines, each ended by LF.
        numbers: one number per line, ascending.
    """
    data = np.frombuffer(body, np.uint8)
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(data == _LF)[:-1] + 1))[: len(numbers)]
    widths = np.ones(len(numbers), np.int64)  # digits and comma
    power = 1
    while len(numbers) and power <= numbers[-1]:
        widths += numbers >= power
        power *= 10
    numbered = np.empty(len(data) + int(widths.sum()), np.uint8)
    is_body = np.ones(len(numbered), np.bool_)
    targets = starts + np.cumsum(widths) - widths
    for width in np.unique(widths).tolist():
        same = widths == width
        left = numbers[same]
        prefix = np.empty((len(left), width), np.uint8)
        prefix[:, -1] = _COMMA
        for position in range(width - 2, -1, -1):
            left, digit = np.divmod(left, 10)
            prefix[:, position] = digit + ord("0")
        positions = targets[same, None] + np.arange(width)
        numbered[positions] = prefix
        is_body[positions] = False
    numbered[is_body] = data
    return numbered.tobytes()
