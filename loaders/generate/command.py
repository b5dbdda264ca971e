"""The command `tieout generate`."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from loaders.deliveries import Inbox, InboxOption
from loaders.generate.faults.delivering import FaultyDeliveries
from loaders.generate.faults.request import FaultOption, FaultRequest, FaultsOption, fault_request
from loaders.generate.options import resolve
from loaders.generate.settings import Settings
from loaders.generate.truth import Truth


def generate(
    *,
    days: Annotated[int | None, typer.Option("--days", help="Number of arrival days [default: 30].")] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="First arrival day, YYYY-MM-DD [default: 2025-01-01].")
    ] = None,
    customers: Annotated[
        int | None, typer.Option("--customers", help="Customers on the first day [default: 1000].")
    ] = None,
    transactions_per_day: Annotated[
        int | None,
        typer.Option(
            "--transactions-per-day",
            help="New transactions a day; settlements of pending ones and fraud come on top [default: 2000].",
        ),
    ] = None,
    orders_per_day: Annotated[
        int | None,
        typer.Option(
            "--orders-per-day",
            help="Orders a day, about, of the shop in which customers buy; 0 for no shop [default: a tenth of the "
            "transactions].",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="The same arguments with the same seed give the same bytes [default: 42]."),
    ] = None,
    fraud: Annotated[
        float | None,
        typer.Option(
            "--fraud",
            help="Fraudulent transactions as a share of the others, such as 0.001: card testing, impossible travel, "
            "structuring, account takeover, fan-in and fan-out [default: 0].",
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            help="Folder for fraud.csv and faults.csv, which tell the fraudulent transactions and every fault; `truth` "
            "next to the inbox unless told.",
            file_okay=False,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="demo (100 customers, 10,000 transactions in 30 days), medium (a year of 10,000 a day) or million "
            "(three days of 1,000,000).",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="YAML file with options by their names, such as `days: 10`; they win over the preset, and the command "
            "line over them.",
            dir_okay=False,
        ),
    ] = None,
    inbox: InboxOption = None,
    compressed: Annotated[bool | None, typer.Option("--gzip/--no-gzip", help="Write .csv.gz files.")] = None,
    faults: FaultsOption = None,
    fault: FaultOption = None,
) -> None:
    """Generate the deliveries of a simulated bank, and of a shop in which its customers buy.

    All entities of the contract, one folder per arrival day. Balances are true to the cent: a transaction that
    completes days later brings corrected daily balances of the days since it took place. A longer run begins with
    exactly the files of a shorter one, and files that stand there already are left alone.

    With --faults or --fault the deliveries have faults, with --fraud the bank has fraudsters; the truth about both is
    written down beside the inbox.
    """
    asked = resolve(
        {
            "days": days,
            "start": start,
            "customers": customers,
            "transactions-per-day": transactions_per_day,
            "orders-per-day": orders_per_day,
            "seed": seed,
            "fraud": fraud,
            "truth": truth,
            "inbox": inbox,
            "gzip": compressed,
            "faults": faults,
            "fault": fault or None,
        },
        preset,
        config,
    )
    settings = Settings(
        asked["days"],
        asked["start"],
        asked["customers"],
        asked["transactions-per-day"],
        asked["seed"],
        asked["fraud"],
        asked["orders-per-day"],
    )
    target = Inbox(asked["inbox"], compressed=asked["gzip"])
    fraud_truth = Truth(target.root, asked["truth"])
    write(settings, target, fraud_truth, fault_request(asked["faults"], asked["fault"], fraud_truth.file.parent))


def write(settings: Settings, target: Inbox, truth: Truth | None = None, request: FaultRequest | None = None) -> None:
    """Simulate and write all days, with a progress bar on a terminal, and say what was written."""
    from loaders.generate.simulation import Day, simulate  # noqa: PLC0415 - Faker takes a while to load

    truth = truth or Truth(target.root)
    rows: Counter[str] = Counter()
    faulty = FaultyDeliveries(settings, request, target) if request else None

    def deliver(day: Day) -> None:
        for entity, delivery in day.deliveries.items():
            (faulty or target).deliver(day.date, entity, delivery)
            rows[entity.name] += delivery.height
        if faulty:
            faulty.end(day.date)
        truth.add(day.fraud)

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
    if settings.fraud:
        typer.echo(f"{truth.write():,} of the transactions are fraud: {truth.file} tells which.")
