"""The typed model of a mapping. The JSON schema for editors is made from it, so the descriptions are for users."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from loaders.table_import.mapping_parts import Code, Part, Text, Texts, exactly_one, listed


class ArrivalDay(Part):
    """The arrival day of a file or of its rows. Without it, give --arrived-on."""

    in_name: str | None = Field(
        default=None, description=r"A pattern with one group that finds the day in the file's name."
    )
    column: Text | None = Field(
        default=None, description="A source column with the day. Rows of other days are other deliveries."
    )
    given: date | None = Field(default=None, description="The day itself, YYYY-MM-DD.")
    format: str = Field(default="%Y-%m-%d", description="The form of the day in the name, such as %Y%m%d.")

    @model_validator(mode="after")
    def _one(self) -> ArrivalDay:
        exactly_one(self, ("in_name", "column", "given"))
        return self


class Files(Part):
    """The files, their arrival day and their encoding."""

    pattern: str = Field(default="*", description="What names the files have, with * and ?. Other files are refused.")
    arrival_day: ArrivalDay | None = None
    encoding: str = Field(default="utf-8", description="Such as utf-8, windows-1252, iso-8859-15 or utf-16.")


class Before(Part):
    """The lines before the table: a number, or everything until the line that has a pattern."""

    lines: int | None = Field(default=None, ge=0)
    until: str | None = Field(
        default=None, description="A pattern of the first line of the table, usually of the header."
    )

    @model_validator(mode="after")
    def _one(self) -> Before:
        exactly_one(self, ("lines", "until"))
        return self


class After(Part):
    """The lines after the table: a number, or everything from the line that has a pattern."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    lines: int | None = Field(default=None, ge=0, description="Blank lines at the end of the file do not count.")
    from_: str | None = Field(default=None, alias="from", description="A pattern of the first line after the table.")

    @model_validator(mode="after")
    def _one(self) -> After:
        if (self.lines is None) == (self.from_ is None):
            raise ValueError("it has exactly one of the keys lines and from. Correct it")
        return self


def _count(value: Any) -> Any:
    return {"lines": value} if isinstance(value, str) else value


class Table(Part):
    """Where the table is in a file, and how its fields are separated."""

    sheet: Text | None = Field(
        default=None, description="The sheet of a spreadsheet, by its name or its number; the only one by default."
    )
    delimiter: str = Field(default=",", description="One character, or tab.")
    quote: str = Field(
        default='"', description="The character around values, doubled inside them; none if there is none."
    )
    header: bool = Field(
        default=True, description="false: there is no header line. The columns are c1, c2, ..., or have names."
    )
    names: Texts | None = Field(default=None, description="Names for all columns, which replace those of the header.")
    skip_before: Annotated[Before | None, BeforeValidator(_count)] = Field(
        default=None, description="A number of lines, or until: pattern."
    )
    skip_after: Annotated[After | None, BeforeValidator(_count)] = Field(
        default=None, description="A number of lines, or from: pattern."
    )
    empty_values: Texts = Field(default=(), description="Values that mean nothing, such as - or n/a.")

    @model_validator(mode="after")
    def _characters(self) -> Table:
        if self.sheet is not None and {"delimiter", "quote"} & self.model_fields_set:
            raise ValueError("a sheet has cells, so delimiter and quote mean nothing. Remove them, or sheet")
        if self.delimiter != "tab" and len(self.delimiter) != 1:
            raise ValueError("the delimiter is one character, or the word tab. Correct it")
        if self.quote != "none" and len(self.quote) != 1:
            raise ValueError("the quote is one character, or the word none. Correct it")
        if self.delimiter == self.quote or {self.delimiter, self.quote} & {"\n", "\r", "\\"}:
            raise ValueError("delimiter and quote are two characters, and neither ends a line. Correct them")
        return self

    @property
    def separator(self) -> str:
        """The character between two fields."""
        return "\t" if self.delimiter == "tab" else self.delimiter

    @property
    def quotation(self) -> str:
        """The quote, or an empty text."""
        return "" if self.quote == "none" else self.quote


class Numbers(Part):
    """How numbers are written."""

    decimal: Literal[".", ","] = "."
    grouping: Literal["", ".", ",", "'", " ", "_"] = Field(
        default="", description="The mark between thousands, if there is one."
    )
    negative: Annotated[
        tuple[Literal["leading", "trailing", "parentheses"], ...],
        BeforeValidator(listed),
        WithJsonSchema(
            {"type": ["array", "string"], "items": {"enum": ["leading", "trailing", "parentheses"], "type": "string"}}
        ),
    ] = Field(default=("leading",), description="Where the sign of a negative number is: -1, 1- or (1).")
    remove: Texts = Field(default=(), description="What stands beside the number, such as EUR.")

    @model_validator(mode="after")
    def _marks(self) -> Numbers:
        if self.decimal == self.grouping:
            raise ValueError("decimal and grouping are the same mark. Correct one of them")
        return self


