"""The fields of a page's filters: a key of the address each, named for a screen reader."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from dashboards import words

PARTNER = "Partner, manager, id"
"""What a search for partners looks through."""


@contextmanager
def row() -> Iterator[None]:
    """The filters side by side; on a phone they scroll sideways."""
    with st.container(horizontal=True, key="filters", vertical_alignment="center"):
        yield


def search(label: str = PARTNER, *, key: str = "search", width: int = 216) -> str:
    """Words to look for; empty for none."""
    return (
        st.text_input(
            label,
            key=key,
            placeholder=label,
            icon=":material/search:",
            label_visibility="collapsed",
            width=width,
            max_chars=80,
            bind="query-params",
        )
        or ""
    )


def choice(
    label: str, options: Sequence[str], *, key: str, width: int, default: str | None = None
) -> str:
    """One of the options; `default`, else the first, until another is chosen."""
    first = options[0] if default is None else default
    chosen = st.selectbox(
        label,
        options,
        index=options.index(first),
        key=key,
        label_visibility="collapsed",
        width=width,
        bind="query-params",
    )
    return chosen or first


def listed(label: str, states: Sequence[str], standing: pd.Series, *, key: str) -> str:
    """One list of rows by their state, each named with its count; the first until another is asked
    for. `standing` holds the state of every row."""
    counts = standing.value_counts()
    if key not in st.session_state:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in states else states[0]
    state = st.segmented_control(
        label,
        states,
        required=True,
        format_func=lambda state: f"{state} {words.count(int(counts.get(state, 0)))}",
        key=key,
        label_visibility="collapsed",
    )
    chosen = state or states[0]
    st.query_params[key] = chosen
    return chosen


def several(label: str, options: Sequence[str], *, key: str, nothing: str, width: int) -> list[str]:
    """Any number of the options; `nothing` says what choosing none comes to."""
    return st.multiselect(
        label,
        options,
        key=key,
        placeholder=nothing,
        label_visibility="collapsed",
        width=width,
        bind="query-params",
    )


def pills(label: str, options: Sequence[str], *, key: str) -> list[str]:
    """Any number of a few options, all in sight."""
    return st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        label_visibility="collapsed",
        bind="query-params",
    )
