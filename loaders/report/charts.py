"""Charts as SVG: Vega-Lite specifications, drawn by vl-convert without a browser and without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from loaders.report.markup import nothing, text

# Wide enough for a month of days, narrow enough to be read on a phone.
_WIDTH, _HEIGHT, _BAR = 400, 190, 24
_SERIES = ("var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)")
_ALARM = "var(--alarm)"
_CONFIG = {
    "aria": False,
    "background": None,
    "font": "Arial, Helvetica, Liberation Sans, sans-serif",
    "autosize": {"type": "fit-x", "contains": "padding"},
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--quiet)",
        "titleColor": "var(--quiet)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 14,
        "labelLimit": 150,
        "title": None,
    },
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 14,
        "title": None,
        "orient": "top",
    },
}
_NAMESPACES = re.compile(r' xmlns(:\w+)?="[^"]*"')
# The chart is one picture with one name. Its parts have none.
_ROLES = re.compile(r' (role="graphics-[\w-]+"|aria-roledescription="[^"]*")')

Point = tuple[date, Any, str]


def by_day(title: str, points: Iterable[Point], *, alarm: str = "", mark: str = "bar", unit: str = "") -> str:
    """Return a chart of figures by day.

    Args:
        title: what it shows.
        points: the day, the figure and the series of each bar or point. A missing figure is left out.
        alarm: the series that is drawn in the colour of an alarm.
        mark: `bar` or `line`.
        unit: the unit of the figures, for the title.
    """
    values = [
        {"day": day.isoformat(), "figure": float(figure), "series": series}
        for day, figure, series in points
        if figure is not None
    ]
    series = list(dict.fromkeys(value["series"] for value in values))
    colours = iter(_SERIES * (len(series) // len(_SERIES) + 1))
    span = {value["day"] for value in values}
    encoding: dict[str, Any] = {
        "x": {
            "field": "day",
            "type": "temporal",
            "timeUnit": "utcyearmonthdate",
            "axis": {"format": "%d %b" if len(span) < 120 else "%b %Y", "labelAngle": 0, "grid": False, "tickCount": 4},
        },
        "y": {"field": "figure", "type": "quantitative", "stack": "zero" if mark == "bar" else None},
        "color": {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": series, "range": [_ALARM if name == alarm else next(colours) for name in series]},
            "legend": {"symbolType": "square" if mark == "bar" else "stroke"} if len(series) > 1 else None,
        },
    }
    spec = {"width": _WIDTH, "height": _HEIGHT, "mark": {"type": mark}, "encoding": encoding}
    return _figure(title, unit, spec, values)


def ranked(title: str, bars: Sequence[tuple[str, Any]], *, unit: str = "") -> str:
    """Return a chart of horizontal bars, in the order that they are given in."""
    values = [{"name": name, "figure": float(figure)} for name, figure in bars if figure is not None]
    encoding = {
        "y": {"field": "name", "type": "nominal", "sort": None, "axis": {"ticks": False, "domain": False}},
        "x": {"field": "figure", "type": "quantitative", "axis": {"tickCount": 3}},
        "color": {"value": _SERIES[0]},
    }
    spec = {"width": _WIDTH, "height": _BAR * max(len(values), 2), "mark": "bar", "encoding": encoding}
    return _figure(title, unit, spec, values)


def percent(share: Any) -> Any:
    """Return a share, from 0 to 1, as percent; none if there is none."""
    return None if share is None else 100 * share


def _figure(title: str, unit: str, spec: Mapping[str, Any], values: list[dict[str, Any]]) -> str:
    caption = f"{title} ({unit})" if unit else title
    if not values:
        return nothing(f"{caption}: there is no data for this chart.")
    import vl_convert  # noqa: PLC0415 - loads a JavaScript engine

    drawn = vl_convert.vegalite_to_svg({**spec, "data": {"values": values}, "config": _CONFIG}, vl_version="6.4")
    drawn = _ROLES.sub("", _NAMESPACES.sub("", drawn))
    drawn = re.sub(r'<svg [^>]*?width="[\d.]+" height="[\d.]+"', f'<svg role="img" aria-label="{text(caption)}"', drawn)
    return f"<figure>\n<figcaption>{text(caption)}</figcaption>\n{drawn}\n</figure>\n"
