"""Revenue review: what a month earned and cost by partner type, what moved it, and what is owed."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts import marks
from dashboards.charts.money import Line, margin_bridge, waterfall
from dashboards.markup import join, tag
from dashboards.queries import money, published
from dashboards.queries.money import Review
from dashboards.reconciliation import reconciliation_banner, with_reconciliation
from dashboards.views.revenue_review import tables
from dashboards.views.revenue_review.exports import money_frame
from dashboards.views.revenue_review.selection import (
    COSTS,
    LINES,
    Month,
    absent_lines,
    change,
    dearest_to_support,
    latest_closed,
    months_of,
    motions_of,
    new_in,
    of_month,
    points_change,
    rates_by_type,
    row_of,
    tiers_of,
    types_in_order,
)

AT_ONCE = 8
_DUE, _MOTIONS, _LEAKS, _UNCONVERTED = "payouts-due", "kill-list", "top-leaks", "without-a-rate"
_LEAKAGE = "leakage"
_DEFINED = (
    ("fct_partner_margin_monthly", "gross_cents"),
    ("fct_partner_margin_monthly", "refunds_credits_cents"),
    ("fct_partner_margin_monthly", "net_cents"),
    ("fct_partner_margin_monthly", "cogs_cents"),
    ("fct_partner_margin_monthly", "commissions_cents"),
    ("fct_partner_margin_monthly", "support_cents"),
    ("fct_partner_margin_monthly", "mdf_cents"),
    ("fct_partner_margin_monthly", "allocated_cents"),
    ("fct_partner_margin_monthly", "contribution_margin_cents"),
    ("fct_partner_margin_monthly", "margin_rate"),
    ("fct_partner_margin_monthly", "new_mrr_cents"),
    ("fct_partner_margin_monthly", "expansion_mrr_cents"),
    ("fct_partner_margin_monthly", "contraction_mrr_cents"),
    ("fct_partner_margin_monthly", "churned_mrr_cents"),
    ("mart_revenue_review_monthly", "support_cost_per_partner_cents"),
    ("fct_kill_list", "is_listed"),
    ("fct_payout_due", "is_overdue"),
)


@dataclass(frozen=True)
class Reviewed:
    """The month under review, and what the page knows of it."""

    visit: shell.Visit
    known: Review
    month: Month
    company: Any
    """The month's row of the company."""
    before: Any | None
    """That of the month before, if there is one."""
    partners: pd.DataFrame
    currency: str
    meanings: Mapping[str, str]

    @property
    def types(self) -> pd.DataFrame:
        """The month's partner types as they are listed."""
        return types_in_order(of_month(self.known.types, self.month.first))

    @property
    def quarters(self) -> str:
        """For how long a motion loses money until it is listed, as policy has it."""
        number = published.setting(self.visit.edition, "kill_list_quarters")
        return "quarters" if number is None else words.counted(int(number), "quarter")

    @property
    def absent(self) -> frozenset[str]:
        """The costs that nothing tells."""
        return absent_lines(self.known.missing)

    @property
    def without(self) -> str:
        """The costs that nothing tells, as a sentence to follow another."""
        names = [LINES[key] for key in COSTS if key in self.absent]
        return f" Without {words.listed(names)}: source missing." if names else ""

    @property
    def has_subscriptions(self) -> bool:
        """Whether anything says what recurs."""
        return "billing.subscriptions" not in self.known.missing

    def money(self, cents: float | None) -> str:
        """An amount of the reporting currency at a glance."""
        return words.money(cents, self.currency)


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not money.is_reviewed(visit.edition):
        shell.head("Revenue review", visit, shell.Takeaway("revenue-review", {}), {})
        shell.state(
            "This version has no word on money.",
            "It was published before margins, payouts and leaks were counted.",
        )
        return
    with shell.loading(visit, height=1400):
        known = money.review(visit.edition)
    top = st.container(gap="small")
    if known.months.empty:
        with top:
            shell.head("Revenue review", visit, shell.Takeaway("revenue-review", {}), {})
            shell.stale_notice(visit.edition)
        shell.state("No month has money yet.", "It comes with the extracts of billing.")
        return
    month = _month(known, visit)
    page = Reviewed(
        visit=visit,
        known=known,
        month=month,
        company=row_of(known.months, month.first),
        before=row_of(known.months, month.before.first),
        partners=money.partners(visit.edition, month.first),
        currency=money.currency(visit.edition),
        meanings=published.definitions(visit.edition, "fct_partner_margin_monthly"),
    )
    with top:
        _top(page)
    if known.is_billed:
        _month_in_full(page)
    else:
        shell.state("Source missing.", "Without invoices there is no revenue to review, and no 0.")
    due, leaks = st.columns(2, gap="large")
    with due:
        _due(page)
    with leaks:
        _leaks(page)
    _without_a_rate(page)


