"""The stages of the signed amount of a row."""

from __future__ import annotations

from loaders.table_import import values
from loaders.table_import.mapping import Money, Numbers
from loaders.table_import.session import name, text
from loaders.table_import.stages import MADE, MONEY, SUMS, Stages, not_a_number, quoting


def add_money(stages: Stages, money: Money, numbers: Numbers) -> None:
    """Add the signed amount: `__money`, its text without sign `__money_text`, and `__money_sum` for sums."""
    form = money.numbers or numbers
    if money.debit and money.credit:
        _add_debit_and_credit(stages, money, form)
    else:
        _add_signed(stages, money, form)
    stages.steps[MADE]["__money_text"] = "ltrim(__money, '-')"
    stages.steps[MADE]["__money_sum"] = values.decimal("__money")


def _add_signed(stages: Stages, money: Money, form: Numbers) -> None:
    column = name(money.column or "")
    amount = stages.number("money", column, form)
    stages.read[column] = values.shortest(amount)
    minus = money.positive_is == "debit"
    if money.direction:
        flag = f"coalesce({name(money.direction.column)}, '')"
        debit, credit = (", ".join(map(text, listed)) for listed in (money.direction.debit, money.direction.credit))
        # A negative amount with a flag is a reversal: it goes the other way.
        turned = f"case when {flag} in ({debit}) then {'false' if minus else 'true'} when {flag} in ({credit}) then "
        turned += f"{'true' if minus else 'false'} end"
        stages.fail(
            "money",
            f"{amount} is not null and {flag} not in ({debit}, {credit})",
            quoting("money", flag, "is a direction that is neither in debit nor in credit"),
        )
    else:
        turned = "true" if minus else "false"
    stages.steps[MONEY]["__money"] = f"case ({turned}) when true then {_negated(amount)} when false then {amount} end"
    stages.fail("money", f"{column} is null", text("money: there is no amount"))
    stages.fail("money", f"{amount} is null and {column} is not null", not_a_number("money", column, form))


def _add_debit_and_credit(stages: Stages, money: Money, form: Numbers) -> None:
    debit, credit = name(money.debit or ""), name(money.credit or "")
    parsed_debit, parsed_credit = stages.number("debit", debit, form), stages.number("credit", credit, form)
    out = parsed_debit if money.debit_is == "negative" else _negated(parsed_debit)
    is_debit, is_credit = "coalesce(__debit_sum, 0) <> 0", "coalesce(__credit_sum, 0) <> 0"
    stages.steps[SUMS]["__debit_sum"] = values.decimal(parsed_debit)
    stages.steps[SUMS]["__credit_sum"] = values.decimal(parsed_credit)
    stages.steps[MONEY]["__money"] = (
        f"case when {is_debit} then {out} else coalesce({parsed_credit}, {parsed_debit}) end"
    )
    for column, parsed in ((debit, parsed_debit), (credit, parsed_credit)):
        stages.read[column] = values.shortest(parsed)
        stages.fail("money", f"{parsed} is null and {column} is not null", not_a_number("money", column, form))
    stages.fail("money", f"{is_debit} and {is_credit}", text("money: the row has both a debit and a credit"))
    stages.fail("money", f"{debit} is null and {credit} is null", text("money: there is neither a debit nor a credit"))


def _negated(canonical: str) -> str:
    return f"case when left({canonical}, 1) = '-' then substr({canonical}, 2) else '-' || {canonical} end"
