"""Money of a version: what reconciles with what."""

import pandas as pd
import streamlit as st

from dashboards.queries import published
from dashboards.queries.published import Edition, frame

RECONCILED = ("fct_reconciliation", "fct_reconciliation_difference")


def currency(edition: Edition) -> str:
    """The currency amounts without one of their own are in."""
    return published.setting(edition, "reporting_currency") or "USD"


def is_reconciled(edition: Edition) -> bool:
    """Whether the version says what reconciles; those from before money was counted do not."""
    return all(published.has(edition, mart) for mart in RECONCILED)


@st.cache_data(max_entries=8, show_spinner=False)
def reconciliation(edition: Edition) -> pd.DataFrame:
    """One row per sum reached by two routes, in the order a controller reads them."""
    return frame(edition, "from marts.fct_reconciliation order by position, name")


@st.cache_data(max_entries=8, show_spinner=False)
def difference_reasons(edition: Edition) -> pd.DataFrame:
    """Why sums differ: a row per name, kind of row and reason, the largest first.

    `rows` counts what is behind it, `difference_cents` is what they come to, and `some` names up
    to three of them, the largest first.
    """
    return frame(
        edition,
        """
        select
            name,
            entity,
            reason,
            count(*) as rows,
            sum(difference_cents)::bigint as difference_cents,
            list(entity_id order by abs(difference_cents) desc, entity_id)[:3] as some
        from marts.fct_reconciliation_difference
        group by name, entity, reason
        order by name, max(abs(difference_cents)) desc, entity, reason
        """,
    )


def differences(edition: Edition) -> pd.DataFrame:
    """Every row behind a difference, the largest first; read when somebody takes it away."""
    return frame(
        edition,
        """
        from marts.fct_reconciliation_difference
        order by name, abs(difference_cents) desc, entity, entity_id, reason
        """,
    )
