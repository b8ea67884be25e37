"""Attribution: what partners brought by quarter, six models side by side, and deal by deal why."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from dashboards import attribution_words as wording
from dashboards import filters, shell, words
from dashboards.queries import money, published
from dashboards.queries.attribution import (
    ALL_WON,
    DISAGREEING,
    KINDS,
    ORDERS,
    WIDEST,
    WITHOUT_AMOUNT,
    WITHOUT_TOUCH,
    Overview,
    credits,
    deal,
    deals,
    first_month,
    is_published,
    model_rules,
    overview,
    standing,
)
from dashboards.queries.tiers import ranks
from dashboards.reconciliation import reconciliation_banner, with_reconciliation
from dashboards.views.attribution import deal as deal_page
from dashboards.views.attribution import tables
from dashboards.views.attribution.selection import (
    ALL_TIME,
    LAST_FOUR,
    Filters,
    Span,
    shares,
    spans,
    within,
)

PARTNERS_AT_ONCE = 15
DEALS_AT_ONCE = 20
_TIERS = "tiers"
_UNFILTERED: dict[str, object] = {
    "span": LAST_FOUR,
    "search": "",
    "kind": DISAGREEING,
    "sort": WIDEST,
}
_DEFINED = {
    "Outcome": ("fct_attribution_outcome", "outcome"),
    "Reason": ("fct_attribution_outcome", "reason"),
    "What kept it from sourcing": ("fct_attribution_outcome", "sourced_failure"),
    "Split model": ("fct_attribution", "model"),
    "Share of credit": ("fct_attribution", "credit_share"),
    "Credit": ("fct_attribution", "credit_cents"),
    "Difference": ("fct_attribution_disagreement", "spread_share"),
    "Tier hangs on the model": ("fct_attribution_tier_effect", "is_decisive"),
    "Left out because": ("fct_opportunity_touch", "excluded_because"),
    "Rule of sourcing": ("fct_sourcing_test", "rule"),
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version: the deal of the address, or all of them."""
    if not is_published(visit.edition):
        shell.head("Attribution", visit, shell.Takeaway("attribution", {}), {})
        shell.state(
            "This version has no split of credit.",
            "It was published before deals were split by models.",
        )
        return
    asked = st.query_params.get("deal", "")
    if asked:
        with shell.loading(visit):
            known = deal(visit.edition, asked)
        if known is not None:
            deal_page.show(visit, known, definitions(visit))
            return
        shell.state(f"No deal has the id “{asked}” in this version.", "Find it among all below.")
    with shell.loading(visit):
        known_overview = overview(visit.edition)
    _overview(visit, known_overview)


def definitions(visit: shell.Visit) -> dict[str, str]:
    """What the page's words mean, as the warehouse has it."""
    meanings = {mart: published.definitions(visit.edition, mart) for mart, _ in _DEFINED.values()}
    return {
        term: meanings[mart][column]
        for term, (mart, column) in _DEFINED.items()
        if meanings[mart].get(column)
    }


def _overview(visit: shell.Visit, known: Overview) -> None:
    currency = money.currency(visit.edition)
    offered = spans(known.quarters, visit.imprint.as_of, first_month(visit.edition))
    top = st.container(gap="small")
    asked = _filters(offered)
    span = offered[asked.span]
    stands = standing(visit.edition, *span)
    split = credits(visit.edition, *span)
    shown = st.session_state.get("deals", DEALS_AT_ONCE)
    found = deals(visit.edition, asked.kind, asked.search, asked.order, span=span, limit=shown)
    with top:
        _top(visit, known, asked, span, stands=stands, currency=currency)
    if known.quarters.empty:
        shell.state("Nothing is won yet.", "Credit is split once a deal is won.")
    else:
        quarters, tiers = st.columns([5, 3], gap="large")
        with quarters:
            _quarters(visit, known, currency)
        with tiers:
            _tiers(visit, known)
        _models(visit, split, known, currency, asked)
    _deals(visit, found, asked, shown, currency)


