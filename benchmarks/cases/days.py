"""What a day costs: nothing new, days of a million rows, an early and a late day of a year."""

from __future__ import annotations

from benchmarks.measuring import best
from benchmarks.results import MEASURES, Ratio, Section
from benchmarks.work import Work

EARLY, LATE = 30, 365
_REPEATED = 2


def nothing_new(work: Work) -> Section:
    """Compare a build without new deliveries with `dbt parse`, of the whole project and of an unchanged one."""
    bank = work.demo
    whole = best([bank.run("dbt", "--no-partial-parse", "parse") for _ in range(_REPEATED)])
    unchanged = best([bank.run("dbt", "parse") for _ in range(_REPEATED)])
    build = best([bank.build() for _ in range(_REPEATED)])
    section = Section("Nothing new: the demo", ("command", *MEASURES))
    section.add("dbt parse, the whole project", whole)
    section.add("dbt parse, nothing changed since", unchanged)
    section.add("dbt build, nothing new", build)
    section.ratios += [
        Ratio("demo: build with nothing new / dbt parse of the whole project", build.seconds / whole.seconds, 2.5),
        Ratio("demo: build with nothing new / dbt parse of an unchanged project", build.seconds / unchanged.seconds),
    ]
    section.notes.append(f"The better of {_REPEATED} runs each, on {_sized(bank.size.days, bank.size.transactions)}.")
    return section


def million(work: Work) -> Section:
    """Build three days of a million transactions one by one."""
    bank = work.bank("million", work.million)
    section = Section("Three days of a million transactions", ("step", *MEASURES))
    builds = []
    for day in range(1, bank.size.days + 1):
        section.add(f"land day {day}", bank.land(day, day))
        builds.append(bank.build())
        section.add(f"dbt build of day {day}", builds[-1])
    bank.remove()
    section.ratios += [
        Ratio("million a day: build of day 3 / of day 2", builds[2].seconds / builds[1].seconds, 1.1),
        Ratio("million a day: slowest build of a day / 60 s", max(one.seconds for one in builds) / 60, 1),
        Ratio("million a day: most memory / 4 GB", max(one.peak for one in builds) / 4e9, 1),
    ]
    section.notes.append(f"The preset million: {_sized(bank.size.days, bank.size.transactions)}.")
    return section


def year(work: Work) -> Section:
    """Build an early and a late day of a year on top of its history, nothing new after each, and the year at once."""
    size = work.year
    days = {EARLY: max(2, round(EARLY * size.days / LATE)), LATE: size.days}
    section = Section("A year of 10,000 transactions a day", ("step", *MEASURES))
    new, empty = {}, {}
    for day, number in days.items():
        bank = work.bank(f"year_until_{day}", size)
        bank.land(1, number - 1)
        bank.build()
        bank.land(number, number)
        new[day], empty[day] = bank.build(), bank.build()
        section.add(f"dbt build of day {day}", new[day])
        section.add(f"dbt build, nothing new on day {day}", empty[day])
        bank.remove()
    _, whole = work.whole_year
    section.add("dbt build of the year at once", whole)
    section.ratios += [
        Ratio("year: build of day 365 / of day 30", new[LATE].seconds / new[EARLY].seconds, 1.15),
        Ratio("year: nothing new on day 365 / on day 30", empty[LATE].seconds / empty[EARLY].seconds, 1.2),
        Ratio("year in one build / 150 s", whole.seconds / 150, 1),
        Ratio("year: most memory / 4 GB", max(one.peak for one in (*new.values(), whole)) / 4e9, 1),
    ]
    section.notes.append(
        "Before each of the two days, the history up to the day before is built at once. The preset medium: "
        f"{_sized(size.days, size.transactions)}; day 30 is its day {days[EARLY]}, day 365 its day {days[LATE]}."
    )
    return section


def _sized(days: int, transactions: int) -> str:
    return f"{days:,} days with {transactions:,} transactions each"
