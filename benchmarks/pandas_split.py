"""The six attribution splits as an analyst would write them in pandas, to be timed against ours."""

import numpy as np
import pandas as pd

BY_PARTNER = ["opportunity_id", "partner_id"]
FIRST_SHARE, LAST_SHARE, HALF_LIFE_DAYS = 0.4, 0.4, 30
ROLE_POOLS = {"sourcer": 0.4, "influencer": 0.2, "implementer": 0.2, "closer": 0.2}
SHARE_PLACES = 12


def split(won: pd.DataFrame, touches: pd.DataFrame) -> pd.DataFrame:
    """Credit of every won deal, partner and model: a share of twelve places, and cents.

    `won`: opportunity_id, amount_cents, closed_at. `touches` of them: touch_id, opportunity_id,
    partner_id, touched_at, role, is_in_line, is_in_role_split. Both columns of a deal and model add
    up, by largest remainder; weights are floats.
    """
    touches = touches.merge(won, on="opportunity_id")
    in_line = touches[touches["is_in_line"]]
    in_line = in_line.sort_values(["opportunity_id", "touched_at", "touch_id"])
    deals = in_line.groupby("opportunity_id", sort=False)
    place = deals.cumcount().to_numpy()
    count = deals["touch_id"].transform("size").to_numpy()
    days = (in_line["closed_at"] - in_line["touched_at"]).dt.total_seconds() / 86_400
    decayed = np.exp2(-days.to_numpy() / HALF_LIFE_DAYS)
    decayed /= pd.Series(decayed).groupby(deals.ngroup().to_numpy()).transform("sum").to_numpy()
    weights = {
        "first_touch": (place == 0).astype(float),
        "last_touch": (place == count - 1).astype(float),
        "linear": 1 / count,
        "position_based": _by_position(place, count),
        "time_decay": decayed,
    }
    credits = {model: _credit(in_line.assign(share=weight)) for model, weight in weights.items()}
    credits["role_based"] = _credit(_by_role(touches[touches["is_in_role_split"]]))
    return pd.concat(
        [_added_up(credit, won).assign(model=model) for model, credit in credits.items()],
        ignore_index=True,
    )


def _by_position(place: np.ndarray, count: np.ndarray) -> np.ndarray:
    between = (1 - FIRST_SHARE - LAST_SHARE) / np.maximum(count - 2, 1)
    share = np.where(place == 0, FIRST_SHARE, np.where(place == count - 1, LAST_SHARE, between))
    return np.where(count == 1, 1.0, np.where(count == 2, 0.5, share))


def _by_role(touches: pd.DataFrame) -> pd.DataFrame:
    roles = touches.drop_duplicates([*BY_PARTNER, "role"])
    holders = roles.groupby(["opportunity_id", "role"])["partner_id"].transform("size")
    share = roles["role"].map(ROLE_POOLS) / holders
    filled = share.groupby(roles["opportunity_id"]).transform("sum")
    return roles.assign(share=share / filled)


def _credit(touches: pd.DataFrame) -> pd.DataFrame:
    credit = touches.groupby(BY_PARTNER, as_index=False)["share"].sum()
    return credit[credit["share"] > 0]


def _added_up(credit: pd.DataFrame, won: pd.DataFrame) -> pd.DataFrame:
    """Shares and cents that add up; a deal that nobody touched is unattributed."""
    credit = won[["opportunity_id", "amount_cents"]].merge(credit, on="opportunity_id", how="left")
    credit["partner_id"] = credit["partner_id"].fillna("unattributed")
    credit["share"] = credit["share"].fillna(1.0)
    amount = credit["amount_cents"].abs()
    credit["cents"] = _parts(credit, amount) * np.sign(credit["amount_cents"])
    whole = pd.Series(10.0**SHARE_PLACES, index=credit.index)
    credit["share"] = _parts(credit, whole) / whole
    return credit[["opportunity_id", "partner_id", "share", "cents"]]


def _parts(credit: pd.DataFrame, whole: pd.Series) -> pd.Series:
    """The whole of each deal by share, in whole numbers, by largest remainder."""
    exact = whole * credit["share"]
    parts = np.floor(exact + 1e-6)
    left = whole - parts.groupby(credit["opportunity_id"], sort=False).transform("sum")
    ordered = credit.assign(remainder=exact - parts).sort_values(
        ["opportunity_id", "remainder", "partner_id"], ascending=[True, False, True]
    )
    rank = ordered.groupby("opportunity_id", sort=False).cumcount().reindex(credit.index)
    return parts + (rank < left)
