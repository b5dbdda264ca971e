"""Delivered rows, read with Polars from the inbox and the truth file, independently of the loaders and the warehouse.

Amounts are whole numbers of hundredths, so nothing is rounded on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl

KEYS = {
    "customers": ("customer_id",),
    "accounts": ("account_id",),
    "transactions": ("transaction_id",),
    "loans": ("loan_id",),
    "loan_applications": ("application_id",),
    "loan_payments": ("payment_id",),
    "investments": ("investment_id",),
    "customer_interactions": ("interaction_id",),
    "daily_balances": ("account_id", "balance_date"),
    "merchants": ("merchant_id",),
    "locations": ("location_id",),
    "fx_rates": ("currency", "rate_date"),
    "products": ("product_id",),
    "cost_of_goods": ("product_id", "effective_date"),
    "campaigns": ("campaign_id",),
    "sales": ("order_line_id",),
    "marketing_spend": ("campaign_id", "spend_date"),
}
SHOP = ("products", "cost_of_goods", "campaigns", "sales", "marketing_spend")
DOMAINS = {entity: "commerce" if entity in SHOP else "banking" for entity in KEYS}
# The control amount of each entity, if it has one.
CONTROL_AMOUNTS = {
    "transactions": "amount",
    "loans": "loan_amount",
    "loan_applications": "requested_amount",
    "loan_payments": "payment_amount",
    "investments": "investment_amount",
    "daily_balances": "closing_balance",
    "sales": "gross_amount",
    "marketing_spend": "spend",
}
SIGNS = {"Deposit": 1, "Transfer": 1, "Withdrawal": -1, "Payment": -1}
AMOUNTS = ("amount", "opening_balance", "closing_balance", "investment_amount", "investment_return")
UNKNOWN = "unknown"
_RATE_DECIMALS = 10


def bronze_files(inbox: Path, entity: str, refused: set[str]) -> Iterator[tuple[str, Path]]:
    """Return the files of an entity that land, with their names in bronze.

    Those of a day land in this order: no part, a day as part, text as part. From the second one on they have a number.
    """
    days: defaultdict[str, list[Path]] = defaultdict(list)
    for file in sorted(inbox.glob(f"*/{DOMAINS[entity]}/{entity}.*")):
        folder = f"{DOMAINS[entity]}/{entity}/dt={file.parts[-3]}"
        if f"{folder}/{file.name}" not in refused and file.suffix != ".ctl":
            days[folder].append(file)
    for folder, landed in days.items():
        landed.sort(key=lambda file: (file.name.count("."), not file.name.split(".")[1][0].isdigit()))
        for number, file in enumerate(landed, 1):
            name = file.name.replace(entity, f"{entity}_{number:04}", 1) if number > 1 else file.name
            yield f"{folder}/{name}", file


class Delivered:
    """The rows of an inbox, without those that the truth file lists as bad, withdrawn or in a refused file.

    Attributes:
        truth: the rows of the truth file.
        rows: the good rows of each entity, with `arrived_on`, `file` and `line`.
        versions: for each entity, one row per key and `updated_at`, ascending: the last one delivered.
        latest: for each entity, the latest version of each key.
    """

    def __init__(self, inbox: Path, truth: Path) -> None:
        """Read the inbox and its truth file."""
        self._inbox = inbox
        self.truth = pl.read_csv(truth, infer_schema=False).with_columns(pl.col("line").cast(pl.Int64))
        bad = self.truth.filter(pl.col("effect").is_in(["rejected", "malformed"]))
        self._bad_lines = set(bad.select("file", "line").iter_rows())
        self._refused = set(self.truth.filter(effect="refused")["file"])
        self.rows = {entity: self._read(entity) for entity in KEYS}
        self.versions = {entity: _versions(rows, [*KEYS[entity], "updated_at"]) for entity, rows in self.rows.items()}
        self.latest = {
            entity: versions.unique(KEYS[entity], keep="last", maintain_order=True)
            for entity, versions in self.versions.items()
        }

    def _read(self, entity: str) -> pl.DataFrame:
        parts = [self._file(file, name) for name, file in bronze_files(self._inbox, entity, self._refused)]
        rows = pl.concat(part for part in parts if part.height)
        withdrawn = self.truth.filter(entity=entity, effect="withdrawn")["key"]
        key = pl.concat_str(*KEYS[entity], separator="/")
        rows = rows.filter(key.is_null() | ~key.is_in(withdrawn.implode()))
        moment = pl.col("^(updated_at|.*_ts)$").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
        day = pl.col("^.*_date$").str.to_date("%Y-%m-%d")
        amounts = [(pl.col(name).cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64) for name in AMOUNTS if name in rows]
        return rows.with_columns(moment, day, *amounts)

    def _file(self, file: Path, name: str) -> pl.DataFrame:
        header, *lines = file.read_bytes().split(b"\n")[:-1]
        numbers = [number for number in range(2, len(lines) + 2) if (name, number) not in self._bad_lines]
        text = b"\n".join([header, *(lines[number - 2] for number in numbers)])
        return pl.read_csv(text, infer_schema=False).with_columns(
            arrived_on=pl.lit(file.parts[-3]), file=pl.lit(name), line=pl.Series(numbers, dtype=pl.Int64)
        )

    def known(self, entity: str, name: str) -> pl.Expr:
        """Return a foreign key as gold shows it: `unknown` where the referenced row never arrived."""
        is_known = pl.col(name).is_in(self.latest[entity][name].implode())
        return pl.when(is_known).then(name).otherwise(pl.lit(UNKNOWN))

    def valid_at(self, rows: pl.DataFrame, at: str, entity: str, *columns: str) -> pl.DataFrame:
        """Add columns of the version of another entity that is valid at a time. The first version has no beginning."""
        (key,) = KEYS[entity]
        versions = self.versions[entity].select(key, "updated_at", *columns)
        is_first = pl.col("updated_at") == pl.col("updated_at").min().over(key)
        since = pl.when(is_first).then(pl.datetime(1900, 1, 1)).otherwise("updated_at")
        versions = versions.with_columns(since.alias("since")).drop("updated_at").sort("since")
        return rows.sort(at).join_asof(versions, left_on=at, right_on="since", by=key, check_sortedness=False)

    def in_usd(self, rows: pl.DataFrame, day: str, *amounts: str) -> pl.DataFrame:
        """Add `<amount>_usd`, rounded half away from zero; null where there is no rate.

        The rate is that of the day, or the last one of the seven days before it. US dollars are worth 1.
        """
        one = 10**_RATE_DECIMALS
        rates = self.latest["fx_rates"].select(
            "currency",
            "rate_date",
            rate=(pl.col("rate_to_usd").cast(pl.Decimal(28, _RATE_DECIMALS)) * one).cast(pl.Int128),
        )
        rated = rows.sort(day).join_asof(
            rates.sort("rate_date"),
            left_on=day,
            right_on="rate_date",
            by="currency",
            tolerance="7d",
            check_sortedness=False,
        )
        is_dollar = pl.col("currency") == "USD"
        rated = rated.with_columns(rate=pl.when(is_dollar).then(pl.lit(one).cast(pl.Int128)).otherwise("rate"))
        return rated.with_columns(
            (
                (2 * pl.col(amount).cast(pl.Int128).abs() * pl.col("rate") + one)
                // (2 * one)
                * pl.col(amount).sign().cast(pl.Int128)
            )
            .cast(pl.Int64)
            .alias(f"{amount}_usd")
            for amount in amounts
        )


def _versions(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return rows.sort("updated_at", "arrived_on", "file", "line").unique(by, keep="last", maintain_order=True).sort(by)


def money(hundredths: int) -> Decimal:
    """Return an amount that is given in hundredths."""
    return Decimal(hundredths).scaleb(-2)


def quotient(numerator: int | Decimal, denominator: int | Decimal, decimals: int) -> Decimal | None:
    """Return a quotient rounded half away from zero, or None if the denominator is 0."""
    if not denominator:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
