"""Kinds of faults, and their effects in the warehouse. The command line and the truth file use these names."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is wrong with a row or, for the last four, with a file."""

    EXACT_DUPLICATE = "exact_duplicate"
    CHANGED_RESEND = "changed_resend"
    OUT_OF_ORDER = "out_of_order"
    SEVERAL_CHANGES = "several_changes"
    SAME_DAY_CORRECTION = "same_day_correction"
    LATE_ARRIVAL = "late_arrival"
    ORPHAN = "orphan"
    WITHDRAWN = "withdrawn"
    REUSED_KEY = "reused_key"
    NULL_KEY = "null_key"
    ZERO_AMOUNT = "zero_amount"
    NEGATIVE_AMOUNT = "negative_amount"
    UNPARSABLE_DATE = "unparsable_date"
    UNPARSABLE_NUMBER = "unparsable_number"
    UNKNOWN_CODE = "unknown_code"
    TEXT_TOO_LONG = "text_too_long"
    FUTURE_UPDATE_TIME = "future_update_time"
    MALFORMED_LINE = "malformed_line"
    WRONG_ENCODING = "wrong_encoding"
    ADDED_COLUMN = "added_column"
    MISSING_COLUMN = "missing_column"
    HALF_FILE = "half_file"
    LATE_FILE = "late_file"


HEADER_KINDS = (Kind.ADDED_COLUMN, Kind.MISSING_COLUMN)
REFUSED_KINDS = (*HEADER_KINDS, Kind.HALF_FILE)
FILE_KINDS = (*REFUSED_KINDS, Kind.LATE_FILE)

ON_REQUEST = (Kind.REUSED_KEY,)
"""Kinds that `--faults` leaves out, because they are findings that a person has to clear up."""


class Effect(StrEnum):
    """What the warehouse must do with a fault.

    Attributes:
        REJECTED: the row is rejected, by this rule only.
        MALFORMED: landing sets the line aside, with the rule as the reason.
        DUPLICATE: the row is an additional copy of a delivered row.
        CORRECTED: the row has the update time of the row that corrects it. It counts as a duplicate, and is no repeat.
        SUPERSEDED: the row is an additional state of its key, so one more row is superseded: this one or an older one.
        UNKNOWN_MEMBER: the row is accepted, and refers to the unknown member instead of the missing parent.
        WITHDRAWN: the row says that the source has deleted its record, and no later row brings it back.
        REUSED_KEY: the row is accepted, and its key meant something else before, which is a finding.
        LATE: the row, or each row of the file, is accepted, although it arrived after its due day.
        REFUSED: the whole file is refused; the rule is a part of the reason.
    """

    REJECTED = "rejected"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    CORRECTED = "corrected"
    SUPERSEDED = "superseded"
    UNKNOWN_MEMBER = "unknown_member"
    WITHDRAWN = "withdrawn"
    REUSED_KEY = "reused_key"
    LATE = "late"
    REFUSED = "refused"
