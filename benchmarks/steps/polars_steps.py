"""The steps with Polars: `python -m benchmarks.steps.polars_steps BRONZE DIMENSIONS OUTPUT`.

Amounts are whole cents, so that nothing is rounded on the way. Polars has no SHA-256; hashlib computes it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl

from benchmarks.steps.sql import DIMENSIONS, TEXTS

_MONEY = pl.Decimal(18, 2)
_RATE_UNITS = 10**10
_UNKNOWN = pl.lit("unknown")


def main(bronze: Path, dimensions: Path, output: Path) -> None:
    """Write a Parquet file of each step."""
    given = {name: pl.read_parquet(dimensions / f"{name}.parquet") for name in DIMENSIONS}
    files = bronze / "banking" / "transactions" / "*" / "*.csv"
    delivered = pl.read_csv(files, infer_schema=False, include_file_paths="source_file")
    made = {"base": _base(delivered, given)}
    made["stg"] = _stg(made["base"], given)
    made["fact"] = _fact(made["stg"], given)
    made["customer"] = _customer(made["fact"])
    made["merchant"] = _merchant(made["fact"], given)
    for step, rows in made.items():
        rows.write_parquet(output / f"{step}.parquet")
    json.dump(_totals(made), sys.stdout)


def _base(delivered: pl.DataFrame, given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    texts = [*TEXTS, "updated_at"]
    trimmed = delivered.with_columns(pl.col(texts).str.strip_chars()).with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in texts
    )
    content = trimmed.select(pl.concat_str(TEXTS, separator="\x1f", ignore_nulls=True)).to_series()
    typed = trimmed.with_columns(
        (pl.col("amount", "balance_after").cast(_MONEY, strict=False) * 100).cast(pl.Int64),
        _moment(pl.col("transaction_ts")),
        _moment(pl.coalesce("updated_at", "transaction_ts")).alias("updated_at"),
        pl.col("source_line").cast(pl.Int32),
        row_hash=pl.Series([hashlib.sha256(text.encode()).hexdigest() for text in content]),
    )
    rules = {
        "transaction_id_missing": pl.col("transaction_id").is_null(),
        "account_id_missing": pl.col("account_id").is_null(),
        "transaction_type_unknown": ~_known("transaction_type", given["types"]["transaction_type_name"]),
        "amount_not_parsable": pl.col("amount").is_null(),
        "amount_not_positive": pl.col("amount") <= 0,
        "currency_unknown": ~_known("currency", given["currencies"]["currency_code"]),
        "transaction_ts_not_parsable": pl.col("transaction_ts").is_null(),
        "transaction_ts_out_of_calendar": ~pl.col("transaction_ts").dt.year().is_between(1970, 2049),
        "channel_unknown": pl.col("channel").is_not_null() & ~_known("channel", given["channels"]["channel_name"]),
        "transaction_status_unknown": ~_known("transaction_status", given["statuses"]["transaction_status"]),
        "updated_at_not_parsable": pl.col("updated_at").is_null(),
    }
    broken = [pl.when(condition).then(pl.lit(rule)) for rule, condition in rules.items()]
    return typed.with_columns(failed_rules=pl.concat_str(broken, separator=",", ignore_nulls=True))


def _moment(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)


def _known(name: str, codes: pl.Series) -> pl.Expr:
    return pl.col(name).is_in(codes.implode()).fill_null(value=False)


def _stg(base: pl.DataFrame, given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    latest = (
        base.filter(pl.col("failed_rules") == "")
        .sort("updated_at", "source_file", "source_line")
        .unique("transaction_id", keep="last")
    )
    signs = given["types"].select("amount_sign", transaction_type="transaction_type_name")
    return latest.join(signs, on="transaction_type", how="left").with_columns(
        transaction_date=pl.col("transaction_ts").dt.date(), amount_signed=pl.col("amount") * pl.col("amount_sign")
    )


def _fact(stg: pl.DataFrame, given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    statuses = given["statuses"].select("transaction_status", is_completed="moves_balance")
    rates = given["rates"].select(
        rate=(pl.col("rate_to_reporting") * _RATE_UNITS).cast(pl.Int128),
        currency="currency_code",
        transaction_date="rate_date",
    )
    locations = given["locations"].select("location_id", location="location_id")
    rows = stg.join(statuses, on="transaction_status", how="left").sort("transaction_ts")
    rows = _valid_at(rows, given["accounts"], "account_id", "account_id", "account_sk", "delivered_customer_id")
    rows = _valid_at(rows, given["customers"], "delivered_customer_id", "customer_id", "customer_sk")
    rows = _valid_at(rows, given["merchants"], "merchant_id", "merchant_id", "merchant_sk")
    rows = rows.join(locations, on="location_id", how="left").join(
        rates, on=["currency", "transaction_date"], how="left"
    )
    posted = pl.when("is_completed").then("amount_signed").otherwise(0)
    return rows.with_columns(
        posted_amount=posted,
        amount_reporting=_in_reporting(pl.col("amount")),
        posted_amount_reporting=_in_reporting(posted),
        account_id=pl.coalesce("known_account_id", _UNKNOWN),
        account_sk=pl.coalesce("account_sk", _UNKNOWN),
        customer_id=pl.coalesce("known_customer_id", _UNKNOWN),
        customer_sk=pl.coalesce("customer_sk", _UNKNOWN),
        merchant_id=pl.coalesce("known_merchant_id", _UNKNOWN),
        merchant_sk=pl.coalesce("merchant_sk", _UNKNOWN),
        location_id=pl.coalesce("location", _UNKNOWN),
    )


def _valid_at(rows: pl.DataFrame, versions: pl.DataFrame, key: str, durable: str, *columns: str) -> pl.DataFrame:
    """Add the version that was valid at the transaction. Versions of a key follow each other without gaps."""
    found = versions.select(
        pl.col(durable).alias(key), pl.col(durable).alias(f"known_{durable}"), "valid_from", *columns
    ).sort("valid_from")
    return rows.join_asof(
        found, left_on="transaction_ts", right_on="valid_from", by=key, strategy="backward", check_sortedness=False
    ).drop("valid_from")


def _in_reporting(cents: pl.Expr) -> pl.Expr:
    """Convert at the rate of the day, rounded half away from zero."""
    product = cents.cast(pl.Int128).abs() * pl.col("rate")
    rounded = (2 * product + _RATE_UNITS) // (2 * _RATE_UNITS)
    return (rounded * cents.sign().cast(pl.Int128)).cast(pl.Int64)


def _customer(fact: pl.DataFrame) -> pl.DataFrame:
    converted = pl.col("posted_amount_reporting")
    return fact.group_by("customer_id", "transaction_date").agg(
        transaction_count=pl.len(),
        completed_count=pl.col("is_completed").sum(),
        account_count=pl.col("account_id").n_unique(),
        merchant_count=pl.col("merchant_id").filter(pl.col("merchant_id") != "unknown").n_unique(),
        debit_amount_reporting=-converted.filter(converted < 0).sum(),
        credit_amount_reporting=converted.filter(converted > 0).sum(),
    )


def _merchant(fact: pl.DataFrame, given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    converted = pl.col("posted_amount_reporting")
    categories = given["merchants"].select("merchant_sk", "merchant_category")
    return (
        fact.join(categories, on="merchant_sk")
        .group_by("merchant_id", "merchant_category", "transaction_date")
        .agg(
            transaction_count=pl.len(),
            completed_count=pl.col("is_completed").sum(),
            customer_count=pl.col("customer_id").n_unique(),
            revenue_reporting=-converted.filter(converted < 0).sum(),
        )
    )


def _totals(made: dict[str, pl.DataFrame]) -> dict[str, list[str]]:
    """Return the number of rows and the sums of each step, as the SQL of the other scripts prints them."""
    amounts = {
        "base": ("amount",),
        "stg": ("amount_signed",),
        "fact": ("posted_amount", "amount_reporting", "posted_amount_reporting"),
        "customer": ("debit_amount_reporting", "credit_amount_reporting"),
        "merchant": ("revenue_reporting",),
    }
    counts = {
        "base": (made["base"]["row_hash"].n_unique(),),
        "customer": (made["customer"]["merchant_count"].sum(), made["customer"]["account_count"].sum()),
        "merchant": (made["merchant"]["customer_count"].sum(), made["merchant"]["completed_count"].sum()),
    }
    return {
        step: [
            str(rows.height),
            *(str(Decimal(rows[name].sum()).scaleb(-2)) for name in amounts[step]),
            *map(str, counts.get(step, ())),
        ]
        for step, rows in made.items()
    }


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
