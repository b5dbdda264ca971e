"""The shop: income statement, margins, campaigns and returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from loaders.metrics.answers import AnswerRow
from loaders.report.charts import by_day, ranked
from loaders.report.page import Page, Stated
from loaders.report.pages.days import last_days, month, newest_first
from loaders.report.report import Report

_STATEMENT = (
    *("gross_revenue", "discount_amount", "returned_revenue", "net_revenue", "cogs"),
    *("payment_fee_amount", "platform_fee_amount", "shipping_charged_to_customer", "actual_shipping_cost"),
    *("marketing_spend", "contribution"),
)
# What the contribution is too high by: the cost of these lines, which nobody has delivered.
_UNCOSTED = ("uncosted_count", "uncosted_net_revenue")
_MARGIN = ("net_revenue", "cogs", "gross_profit", "gross_margin")
_CAMPAIGNS = {
    "marketing_spend": "spend",
    "impressions": "impressions",
    "clicks": "clicks",
    "attributed_net_revenue": "attributed_net_revenue",
    "return_on_ad_spend": "return_on_ad_spend",
}
_ENTITIES = ("sales", "marketing_spend")
_SHOWN = 20
_MONTHS = 12


def commerce(report: Report) -> Page:
    """Return the page."""
    page = Page(
        "commerce",
        "Commerce",
        "What does the shop earn, with which products, channels and campaigns, and what comes back?",
        (
            *("fact_sales", "fact_marketing_spend", "dim_channel", "dim_product"),
            *("monthly_income_statement", "campaign_daily_revenue", "campaign_performance", "product_profitability"),
        ),
    )
    until = report.until(*_ENTITIES)
    daily = report.metrics.ask(["net_revenue", "cogs"], ("metric_time__day",))
    points = [
        (row.keys[0], row.values[name], label)
        for name, label in (("net_revenue", "Net revenue"), ("cogs", "Cost of goods"))
        for row in last_days(daily.rows, until=until)
    ]
    by_month = ("metric_time__month",)
    monthly = report.metrics.ask(_STATEMENT, by_month)
    lacking = report.metrics.ask(_UNCOSTED, by_month)
    uncosted = [row for row in last_days(lacking.rows, _MONTHS, until=until) if row.values["uncosted_count"]]
    page.add(
        "Income statement",
        by_day("Net revenue and cost of goods by day", points, mark="line", unit=report.currency),
        report.figures(
            page,
            monthly,
            {0: "Month"},
            what="Income statement",
            rows=newest_first(last_days(monthly.rows, _MONTHS, until=until)),
            stated=_stated(_STATEMENT),
            named=month,
        ),
        note="Net revenue is gross revenue less discounts and returns. Contribution is net revenue and shipping "
        "charged, less all costs. Cost of goods is that of products with a known cost.",
    )
    if uncosted:
        page.add(
            "Sales without a known cost",
            report.figures(
                page,
                lacking,
                {0: "Month"},
                what="Sales without a known cost",
                rows=newest_first(uncosted),
                stated=_stated(_UNCOSTED),
                named=month,
            ),
            note="Their net revenue counts, but no cost of goods, so contribution is too high by their cost.",
        )
    _margins(report, page)
    _campaigns(report, page)
    _returns(report, page)
    return page


def _stated(names: Sequence[str]) -> Stated:
    """Return where metrics stand in the income statement, under their own names."""
    return Stated("monthly_income_statement", {name: name for name in names}, {"statement_month": 0})


def _margins(report: Report, page: Page) -> None:
    by_category = report.metrics.ask(_MARGIN, ("product__product_category",))
    largest = sorted(by_category.rows, key=_by_revenue)
    by_channel = report.metrics.ask(_MARGIN, ("channel__channel_name",))
    page.add(
        "Margin",
        ranked(
            "Gross profit by product category",
            [(str(row.keys[0]), row.values["gross_profit"]) for row in largest],
            unit=report.currency,
        ),
        report.figures(page, by_category, {0: "Product category"}, what="Margin", rows=largest),
        report.figures(page, by_channel, {0: "Channel"}, what="Margin", rows=sorted(by_channel.rows, key=_by_revenue)),
        note="All days together.",
    )


def _campaigns(report: Report, page: Page) -> None:
    by_campaign = report.metrics.ask(list(_CAMPAIGNS), ("metric_time__month", "campaign"))
    newest = last_days(by_campaign.rows, 1, until=report.until(*_ENTITIES))
    # Sales that no campaign has brought have the member unknown, and no spend.
    with_figures = [row for row in newest if row.values["marketing_spend"] or row.values["attributed_net_revenue"]]
    shown_month = month(newest[0].keys[0]) if newest else "no month"
    page.add(
        "Campaigns",
        report.figures(
            page,
            by_campaign,
            {0: "Month", 1: "Campaign"},
            what="Campaign",
            rows=sorted(with_figures, key=lambda row: (-(row.values["marketing_spend"] or 0), str(row.keys[1]))),
            stated=Stated("campaign_performance", _CAMPAIGNS, {"performance_month": 0, "campaign_key": 1}),
            named=month,
        ),
        note=f"Of {shown_month}, the most expensive first. ROAS is attributed net revenue per unit of spend.",
    )


def _returns(report: Report, page: Page) -> None:
    by_product = report.metrics.ask(
        ("returned_revenue", "gross_revenue", "net_revenue"), ("product", "product__product_name")
    )
    returned = [row for row in by_product.rows if row.values["returned_revenue"]]
    page.add(
        "Returns",
        report.figures(
            page,
            by_product,
            {0: "Product", 1: "Name"},
            what="Returns",
            rows=sorted(returned, key=lambda row: (-row.values["returned_revenue"], str(row.keys[0])))[:_SHOWN],
            stated=Stated(
                "product_profitability",
                {name: name for name in ("returned_revenue", "gross_revenue", "net_revenue")},
                {"product_key": 0},
            ),
        ),
        note=f"The {min(_SHOWN, len(returned))} products of which most came back, of {len(returned):,} with returns.",
    )


def _by_revenue(row: AnswerRow) -> tuple[object, ...]:
    return -(row.values["net_revenue"] or 0), *(
        key.isoformat() if isinstance(key, date) else str(key) for key in row.keys
    )
