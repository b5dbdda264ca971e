"""Which faults are asked for, as the command line says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from loaders.contract import project_root
from loaders.errors import TieoutError
from loaders.generate.faults.kinds import FILE_KINDS, Kind

HIGHEST_RATE = 0.5

_PANEL = "Faults"
FaultsOption = Annotated[
    float | None,
    typer.Option(
        "--faults",
        metavar="RATE",
        help=f"Share of rows and of files with a fault, 0 to {HIGHEST_RATE}; all kinds are equally likely.",
        rich_help_panel=_PANEL,
    ),
]
FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="KIND=RATE",
        help=f"The share of one kind; may be repeated. Kinds: {', '.join(Kind)}.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True)
class FaultRequest:
    """How many faults there shall be.

    Attributes:
        rate: share of rows that get any fault but those of `shares`, and share of files that are refused.
        shares: share of rows (of files: `FILE_KINDS`) that get a fault of one kind.
        truth: folder of the truth file.
    """

    rate: float = 0.0
    shares: dict[Kind, float] = field(default_factory=dict)
    truth: Path = field(default_factory=lambda: project_root() / "data" / "truth")

    def __post_init__(self) -> None:
        """Refuse rates that are none.

        Raises:
            TieoutError: a rate is out of range, or all together are more than 1.
        """
        for option, rate in (
            ("--faults", self.rate),
            *((f"--fault {kind}", rate) for kind, rate in self.shares.items()),
        ):
            if not 0 <= rate <= HIGHEST_RATE:
                raise TieoutError(f"{option} must be a rate between 0 and {HIGHEST_RATE}, not {rate}.")
        for what, of_files in (("rows", False), ("files", True)):
            total = self.rate + sum(rate for kind, rate in self.shares.items() if (kind in FILE_KINDS) == of_files)
            if round(total, 9) > 1:
                raise TieoutError(
                    f"--faults and --fault together ask for faults in {total:.0%} of the {what}, and each has one at "
                    "most. Lower the rates."
                )

    def shares_of(self, possible: Sequence[Kind]) -> list[float]:
        """Return the share of each of these kinds, which are all that can be."""
        return [self.shares.get(kind, self.rate / len(possible)) for kind in possible]


def fault_request(rate: float | None, shares: Sequence[str] | None, truth: Path | None) -> FaultRequest | None:
    """Read the options; None if no faults were spoken of.

    Raises:
        TieoutError: a kind or a rate is none.
    """
    if rate is None and not shares:
        return None
    by_kind: dict[Kind, float] = {}
    for text in shares or ():
        kind, share = _share(text)
        if kind in by_kind:
            raise TieoutError(f"--fault names {kind} twice; leave one out.")
        by_kind[kind] = share
    return FaultRequest(rate or 0.0, by_kind, *([truth] if truth else []))


def _share(text: str) -> tuple[Kind, float]:
    name, sign, rate = text.partition("=")
    try:
        kind = Kind(name)
    except ValueError:
        raise TieoutError(f"--fault {text}: there is no kind '{name}'; the kinds are {', '.join(Kind)}.") from None
    try:
        return kind, float(rate)
    except ValueError:
        wrong = f"'{rate}' is no number" if sign else "the rate is missing"
        raise TieoutError(f"--fault {text}: {wrong}; write {kind}=0.01, for one.") from None
