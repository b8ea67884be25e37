"""The rules of a version, and its portfolio under others; no page computes a score."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frame
from warehouse import snapshots, whatif
from warehouse.policy import PolicyError
from warehouse.policy.drafting import Draft, Row, breaches
from warehouse.settings import Settings


@st.cache_resource(max_entries=2, show_spinner=False)
def rules(edition: Edition) -> whatif.Scoring | None:
    """The rules of a version with what they need, in memory; None where it carries none.

    They weigh all partners against each other, so that nobody has them of some partners alone.
    """
    if edition.scope is not None:
        return None
    try:
        return whatif.load(_path(edition))
    except whatif.NoScoringError:
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def rescored(edition: Edition, changes: Mapping[str, list[Row]]) -> pd.DataFrame:
    """Every partner at the latest quarter end, as published and under other rules."""
    scoring = rules(edition)
    if scoring is None:
        raise whatif.NoScoringError(edition.version)
    return whatif.movers(whatif.rescore(scoring, changes))


@st.cache_data(max_entries=64, show_spinner=False)
def judged(draft: Draft) -> list[PolicyError]:
    """What is wrong with a proposed policy."""
    return breaches(draft)


@st.cache_data(max_entries=16, show_spinner=False)
def first_day(edition: Edition) -> date:
    """The first day of the periods in a version: rules from then on hold in all of them."""
    rows = frame(edition, "select min(period_start) as first from marts.fct_tier_score")
    first: pd.Timestamp = rows["first"].iloc[0]
    return first.date()


def _path(edition: Edition) -> Path:
    settings = Settings(home=edition.home)
    [path] = [v.path for v in snapshots.versions(settings) if v.name == edition.version]
    return path
