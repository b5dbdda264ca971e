"""What can be wrong, and what comes of it. The names stand on the command line and in the truth file."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is wrong with a row or, the last two, with a whole file."""

    EXACT_DUPLICATE = "exact_duplicate"
    CHANGED_RESEND = "changed_resend"
    OUT_OF_ORDER = "out_of_order"
    SEVERAL_CHANGES = "several_changes"
    LATE_ARRIVAL = "late_arrival"
    ORPHAN = "orphan"
    NULL_KEY = "null_key"
    ZERO_AMOUNT = "zero_amount"
    NEGATIVE_AMOUNT = "negative_amount"
    UNPARSABLE_DATE = "unparsable_date"
    UNPARSABLE_NUMBER = "unparsable_number"
    UNKNOWN_CODE = "unknown_code"
    TEXT_TOO_LONG = "text_too_long"
    MALFORMED_LINE = "malformed_line"
    WRONG_ENCODING = "wrong_encoding"
    ADDED_COLUMN = "added_column"
    MISSING_COLUMN = "missing_column"


FILE_KINDS = (Kind.ADDED_COLUMN, Kind.MISSING_COLUMN)


class Effect(StrEnum):
    """What the warehouse must make of a fault.

    Attributes:
        REJECTED: the row is kept aside by the rule, and by that rule only.
        MALFORMED: the line is kept aside at the door, for the reason given as the rule.
        DUPLICATE: the row is one copy more of a state that is delivered elsewhere.
        SUPERSEDED: the row is one state more of its key, so one row more is superseded: this one or an older one.
        UNKNOWN_MEMBER: the row stays, on the unknown member of the parent that is missing.
        LATE: the row stays, and arrived after the day it was due on.
        REFUSED: nothing of the file lands; the rule is the part of the reason that tells what is wrong.
    """

    REJECTED = "rejected"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    UNKNOWN_MEMBER = "unknown_member"
    LATE = "late"
    REFUSED = "refused"
