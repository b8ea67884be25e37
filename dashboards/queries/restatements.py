"""What versions published otherwise than the one that is served."""

import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frame
from warehouse import restatements
from warehouse.settings import Settings


@st.cache_data(max_entries=4, show_spinner=False)
def restated(then: Edition, now: Edition) -> pd.DataFrame:
    """Partner weeks of both versions that differ; columns as `warehouse.restatements` gives them.

    `then` and `now` are of one home and seen by one reader.
    """
    rows = restatements.restatements(Settings(home=now.home), then.version, now.version)
    if now.scope is None:
        return rows
    own = frame(now, "select partner_id from marts.dim_partner")
    return rows[rows["partner_id"].isin(own["partner_id"])]
