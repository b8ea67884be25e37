"""Which partner and which part of its page a reader asked for."""

import pandas as pd

from dashboards.queries.partner import Dossier

SCORE, EVIDENCE, DELIVERY, PEOPLE, CONTRACTS, HISTORY = (
    "score",
    "evidence",
    "delivery",
    "people",
    "contracts",
    "history",
)
TITLES = {
    SCORE: "Score",
    EVIDENCE: "Evidence",
    DELIVERY: "Delivery",
    PEOPLE: "People",
    CONTRACTS: "Contracts & access",
    HISTORY: "History",
}
CHOICES_SHOWN = 40


def tabs(known: Dossier, *, has_evidence: bool) -> list[str]:
    """The tabs this version and this partner have something for."""
    is_delivering = known.si_quality is not None and not known.si_quality.empty
    has_projects = known.projects is not None and not known.projects.empty
    return [
        SCORE,
        *([EVIDENCE] if has_evidence else []),
        *([DELIVERY] if is_delivering or has_projects else []),
        *([CONTRACTS, PEOPLE] if known.terms is not None else []),
        HISTORY,
    ]


def matching(partners: pd.DataFrame, needle: str) -> pd.DataFrame:
    """The partners whose name, manager or id holds the needle, in any case of letters."""
    sought = needle.strip().casefold()
    found = pd.Series(False, index=partners.index)
    for column in ("partner_name", "partner_manager", "partner_id"):
        found |= partners[column].fillna("").str.casefold().str.contains(sought, regex=False)
    return partners[found]
