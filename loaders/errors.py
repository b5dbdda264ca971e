"""The error that is shown to the user."""

from __future__ import annotations


class TieoutError(Exception):
    """Bad input or a bad environment. The message names what is wrong, where, and the remedy.

    The command line prints the message and exits with 1, without a traceback.
    """
