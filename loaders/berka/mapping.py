"""The mapping of Berka's tables to customers, accounts and loans, which are made of several tables each.

Every function returns the columns of its entity as text, and `arrival`: the business date of the row, null if the
source has no valid date. Unknown codes and invalid values are passed on unchanged, so that the warehouse rejects the
rows and reports why. This module drops nothing.
"""

from __future__ import annotations

import polars as pl

COUNTRY, CURRENCY = "CZ", "CZK"
FIRST_SEGMENT = "Mass"
SEGMENT_OF_CARD = {"junior": "Student", "classic": "Mass", "gold": "Affluent"}
LOAN_STATUS = {"A": "Paid Off", "B": "Defaulted", "C": "Active", "D": "Delinquent"}

_NULL = pl.lit(None, pl.String)


def customers(
    client: pl.DataFrame, disp: pl.DataFrame, account: pl.DataFrame, district: pl.DataFrame, card: pl.DataFrame
) -> pl.DataFrame:
    """Return each client when the first account opens, and again for each card that changes the segment."""
    opened = account.select("account_id", day=_day(pl.col("date")))
    signup = disp.join(opened, on="account_id").group_by("client_id").agg(signup=pl.col("day").min())
    joined = (
        client.join(signup, on="client_id", how="left", maintain_order="left")
        .join(_districts(district), on="district_id", how="left", maintain_order="left")
        .with_row_index("rank")
        # A client with two rows in the file is delivered twice; cards belong to the first row.
        .with_columns(copy=pl.int_range(pl.len()).over("client_id"))
    )
    # A card that was issued before the client joined determines the segment of the first version.
    issued = _day(pl.col("issued").str.extract(r"^(\d+)"))
    cards = (
        card.join(disp.select("disp_id", "client_id"), on="disp_id", maintain_order="left")
        .join(joined.filter(copy=0), on="client_id", maintain_order="left")
        .with_columns(
            segment=pl.col("type").replace(SEGMENT_OF_CARD),
            arrival=pl.when(issued.is_not_null()).then(pl.max_horizontal(issued, "signup")),
            invalid_date="issued",
            rank=pl.int_range(pl.len(), dtype=pl.UInt32) + joined.height,
        )
    )
    first = joined.with_columns(segment=pl.lit(FIRST_SEGMENT), arrival="signup", invalid_date=_NULL)
    segment_before = pl.col("segment").shift().over("client_id", "copy")
    is_first = pl.int_range(pl.len()).over("client_id", "copy") == 0
    return (
        pl.concat([first, cards.select(first.columns)])
        .with_columns(pl.col("rank").min().over("client_id", "copy", "arrival"))
        .unique(["client_id", "copy", "arrival"], keep="last", maintain_order=True)
        .sort("arrival", nulls_last=True, maintain_order=True)
        .filter(is_first | pl.col("segment").ne_missing(segment_before))
        .sort("rank")
        .select(
            "arrival",
            customer_id="client_id",
            first_name=_NULL,
            last_name=_NULL,
            email=_NULL,
            phone=_NULL,
            date_of_birth=_birth_date(pl.col("birth_number")),
            address=_NULL,
            city="district_name",
            state="region",
            country=pl.lit(COUNTRY),
            segment="segment",
            credit_score=_NULL,
            signup_date=pl.col("signup").dt.to_string("iso"),
            updated_at=_midnight("arrival", pl.col("invalid_date")),
            location_id=_NULL,
        )
    )


def accounts(account: pl.DataFrame, disp: pl.DataFrame, district: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts when they open."""
    return (
        account.join(owners(disp), on="account_id", how="left", maintain_order="left")
        .join(_districts(district), on="district_id", how="left", maintain_order="left")
        .with_columns(arrival=_day(pl.col("date")))
        .select(
            "arrival",
            "account_id",
            customer_id="client_id",
            account_type=pl.lit("Checking"),
            currency=pl.lit(CURRENCY),
            account_status=pl.lit("Active"),
            branch="district_name",
            opened_date=_iso(pl.col("date")),
            updated_at=_midnight("arrival", pl.col("date")),
        )
    )


def loans(loan: pl.DataFrame, disp: pl.DataFrame) -> pl.DataFrame:
    """Return the loans when they are granted, with the status at the end of the data."""
    return (
        loan.join(owners(disp), on="account_id", how="left", maintain_order="left")
        .with_columns(arrival=_day(pl.col("date")))
        .select(
            "arrival",
            "loan_id",
            "account_id",
            customer_id="client_id",
            loan_type=_NULL,
            loan_amount="amount",
            currency=pl.lit(CURRENCY),
            interest_rate=_NULL,
            term_months="duration",
            monthly_payment="payments",
            loan_status=pl.col("status").replace(LOAN_STATUS),
            start_date=_iso(pl.col("date")),
            updated_at=_midnight("arrival", pl.col("date")),
            product=_NULL,
            application_id=_NULL,
        )
    )


def owners(disp: pl.DataFrame) -> pl.DataFrame:
    """Return the owner of each account."""
    return (
        disp.filter(type="OWNER")
        .unique("account_id", keep="first", maintain_order=True)
        .select("account_id", "client_id")
    )


def cards_without_client(card: pl.DataFrame, disp: pl.DataFrame, client: pl.DataFrame) -> int:
    """Return the number of cards that belong to no known client."""
    return card.join(disp, on="disp_id", how="left").join(client, on="client_id", how="anti").height


def _districts(district: pl.DataFrame) -> pl.DataFrame:
    return district.unique("A1", keep="first", maintain_order=True).select(
        district_id="A1", district_name="A2", region="A3"
    )


def _day(text: pl.Expr) -> pl.Expr:
    """Parse YYMMDD of the 20th century, with or without leading zeros; null if it is not a date."""
    return ("19" + text.str.zfill(6)).str.to_date("%Y%m%d", strict=False)


def _iso(text: pl.Expr) -> pl.Expr:
    return pl.coalesce(_day(text).dt.to_string("iso"), text)


def _midnight(day: str, invalid_date: pl.Expr) -> pl.Expr:
    """Return midnight of a day, or the source's text if it is not a date."""
    return pl.coalesce(pl.col(day).dt.to_string("%Y-%m-%d 00:00:00"), invalid_date)


def _birth_date(number: pl.Expr) -> pl.Expr:
    """Parse a birth number: YYMMDD, with 50 added to the month for women. If it is not a date, return its text."""
    digits = number.str.zfill(6)
    month = digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    month = pl.when(month > 50).then(month - 50).otherwise(month).cast(pl.String)
    date = _day(pl.concat_str(digits.str.slice(0, 2), month.str.zfill(2), digits.str.slice(4)))
    return pl.coalesce(date.dt.to_string("iso"), number)
