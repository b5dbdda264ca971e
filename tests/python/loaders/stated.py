"""A delivery of `notes`, and its contract with what it says about statements."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from loaders.contract import Column, Contract
from tests.python.conftest import BronzeFolder
from tests.python.loaders.notes import HEADER, small_contract

PIECES = Column("pieces", added_by_landing=False, is_money=False, pii=None, type="integer", since=2)
TEXT = HEADER + "1,a,10.50\n2,b,-0.25\n3,c,\n"


def contract(statement: str = "optional", trailer: tuple[str, ...] = ()) -> Contract:
    """Return the contract of `notes` with the number of pieces, and with what it says about statements."""
    made = small_contract(PIECES)
    notes = replace(made.entity("banking", "notes"), statement=statement, trailer=trailer)
    return Contract(made.entities | {("banking", "notes"): notes})


def digest(text: str | bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, text.encode() if isinstance(text, str) else text).hexdigest()


def deliveries(bronze: BronzeFolder) -> list[tuple[str, str, str]]:
    """Return file, status and who stated what, of all manifests."""
    rows = bronze.control("deliveries")
    return sorted((row["delivered_file"], row["delivery_status"], row["stated_by"]) for row in rows)