def _month_in_full(page: Reviewed) -> None:
    shell.strip(figures(page))
    _ledgers(page)
    _by_type(page)
    churn, support = st.columns(2, gap="large")
    with churn:
        _churn(page)
    with support:
        _support(page)
    _kill_list(page)
    _tiers(page)


def _month(known: Review, visit: shell.Visit) -> Month:
    months = months_of(list(known.months["month"]), visit.imprint.as_of)
    by_name = {month.name: month for month in months}
    with filters.row():
        chosen = filters.choice(
            "Month", list(by_name), key="month", width=160, default=latest_closed(months).name
        )
        month = by_name[chosen]
        if not month.is_closed:
            said = f"! running, to {words.day_within(month.as_of, month.as_of)}"
            st.html(tag("span", said, class_="judged watch"), width="content")
    return month


def _top(page: Reviewed) -> None:
    month, edition = page.month, page.visit.edition
    closed = "closed" if month.is_closed else "running"
    shell.head(
        "Revenue review",
        page.visit,
        with_reconciliation(
            edition,
            shell.Takeaway(f"revenue-review-{month.first:%Y-%m}-{edition.version}", _tables(page)),
        ),
        _definitions(page.visit),
        period=join(
            ["Month of ", tag("b", month.name), f", {closed} · amounts in {page.currency}"],
        ),
    )
    _missing(page.known)
    shell.stale_notice(edition)
    with st.container(horizontal=True, key="agree-and-act", gap="small"):
        with st.container(key="agree"):
            reconciliation_banner(page.visit)
        with st.container(key="act"):
            shell.needs_you(needs(page), page.visit, "Nothing needs you this month", unfiltered={})


def _missing(known: Review) -> None:
    """Extracts without which figures fall short: said, so that no 0 is taken for one."""
    if known.missing:
        names = words.listed([shell.extract_name(*name.split(".")) for name in known.missing])
        said = f"Missing: {names}. Figures that rest on them fall short."
        st.html(tag("div", tag("p", said), class_="notice", role="status"))


def _definitions(visit: shell.Visit) -> dict[str, str]:
    said = {}
    for mart, column in _DEFINED:
        meaning = published.definitions(visit.edition, mart).get(column)
        if meaning:
            said[words.title(column.removesuffix("_cents"))] = meaning
    return said