class Dates(Part):
    """How dates and times are written."""

    formats: Texts | None = Field(
        default=None,
        description="Such as %d.%m.%Y or %m/%d/%Y %H:%M:%S; ISO 8601 if not given. The first that fits counts.",
    )
    time_zone: str = Field(
        default="UTC", description="The time zone of times without an offset, such as Europe/Berlin."
    )


class Direction(Part):
    """A column that says whether money goes out or comes in."""

    column: Text
    debit: Texts = Field(description="The values for money out, such as D or S.")
    credit: Texts = Field(description="The values for money in, such as C or H.")


class Money(Part):
    """The signed amount of a row; negative is money out."""

    column: Text | None = None
    direction: Direction | None = Field(default=None, description="If the amount has no sign of its own.")
    positive_is: Literal["credit", "debit"] = Field(
        default="credit", description="debit: a positive amount is money out."
    )
    debit: Text | None = Field(default=None, description="The column with money out.")
    credit: Text | None = Field(default=None, description="The column with money in.")
    debit_is: Literal["positive", "negative"] = Field(
        default="positive", description="negative: the debit column has minus signs."
    )
    numbers: Numbers | None = None

    @model_validator(mode="after")
    def _columns(self) -> Money:
        if (self.debit is None) != (self.credit is None):
            raise ValueError("debit and credit belong together. Add the other one")
        if (self.column is None) == (self.debit is None):
            raise ValueError("it has either column, or debit and credit. Correct it")
        if self.debit is not None and (self.direction or self.positive_is == "debit"):
            raise ValueError("direction and positive_is belong to column, not to debit and credit. Remove them")
        return self


class BySign(Part):
    """A value by the sign of the money."""

    credit: Text
    debit: Text


SOURCES = ("column", "constant", "sql", "money", "by_sign", "arrival_day", "hash_of")


class Rule(Part):
    """How a contract column gets its value: by exactly one source, and by what is done with it."""

    column: Text | None = Field(default=None, description="A source column.")
    constant: Text | None = Field(default=None, description="The same value in every row.")
    sql: str | None = Field(default=None, description="An expression over source columns, in the dialect of DuckDB.")
    money: Literal["without_sign", "with_sign"] | None = Field(default=None, description="The amount of `money`.")
    by_sign: BySign | None = Field(default=None, description="A value by the sign of `money`.")
    arrival_day: bool = Field(default=False, description="The arrival day.")
    hash_of: Texts | None = Field(
        default=None,
        description="For exports without ids: a hash of these source columns, or of all, and the number among equals.",
    )
    by: Literal["text", "value"] = Field(
        default="text",
        description="Whether numbers and dates in a hash count as they are written, or by value: 12.50 is 12.5.",
    )
    scope: Texts | None = Field(
        default=None,
        description="Contract columns that are put before an id which is unique only within them, such as account_id.",
    )
    codes: Code | None = Field(default=None, description="Translates values: theirs: ours.")
    otherwise: Text | None = Field(
        default=None, description="The value for codes that are not listed. Without it they are set aside."
    )
    when_empty: Text | None = Field(default=None, description="The value where the source has none.")
    numbers: Numbers | None = None
    dates: Dates | None = None

    @model_validator(mode="after")
    def _one(self) -> Rule:
        exactly_one(self, SOURCES)
        if self.by == "value" and self.hash_of is None:
            raise ValueError("by: value belongs to hash_of. Remove it")
        if self.otherwise is not None and self.codes is None:
            raise ValueError("otherwise belongs to codes. Add codes, or use when_empty")
        if self.codes and not (self.column or self.sql):
            raise ValueError("codes translate a column or an sql expression. Remove codes or change the source")
        return self


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class States(Part):
    """What the file says about itself, in lines before or after the table: patterns with one group."""

    rows: str | None = Field(default=None, description="The number of rows.")
    total: str | None = Field(default=None, description="The sum of all amounts, with sign.")
    opening_balance: str | None = None
    closing_balance: str | None = None

    @model_validator(mode="after")
    def _both(self) -> States:
        if (self.opening_balance is None) != (self.closing_balance is None):
            raise ValueError("opening_balance and closing_balance prove the rows only together. Add the other one")
        return self


class Mapping(Part):
    """A mapping of exports to one entity of the contract."""

    entity: str = Field(description="The entity, such as banking/transactions.")
    name: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]+$", description="The source; the name of the mapping by default."
    )
    revision: int = Field(default=1, ge=1, description="Raise it to import files again after a change of the mapping.")
    files: Files = Files()
    table: Table = Table()
    numbers: Numbers = Numbers()
    dates: Dates = Dates()
    money: Money | None = None
    leave_out: str | None = Field(
        default=None, description="An sql condition: rows for which it is true are no rows of the entity."
    )
    columns: dict[str, Annotated[Rule, BeforeValidator(_column)]] = Field(min_length=1)
    states: States | None = None
