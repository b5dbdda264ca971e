"""The pages of the report, in the order of its navigation."""

from __future__ import annotations

from collections.abc import Callable

from loaders.report.page import Page
from loaders.report.pages.balances import balances
from loaders.report.pages.channels import channels
from loaders.report.pages.commerce import commerce
from loaders.report.pages.investments import investments
from loaders.report.pages.loans import loans
from loaders.report.pages.places import places
from loaders.report.pages.quality import quality
from loaders.report.pages.risk import risk
from loaders.report.pages.spend import spend
from loaders.report.pages.today import today
from loaders.report.pages.volume import volume
from loaders.report.report import Report

PAGES: tuple[Callable[[Report], Page], ...] = (
    today,
    volume,
    spend,
    channels,
    places,
    balances,
    loans,
    investments,
    risk,
    commerce,
    quality,
)
