"""The one error that a user is meant to read."""

from __future__ import annotations


class TieoutError(Exception):
    """Bad input or a bad environment, told in one sentence that names the place and the remedy.

    The command line prints the sentence and exits with 1; a traceback never reaches the user.
    """
