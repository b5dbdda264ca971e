"""Kinds of faults, and their effects in the warehouse. The command line and the truth file use these names."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is wrong with a row or, for the last two, with a file."""

    EXACT_DUPLICATE = "exact_duplicate"
    CHANGED_RESEND = "changed_resend"
    OUT_OF_ORDER = "out_of_order"
    SEVERAL_CHANGES = "several_changes"
    LATE_ARRIVAL = "late_arrival"
    ORPHAN = "orphan"
    WITHDRAWN = "withdrawn"
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
    """What the warehouse must do with a fault.

    Attributes:
        REJECTED: the row is rejected, by this rule only.
        MALFORMED: landing sets the line aside, with the rule as the reason.
        DUPLICATE: the row is an additional copy of a delivered row.
        SUPERSEDED: the row is an additional state of its key, so one more row is superseded: this one or an older one.
        UNKNOWN_MEMBER: the row is accepted, and refers to the unknown member instead of the missing parent.
        WITHDRAWN: the row says that the source has deleted its record, and no later row brings it back.
        LATE: the row is accepted, although it arrived after its due day.
        REFUSED: the whole file is refused; the rule is a part of the reason.
    """

    REJECTED = "rejected"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    UNKNOWN_MEMBER = "unknown_member"
    WITHDRAWN = "withdrawn"
    LATE = "late"
    REFUSED = "refused"