def _top(
    visit: shell.Visit,
    known: Overview,
    asked: Filters,
    span: Span,
    *,
    stands: Mapping[str, int],
    currency: str,
) -> None:
    edition = visit.edition
    exported: dict[str, Callable[[], pd.DataFrame]] = {
        "models by partner": lambda: tables.export_models(credits(edition, *span), currency),
        "quarters": lambda: tables.export_quarters(
            known.quarters, currency, has_sourced=known.has_registrations
        ),
        "deals": lambda: tables.export_deals(
            deals(edition, asked.kind, asked.search, asked.order, span=span, limit=None), currency
        ),
        "tiers at stake": lambda: tables.export_effect(known.effect, currency),
    }
    shell.head(
        "Attribution",
        visit,
        with_reconciliation(
            edition, shell.Takeaway(f"attribution-{visit.imprint.version}", exported)
        ),
        definitions(visit),
    )
    reconciliation_banner(visit)
    shell.stale_notice(edition)
    for sentence, then in missing(known):
        shell.state(sentence, then)
    shell.needs_you(
        needs(known, stands), visit, "No credit needs you this week", unfiltered=_UNFILTERED
    )
    shell.strip(figures(known, stands, span, asked.span, currency))


def missing(known: Overview) -> list[tuple[str, str]]:
    """What cannot be said without an extract, and what rests on what is there."""
    said = []
    if not known.has_registrations:
        said.append(
            (
                "No extract of deal registrations is there.",
                "Who sourced a deal cannot be told; what was influenced rests on touches alone.",
            )
        )
    if not known.has_touches:
        said.append(
            (
                "No extract of partners' touches is there.",
                "No model can split a deal, and what is shown as no partner's says nothing.",
            )
        )
    return said


def needs(known: Overview, stands: Mapping[str, int]) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    found = []
    decisive = known.effect["partner_id"].nunique()
    if decisive:
        one = decisive == 1
        rest = "has a tier that hangs on the model" if one else "have tiers that hang on the model"
        found.append(shell.Need(words.counted(decisive, "partner"), rest, section=_TIERS))
    if stands["without_amount"]:
        count = words.counted(stands["without_amount"], "deal")
        found.append(
            shell.Need(
                count,
                "won without an amount in the reporting currency",
                filters={"kind": WITHOUT_AMOUNT},
            )
        )
    if stands["unknown_deals"]:
        count = words.counted(stands["unknown_deals"], "deal")
        found.append(
            shell.Need(
                count,
                "credited to a partner the CRM does not know",
                filters={"kind": ALL_WON, "search": "unknown partner"},
            )
        )
    if stands["unattributed"]:
        count = words.counted(stands["unattributed"], "deal")
        found.append(
            shell.Need(count, "won without a touch to split by", filters={"kind": WITHOUT_TOUCH})
        )
    return found


def figures(
    known: Overview, stands: Mapping[str, int], span: Span, span_name: str, currency: str
) -> list[shell.Figure]:
    """The numbers of the span above the tables."""
    quarters = within(known.quarters, span)
    deals_won = words.counted(stands["deals"], "deal")
    sourced, influenced, neither = (
        int(quarters[f"{part}_cents"].sum()) for part in ("sourced", "influenced", "neither")
    )
    parts = (sourced, influenced, neither)
    of_won = (
        [f"{words.percent(share)} of won" for share in shares(parts)]
        if sum(parts) > 0
        else [""] * len(parts)
    )
    decisive = known.effect["partner_id"].nunique()
    return [
        shell.Figure(
            f"Won, {_span_words(span_name)}",
            words.money(stands["won_cents"], currency),
            f"{deals_won}, renewals too",
        ),
        shell.Figure("Sourced by partners", words.money(sourced, currency), of_won[0])
        if known.has_registrations
        else shell.Figure("Sourced by partners", words.ABSENT, "source missing"),
        shell.Figure("Influenced, not sourced", words.money(influenced, currency), of_won[1]),
        shell.Figure("Neither", words.money(neither, currency), of_won[2])
        if known.has_registrations
        else shell.Figure("Neither", words.ABSENT, "source missing"),
        shell.Figure(
            "Models disagree on",
            words.count(stands["disagreeing"]),
            f"by {words.money(stands['spread_cents'], currency)} in all",
            f"of {deals_won}",
        ),
        shell.Figure(
            "Tiers that hang on it",
            words.count(decisive),
            "" if known.effect_of is None else f"at {words.day(known.effect_of)}",
        ),
    ]