def _tables(page: Reviewed) -> dict[str, Callable[[], pd.DataFrame]]:
    """What Export holds, each made when it is asked for."""
    known, first = page.known, page.month.first

    def taken(rows: Callable[[], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
        return lambda: money_frame(rows(), page.currency)

    return {
        "by partner type": taken(lambda: of_month(known.types, first)),
        "by partner": taken(lambda: page.partners),
        "bridge": taken(lambda: of_month(known.bridge, first)),
        "months": taken(lambda: known.months),
        "tier economics": taken(
            lambda: tiers_of(known.economics, page.month, published.tiers(page.visit.edition))
        ),
        "kill list": taken(lambda: motions_of(known.motions, page.month)),
        "payouts due": taken(lambda: money.payouts_due(page.visit.edition)),
        "leaks": taken(lambda: known.leaks),
        "without a rate": taken(lambda: known.unconverted),
    }


def needs(page: Reviewed) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    known, as_of, found = page.known, page.month.as_of, []
    overdue = int(known.due["payouts_overdue"].sum())
    if overdue:
        amount = page.money(int(known.due["overdue_cents"].sum()))
        said = f"{words.counted(overdue, 'payout')}, {amount},"
        found.append(shell.Need(said, f"overdue on {words.day_within(as_of, as_of)}", _DUE))
    listed = int(motions_of(known.motions, page.month)["is_listed"].sum())
    if listed:
        said = words.counted(listed, "motion")
        found.append(shell.Need(said, f"negative {page.quarters} running", _MOTIONS))
    fresh = new_in(known.leaks, as_of)
    if len(fresh):
        cents = int(fresh["amount_cents"].sum())
        said = words.counted(len(fresh), "leak") + (f", {page.money(cents)}," if cents else "")
        found.append(shell.Need(said, "new this month", _LEAKS))
    if len(known.unconverted):
        said = words.counted(len(known.unconverted), "amount")
        found.append(shell.Need(said, "without a rate, in no sum", _UNCONVERTED))
    return found


def figures(page: Reviewed) -> list[shell.Figure]:
    """The month in six numbers, each beside the month before while both are closed."""
    company, month, due = page.company, page.month, page.known.due
    before = page.before if month.is_closed else None
    then = month.before.name

    def against(column: str) -> str:
        if before is None:
            return ""
        by = change(getattr(company, column), getattr(before, column))
        if by is None:
            return f"{page.money(getattr(before, column))} in {then}"
        return join([marks.change(by, pattern="{:.1f}%"), f" on {then}"])

    moved = None if before is None else points_change(company.margin_rate, before.margin_rate)
    moved_words = join([marks.change(moved, pattern="{:.1f} pts"), f" on {then}"])
    as_of = words.day_within(month.as_of, month.as_of)
    return [
        shell.Figure("Net revenue", page.money(company.net_cents), against("net_cents")),
        shell.Figure(
            "Contribution margin",
            page.money(company.contribution_margin_cents),
            against("contribution_margin_cents"),
        ),
        shell.Figure(
            "Margin", words.percent(company.margin_rate), "" if moved is None else moved_words
        ),
        shell.Figure("Churned MRR", page.money(company.churned_mrr_cents), _of_opening(page))
        if page.has_subscriptions
        else shell.Figure("Churned MRR", words.ABSENT, "source missing"),
        shell.Figure(
            "Support cost a partner",
            page.money(company.support_cost_per_partner_cents),
            ""
            if words.is_absent(company.active_partners)
            else f"over {words.counted(int(company.active_partners), 'active partner')}",
        ),
        shell.Figure(
            "Payouts due",
            page.money(int(due["outstanding_cents"].sum())),
            f"{page.money(int(due['overdue_cents'].sum()))} overdue on {as_of}",
        )
        if page.known.has_payouts
        else shell.Figure("Payouts due", words.ABSENT, "source missing"),
    ]


def _of_opening(page: Reviewed) -> str:
    opening = page.company.opening_mrr_cents
    if words.is_absent(opening) or opening <= 0:
        return "no opening MRR"
    share = words.percent(page.company.churned_mrr_cents / opening)
    return f"{share} of the opening {page.money(opening)}"


def _ledgers(page: Reviewed) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        shell.section(
            "From gross to contribution margin",
            f"{page.month.name}, thousand {page.currency}, all partner types and direct."
            f"{page.without}",
        )
        lines = ledger(page.types, page.absent)
        _chart(
            waterfall(lines, page.currency),
            "ledger",
            "; ".join(f"{line.label} {page.money(line.cents)}" for line in lines),
        )
    with right:
        _bridge(page)


def _bridge(page: Reviewed) -> None:
    month, then = page.month, page.month.before
    shell.section(
        f"What moved since {then.name}",
        f"Contribution margin, thousand {page.currency}.{page.without}",
    )
    if not month.is_closed:
        shell.state(f"{month.name} is running.", "What moved it is told when it has closed.")
        return
    if page.before is None:
        shell.state("There is no month before.", "This is the first with money.")
        return
    steps = moves(of_month(page.known.bridge, month.first), page.absent)
    _chart(
        margin_bridge(
            steps,
            (then.name, int(page.before.contribution_margin_cents)),
            (month.name, int(page.company.contribution_margin_cents)),
            page.currency,
        ),
        "bridge",
        "; ".join(f"{label} {page.money(cents)}" for label, cents in steps),
    )


def _chart(figure: Any, key: str, alt: str) -> None:
    st.plotly_chart(
        figure,
        width="stretch",
        config={"displayModeBar": False},
        theme=None,
        key=key,
        alt=alt,
    )


def ledger(types: pd.DataFrame, absent: Set[str]) -> list[Line]:
    """The company's lines from gross to contribution margin, as its partner types add up to.

    Those that are `absent` have no row.
    """

    def of(key: str) -> int:
        return int(types[f"{key}_cents"].sum())

    return [
        Line(LINES["gross"], of("gross"), is_total=True),
        Line(LINES["refunds_credits"], of("refunds_credits")),
        Line("Net", of("net"), is_total=True),
        *(Line(LINES[key], -of(key)) for key in COSTS if key not in absent),
        Line("Contribution margin", of("contribution_margin"), is_total=True),
    ]


def moves(bridge: pd.DataFrame, absent: Set[str]) -> list[tuple[str, int]]:
    """The company's lines by how much each changed the margin, in their order."""
    company = bridge[bridge["partner_type"].eq("company")].sort_values("position")
    return [
        (LINES.get(str(line), words.title(str(line))), int(cents))
        for line, cents in zip(company["line"], company["delta_cents"], strict=True)
        if line not in absent
    ]


def _by_type(page: Reviewed) -> None:
    types = page.types
    allocated = int(types["allocated_cents"].sum())
    beside = (
        f" Of the costs {page.money(allocated)} was booked to no partner and is allocated by net "
        "revenue."
        if allocated
        else ""
    )
    shell.section(
        "Margin by partner type",
        f"{page.month.name}; types and direct add up to the company, to the cent. Bar: margin %, "
        f"line at the company’s {words.percent(page.company.margin_rate)}.{beside}",
    )
    rates = rates_by_type(page.known.types, page.month)
    st.html(
        tables.by_type(types, page.company, rates, page.currency, page.meanings, absent=page.absent)
    )


def _churn(page: Reviewed) -> None:
    if not page.has_subscriptions:
        shell.section("Churn impact")
        shell.state("Source missing.", "Without subscriptions nothing says what recurs.")
        return
    yearly = page.money(12 * page.company.churned_mrr_cents)
    shell.section("Churn impact", f"MRR in {page.month.name}; what churned is {yearly} a year.")
    st.html(tables.recurring(page.types, page.currency, page.meanings))


def _support(page: Reviewed) -> None:
    each = page.company.support_cost_per_partner_cents
    average = (
        "" if words.is_absent(each) else f"{page.money(each)} on average; those that cost most."
    )
    shell.section("Support cost per partner", average)
    dearest = dearest_to_support(page.partners)
    if dearest.empty:
        shell.state("No partner cost support this month.")
        return
    st.html(tables.support(dearest.head(AT_ONCE), page.currency))


def _kill_list(page: Reviewed) -> None:
    shell.section(
        "Kill list",
        f"Motions (partner type × role) with a negative contribution {page.quarters} running, "
        "unless all in it are subsidised.",
        anchor=_MOTIONS,
    )
    rows = motions_of(page.known.motions, page.month)
    if rows.empty:
        shell.state("No motion loses money.")
        return
    meanings = published.definitions(page.visit.edition, "fct_kill_list")
    st.html(tables.motions(rows, page.currency, meanings))


def _tiers(page: Reviewed) -> None:
    tiers = published.tiers(page.visit.edition)
    rows = tiers_of(page.known.economics, page.month, tiers)
    if rows.empty:
        return
    quarter = words.day(rows["quarter_end"].iloc[0])
    shell.section(
        "Tier economics",
        f"Quarter to {quarter}, each partner at the tier it held then. ROI: margin for each "
        f"{page.currency} of serving and programme.",
    )
    meanings = published.definitions(page.visit.edition, "fct_tier_economics")
    st.html(tables.economics(rows, page.currency, meanings))


def _due(page: Reviewed) -> None:
    as_of, due = page.month.as_of, page.known.due
    said = f"Accrued and not paid, as of {words.day_within(as_of, as_of)}, in {page.currency}"
    without = int(due["payouts_unconverted"].sum())
    if without:
        said += f"; {words.counted(without, 'payout')} without a rate not counted"
    shell.section("Payouts due", f"{said}.", anchor=_DUE)
    if not page.known.has_payouts:
        shell.state("Source missing.", "Nothing says what was paid, so nothing what is owed.")
        return
    if due.empty:
        shell.state("Nothing is owed to a partner.")
        return
    st.html(tables.due(due, page.currency, as_of, AT_ONCE))


def _leaks(page: Reviewed) -> None:
    as_of, leaks = page.month.as_of, page.known.leaks
    amount = page.money(int(leaks["amount_cents"].sum()))
    said = f"{words.counted(len(leaks), 'leak')} not resolved, {amount}"
    if page.known.blind_checks:
        said += f"; {words.counted(page.known.blind_checks, 'check')} cannot tell for all"
    shell.section("Top leaks", f"{said}, as of {words.day_within(as_of, as_of)}.", anchor=_LEAKS)
    if leaks.empty:
        blind = "Some checks cannot tell, as extracts are missing or stale."
        shell.state("No leak is open.", blind if page.known.blind_checks else "")
    else:
        st.html(tables.leaks(leaks.head(AT_ONCE), page.currency, as_of))
    if _LEAKAGE in page.visit.pages:
        st.page_link(page.visit.pages[_LEAKAGE], label="All checks on Leakage")


def _without_a_rate(page: Reviewed) -> None:
    if page.known.unconverted.empty:
        return
    shell.section(
        "Amounts without a rate",
        "They are in no sum of this page; a rate for their day brings them in.",
        anchor=_UNCONVERTED,
    )
    st.html(tables.unconverted(page.known.unconverted, page.month.as_of))
