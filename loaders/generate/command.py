"""The command `tieout generate`."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from loaders.contract import load_contract
from loaders.deliveries import GzipOption, Inbox, InboxOption
from loaders.errors import TieoutError
from loaders.generate.faults.delivering import FaultyDeliveries
from loaders.generate.faults.request import FaultOption, FaultRequest, FaultsOption, TruthOption, fault_request
from loaders.generate.settings import Settings

DOMAIN = "banking"


def generate(
    *,
    days: Annotated[int, typer.Option("--days", help="Number of arrival days.")] = 30,
    start: Annotated[str, typer.Option("--start", help="First arrival day, YYYY-MM-DD.")] = "2025-01-01",
    customers: Annotated[int, typer.Option("--customers", help="Customers on the first day.")] = 1000,
    transactions_per_day: Annotated[
        int,
        typer.Option("--transactions-per-day", help="New transactions a day; settlements of pending ones come on top."),
    ] = 2000,
    seed: Annotated[
        int, typer.Option("--seed", help="The same arguments with the same seed give the same bytes.")
    ] = 42,
    inbox: InboxOption = None,
    compressed: GzipOption = False,
    faults: FaultsOption = None,
    fault: FaultOption = None,
    truth: TruthOption = None,
) -> None:
    """Generate the deliveries of a simulated bank.

    Customers, accounts, transactions and loans, one folder per arrival day. Balances are true to the cent. A longer run
    begins with exactly the files of a shorter one, and files that stand there already are left alone.

    With --faults or --fault the deliveries have faults; each is written down in the truth file.
    """
    settings = Settings(days, _day(start), customers, transactions_per_day, seed)
    write(settings, Inbox(inbox, compressed=compressed), fault_request(faults, fault, truth))


def write(settings: Settings, target: Inbox, request: FaultRequest | None = None) -> None:
    """Simulate and write all days, with a progress bar on a terminal, and say what was written."""
    from loaders.generate.simulation import Day, simulate  # noqa: PLC0415 - Faker takes a while to load

    contract = load_contract()
    rows: Counter[str] = Counter()
    faulty = FaultyDeliveries(settings, request, target) if request else None

    def deliver(day: Day) -> None:
        for name, delivery in day.deliveries.items():
            (faulty or target).deliver(day.date, contract.entity(DOMAIN, name), delivery)
            rows[name] += delivery.height
        if faulty:
            faulty.end(day.date)

    console = Console(stderr=True)
    progress = track(simulate(settings), "Generating", settings.days, console=console, disable=not console.is_terminal)
    # One day is written while the next one is made, never more: memory holds two days.
    with ThreadPoolExecutor(max_workers=1) as writer:
        writing: Future[None] | None = None
        for day in progress:
            if writing:
                writing.result()
            writing = writer.submit(deliver, day)
        if writing:
            writing.result()
    counts = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    typer.echo(f"Generated {settings.days} days from {settings.start} (seed {settings.seed}): {counts}.")
    typer.echo(f"{target.written} files written to {target.root}, {target.left_alone} stood there already.")
    if request and faulty:
        typer.echo(f"{faulty.truth.kinds.total():,} faults, all of them in {faulty.truth.write(request.truth)}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise TieoutError(f"--start '{text}' is no date; write it as YYYY-MM-DD.") from error
