"""The faults that the command line asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from loaders.contract import project_root
from loaders.errors import TieoutError
from loaders.generate.faults.kinds import FILE_KINDS, ON_REQUEST, Kind

HIGHEST_RATE = 0.5

_PANEL = "Faults"
FaultsOption = Annotated[
    float | None,
    typer.Option(
        "--faults",
        metavar="RATE",
        help=f"Share of rows and of files with a fault, 0 to {HIGHEST_RATE}. All kinds are equally likely, except for "
        f"{', '.join(ON_REQUEST)}, which only --fault asks for.",
        rich_help_panel=_PANEL,
    ),
]
FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="KIND=RATE",
        help=f"Share of rows or of files with one kind of fault. Can be repeated. Kinds: {', '.join(Kind)}.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True)
class FaultRequest:
    """The requested rates of faults.

    Attributes:
        rate: share of rows, and share of files, with a fault of a kind that is not in `shares`.
        shares: share of rows (for `FILE_KINDS`: of files) with a fault, by kind.
        truth: the folder of the truth file.
        control_files: whether deliveries have control files, by which half a file can be told from a whole one.
    """

    rate: float = 0.0
    shares: dict[Kind, float] = field(default_factory=dict)
    truth: Path = field(default_factory=lambda: project_root() / "data" / "truth")
    control_files: bool = False

    def __post_init__(self) -> None:
        """Check the rates.

        Raises:
            TieoutError: a rate is out of range, the rates add up to more than 1, or a kind is not possible.
        """
        if Kind.HALF_FILE in self.shares and not self.control_files:
            raise TieoutError(
                f"--fault {Kind.HALF_FILE} needs --control-files: without them, half a file looks like a whole one."
            )
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
                    f"--faults and --fault add up to faults in {total:.0%} of the {what}, but there can be only one "
                    "fault in each. Lower the rates."
                )

    def possible(self, kinds: Sequence[Kind]) -> tuple[Kind, ...]:
        """Return those of the kinds of faults of files that the deliveries can have."""
        return tuple(kind for kind in kinds if self.control_files or kind is not Kind.HALF_FILE)

    def shares_of(self, possible: Sequence[Kind]) -> list[float]:
        """Return the share of each of these kinds, which are all possible ones."""
        equally_likely = len(set(possible) - set(ON_REQUEST))
        return [self.shares.get(kind, 0.0 if kind in ON_REQUEST else self.rate / equally_likely) for kind in possible]


def fault_request(
    rate: float | None, shares: Sequence[str] | None, truth: Path | None, *, control_files: bool = False
) -> FaultRequest | None:
    """Parse the options; return None if neither rate nor shares are given.

    Raises:
        TieoutError: a kind or a rate is not valid.
    """
    if rate is None and not shares:
        return None
    by_kind: dict[Kind, float] = {}
    for text in shares or ():
        kind, share = _share(text)
        if kind in by_kind:
            raise TieoutError(f"--fault has {kind} twice. Remove one of them.")
        by_kind[kind] = share
    request = FaultRequest(rate or 0.0, by_kind, control_files=control_files)
    return replace(request, truth=truth) if truth else request


def _share(text: str) -> tuple[Kind, float]:
    name, sign, rate = text.partition("=")
    try:
        kind = Kind(name)
    except ValueError:
        raise TieoutError(f"--fault {text}: '{name}' is not a kind. The kinds are: {', '.join(Kind)}.") from None
    try:
        return kind, float(rate)
    except ValueError:
        wrong = f"'{rate}' is not a number" if sign else "the rate is missing"
        raise TieoutError(f"--fault {text}: {wrong}. Example: {kind}=0.01.") from None