def _filters(offered: Mapping[str, Span]) -> Filters:
    with filters.row():
        span = filters.choice("Span", list(offered), key="span", width=290)
        search = filters.search("Deal, account, partner")
        kind = filters.choice("Deals", list(KINDS), key="kind", width=250)
        order = filters.choice("Sort", list(ORDERS), key="sort", width=210)
    return Filters(span, search, kind, order)


def _quarters(visit: shell.Visit, known: Overview, currency: str) -> None:
    shell.section(
        "Won, and who brought it",
        "By quarter of the close. A deal counts once, for who sourced it before who influenced it. "
        "Renewals count here; the KPIs on Ecosystem leave them out and look back on months.",
    )
    st.html(
        tables.quarters_table(
            known.quarters,
            visit.imprint.as_of,
            currency,
            has_sourced=known.has_registrations,
        )
    )


def _tiers(visit: shell.Visit, known: Overview) -> None:
    when = "" if known.effect_of is None else f" at {words.day(known.effect_of)}"
    shell.section(
        "Tiers that hang on the model",
        f"Who would qualify for another tier{when}, had a model split its revenue.",
        anchor=_TIERS,
    )
    if known.effect_of is None:
        shell.state("No quarter has ended yet.")
    elif known.effect.empty:
        shell.state("Nobody's does.", "All six models lead to the same tiers.")
    else:
        st.html(tables.effect_table(known.effect, ranks(visit.edition, known.effect_of)))


def _models(
    visit: shell.Visit, split: pd.DataFrame, known: Overview, currency: str, asked: Filters
) -> None:
    shell.section(
        "Six models side by side",
        f"What was won in {_span_words(asked.span)}, split among partners: each column adds up to "
        "all of it. Bold is a partner's highest; under each model what policy tells it.",
    )
    if not known.has_touches:
        shell.state("Source missing.", "The models split by touches, and there are none.")
        return
    if split.empty:
        shell.state(f"Nothing was won in {_span_words(asked.span)}.")
        return
    shown = st.session_state.get("partners", PARTNERS_AT_ONCE)
    told = wording.told(model_rules(visit.edition))
    st.html(tables.models_table(split, shown, told, currency))
    named = len(split) - int(split["partner_id"].eq("unattributed").sum())
    if named > shown:
        st.button(
            f"Show more partners: {words.count(shown)} of {words.count(named)}",
            on_click=lambda: st.session_state.update({"partners": shown + PARTNERS_AT_ONCE}),
        )


def _span_words(name: str) -> str:
    return {LAST_FOUR: "this quarter and the three before", ALL_TIME: "all time"}.get(name, name)


def _deals(
    visit: shell.Visit, found: pd.DataFrame, asked: Filters, shown: int, currency: str
) -> None:
    number = 0 if found.empty else int(found["found"].iloc[0])
    note = {
        DISAGREEING: "Won deals that the models split differently, by the partner they differ on "
        "most. A name leads to its touches, rules and dispute pack.",
    }.get(
        asked.kind, "A name leads to its touches, the rules it was tested by and its dispute pack."
    )
    shell.section(f"Deals: {asked.kind.lower()}", note)
    if found.empty:
        shell.no_match(f"No deal matches {words.listed(asked.said)}.", unfiltered=_UNFILTERED)
        return
    st.html(tables.deals_table(found, currency, visit.imprint.as_of))
    if number > shown:
        st.button(
            f"Show more deals: {words.count(shown)} of {words.count(number)}",
            on_click=lambda: st.session_state.update({"deals": shown + DEALS_AT_ONCE}),
        )
