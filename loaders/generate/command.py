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
from loaders.generate.fraud.labels import FraudLabels
from loaders.generate.options import resolve
from loaders.generate.settings import Settings


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
            help="New transactions per day, in addition to fraud and to settlements of pending transactions "
            "[default: 2000].",
        ),
    ] = None,
    orders_per_day: Annotated[
        int | None,
        typer.Option(
            "--orders-per-day",
            help="Approximate orders per day in the shop; 0 for no shop [default: a tenth of the transactions].",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Seed; the same arguments and seed give the same files [default: 42]."),
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
            help="Folder for fraud.csv and faults.csv, which list every fraudulent transaction and every fault "
            "[default: truth, next to the inbox].",
            file_okay=False,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="demo (100 customers, 10,000 transactions in 30 days), medium (a year, 10,000 transactions per day) "
            "or million (three days, 1,000,000 transactions per day).",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="YAML file with options, such as `days: 10`. They override the preset; the command line overrides "
            "them.",
            dir_okay=False,
        ),
    ] = None,
    inbox: InboxOption = None,
    compressed: Annotated[bool | None, typer.Option("--gzip/--no-gzip", help="Write .csv.gz files.")] = None,
    control_files: Annotated[
        bool | None,
        typer.Option(
            "--control-files/--no-control-files",
            help="Write a control file beside each file, with its rows and its SHA-256.",
        ),
    ] = None,
    faults: FaultsOption = None,
    fault: FaultOption = None,
) -> None:
    """Generate the deliveries of a simulated bank and of a shop where its customers buy.

    The deliveries contain all entities of the contract, in one folder per arrival day. Balances are correct to the
    cent: if a transaction completes days later, corrected daily balances are delivered for the days since it took
    place. The first days of a longer run are identical to a shorter run. Existing files are not written again.

    With --faults or --fault, the deliveries contain faults. With --fraud, some transactions are fraudulent. Both are
    listed in files next to the inbox.
    """
    chosen = resolve(
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
            "control-files": control_files,
            "faults": faults,
            "fault": fault or None,
        },
        preset,
        config,
    )
    settings = Settings(
        chosen["days"],
        chosen["start"],
        chosen["customers"],
        chosen["transactions-per-day"],
        chosen["seed"],
        chosen["fraud"],
        chosen["orders-per-day"],
    )
    target = Inbox(chosen["inbox"], compressed=chosen["gzip"], control_files=chosen["control-files"])
    labels = FraudLabels(target.root, chosen["truth"])
    request = fault_request(
        chosen["faults"], chosen["fault"], labels.file.parent, control_files=chosen["control-files"]
    )
    write(settings, target, labels, request)


def write(
    settings: Settings, target: Inbox, labels: FraudLabels | None = None, request: FaultRequest | None = None
) -> None:
    """Simulate and write all days, with a progress bar on a terminal, and print a summary."""
    from loaders.generate.simulation import Day, simulate  # noqa: PLC0415 - Faker is slow to import

    labels = labels or FraudLabels(target.root)
    rows: Counter[str] = Counter()
    faulty = FaultyDeliveries(settings, request, target) if request else None

    def deliver(day: Day) -> None:
        for entity, delivery in day.deliveries.items():
            (faulty or target).deliver(day.date, entity, delivery)
            rows[entity.name] += delivery.height
        if faulty:
            faulty.end(day.date)
        labels.add(day.fraud)

    console = Console(stderr=True)
    progress = track(simulate(settings), "Generating", settings.days, console=console, disable=not console.is_terminal)
    # One day is written while the next one is simulated. Memory never holds more than these two days.
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
    typer.echo(f"Files: {target.written} written to {target.root}, {target.left_alone} were already there.")
    if request and faulty:
        typer.echo(f"Faults: {faulty.truth.kinds.total():,}, listed in {faulty.truth.write(request.truth)}.")
    if settings.fraud:
        typer.echo(f"Fraudulent transactions: {labels.write():,}, listed in {labels.file}.")
