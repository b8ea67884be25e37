"""Keys of attribution in words: models, outcomes, reasons, rules, what was left out and why."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from dashboards import words

MODELS: Final[dict[str, str]] = {
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "linear": "Linear",
    "position_based": "Position-based",
    "time_decay": "Time decay",
    "role_based": "Role-based",
}
OUTCOMES: Final[dict[str, str]] = {
    "sourced": "Sourced",
    "influenced": "Influenced",
    "not_attributed": "Not attributed",
}
_REASONS = {
    "registered_first": "registered first, and the registration was valid",
    "participated": "took part before the close",
    "only_after_close": "all its touches came after the close",
    "implementation_or_support_only": "implemented or supported, and did not take part in selling",
    "mention_only": "was mentioned, and did not take part",
    "no_touch": "no touch before the close",
}
_FAILURES = {
    "registration_pending": "its registration was still pending",
    "registration_rejected": "its registration was rejected",
    "invalid_reopen": "its registration was reopened by somebody who may not",
    "registration_expired": "its registration had expired",
    "registered_too_late": "it registered too late",
    "already_direct": "we were already talking to the account",
    "lost_tie": "another partner's registration had precedence",
}
_LEFT_OUT = {
    "after_close": "after the close",
    "not_participating": "of a type that takes no part",
    "no_evidence": "without the evidence policy asks for",
    "beyond_lookback": "longer ago than policy looks back",
    "repeat_collapsed": "repeats the partner's touch just before",
}
RULES: Final[dict[str, str]] = {
    "approved_and_valid_at_creation": "Approved, and valid when the deal was created",
    "submitted_before_creation": "Submitted no later than the deal was created",
    "submitted_before_first_touch": "Submitted before its first touch, or soon after",
    "no_direct_engagement": "No direct engagement with the account before",
    "precedence": "Precedence over other registrations that pass",
}


def model(key: str) -> str:
    """A split model by name: First touch."""
    return MODELS.get(key, words.title(key))


def reason(outcome_reason: object) -> str:
    """Why an outcome is what it is."""
    return _REASONS.get(str(outcome_reason), words.spelled(str(outcome_reason)))


def failure(sourced_failure: object) -> str:
    """What kept a partner from having sourced the deal; empty where nothing did."""
    if words.is_absent(sourced_failure):
        return ""
    return _FAILURES.get(str(sourced_failure), words.spelled(str(sourced_failure)))


def left_out(excluded_because: object, is_in_role_split: object) -> str:
    """Why a touch does not count; empty where it does."""
    if words.is_absent(excluded_because):
        return ""
    by_role = not words.is_absent(is_in_role_split) and bool(is_in_role_split)
    if excluded_because == "not_participating" and by_role:
        return "counts in the role-based model alone"
    return _LEFT_OUT.get(str(excluded_because), words.spelled(str(excluded_because)))


def told(rules: Mapping[str, Decimal]) -> dict[str, str]:
    """What policy tells each model, short enough for a column's header."""
    first, last = rules.get("position_first_share"), rules.get("position_last_share")
    half_life = rules.get("half_life_days")
    pools = [
        words.number(rules[f"pool_{role}"] * 100)
        for role in ("sourcer", "influencer", "implementer", "closer")
        if f"pool_{role}" in rules
    ]
    said = {
        "first_touch": "all to the first",
        "last_touch": "all to the last",
        "linear": "equal shares",
        "time_decay": ""
        if half_life is None
        else f"half-life {words.counted(int(half_life), 'day')}",
        "role_based": " · ".join(pools),
    }
    if first is not None and last is not None:
        parts = (first, 1 - first - last, last)
        said["position_based"] = " · ".join(words.number(part * 100) for part in parts)
    return said
