"""The six attribution splits as an analyst would write them in pandas, to be timed against ours."""

import numpy as np
import pandas as pd

BY_PARTNER = ["opportunity_id", "partner_id"]
FIRST_SHARE, LAST_SHARE, HALF_LIFE_DAYS = 0.4, 0.4, 30
ROLE_POOLS = {"sourcer": 0.4, "influencer": 0.2, "implementer": 0.2, "closer": 0.2}
PARTICIPATING = (
    *("lead", "intro", "demo", "technical_validation", "proposal", "negotiation", "marketing"),
)
DELIVERING = ("implementation", "support")


def split(won: pd.DataFrame, touches: pd.DataFrame) -> pd.DataFrame:
    """Credit of every won deal, partner and model: share and cents.

    `won`: opportunity_id, amount_cents, closed_at. `touches`: touch_id, opportunity_id, partner_id,
    touched_at, touch_type, role. Shares are floats; cents go by largest remainder.
    """
    touches = touches.merge(won, on="opportunity_id")
    touches = touches[touches["touched_at"] <= touches["closed_at"]]
    taking_part = touches[touches["touch_type"].isin(PARTICIPATING)]
    taking_part = taking_part.sort_values(["opportunity_id", "touched_at", "touch_id"])
    deals = taking_part.groupby("opportunity_id", sort=False)
    place = deals.cumcount().to_numpy()
    count = deals["touch_id"].transform("size").to_numpy()
    days = (taking_part["closed_at"] - taking_part["touched_at"]).dt.total_seconds() / 86_400
    decayed = np.exp2(-days.to_numpy() / HALF_LIFE_DAYS)
    decayed /= pd.Series(decayed).groupby(deals.ngroup().to_numpy()).transform("sum").to_numpy()
    weights = {
        "first_touch": (place == 0).astype(float),
        "last_touch": (place == count - 1).astype(float),
        "linear": 1 / count,
        "position_based": _by_position(place, count),
        "time_decay": decayed,
    }
    credits = [
        _credit(taking_part.assign(share=weight), model) for model, weight in weights.items()
    ]
    admitted = touches[touches["touch_type"].isin((*PARTICIPATING, *DELIVERING))]
    credits.append(_credit(_by_role(admitted), "role_based"))
    return pd.concat([_in_cents(credit, won) for credit in credits], ignore_index=True)


def _by_position(place: np.ndarray, count: np.ndarray) -> np.ndarray:
    between = (1 - FIRST_SHARE - LAST_SHARE) / np.maximum(count - 2, 1)
    share = np.where(place == 0, FIRST_SHARE, np.where(place == count - 1, LAST_SHARE, between))
    return np.where(count == 1, 1.0, np.where(count == 2, 0.5, share))


def _by_role(admitted: pd.DataFrame) -> pd.DataFrame:
    roles = admitted.dropna(subset=["role"]).drop_duplicates(
        ["opportunity_id", "partner_id", "role"]
    )
    holders = roles.groupby(["opportunity_id", "role"])["partner_id"].transform("size")
    share = roles["role"].map(ROLE_POOLS) / holders
    filled = share.groupby(roles["opportunity_id"]).transform("sum")
    return roles.assign(share=share / filled)


def _credit(touches: pd.DataFrame, model: str) -> pd.DataFrame:
    credit = touches.groupby(BY_PARTNER, sort=True, as_index=False)["share"].sum()
    return credit[credit["share"] > 0].assign(model=model)


def _in_cents(credit: pd.DataFrame, won: pd.DataFrame) -> pd.DataFrame:
    """Cents by largest remainder, the smaller partner first; deals without a touch unattributed."""
    credit = won[["opportunity_id", "amount_cents"]].merge(credit, on="opportunity_id", how="left")
    credit["partner_id"] = credit["partner_id"].fillna("unattributed")
    credit["share"] = credit["share"].fillna(1.0)
    credit["model"] = credit["model"].ffill().bfill()
    exact = credit["amount_cents"].abs() * credit["share"]
    credit["cents"] = np.floor(exact + 1e-6)
    credit["remainder"] = exact - credit["cents"]
    deals = credit.groupby("opportunity_id", sort=False)
    left = credit["amount_cents"].abs() - deals["cents"].transform("sum")
    ordered = credit.sort_values(
        ["opportunity_id", "remainder", "partner_id"], ascending=[True, False, True]
    )
    rank = ordered.groupby("opportunity_id", sort=False).cumcount().reindex(credit.index)
    credit["cents"] = (credit["cents"] + (rank < left)) * np.sign(credit["amount_cents"])
    return credit[["opportunity_id", "partner_id", "model", "share", "cents"]]
