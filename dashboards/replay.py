"""Which version a reader looks at: the served one, or an older one that the address names."""

from dataclasses import replace

import streamlit as st

from dashboards.queries.published import Edition

VERSION = "version"
"""The parameter of the address, on every page."""


def edition_asked_for(served: Edition) -> Edition:
    """The version of the address; without one there, the version this reader had open.

    Pages of the navigation drop what the address asked for, and a reader who follows them would
    leave the version without having said so.
    """
    asked = st.query_params.get(VERSION) or str(st.session_state.get(VERSION, served.version))
    if asked == served.version:
        leave()
        return served
    st.session_state[VERSION] = st.query_params[VERSION] = asked
    return replace(served, version=asked)


def leave() -> None:
    """Look at the served version again."""
    st.session_state.pop(VERSION, None)
    st.query_params.pop(VERSION, None)
