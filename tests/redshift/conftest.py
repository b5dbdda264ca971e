"""Makes the fixtures of the stand-in available to the tests of this folder."""

from tests.standin.fixtures import stand_in, temporary

__all__ = ["stand_in", "temporary"]  # pytest looks for fixtures here
