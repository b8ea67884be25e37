"""Marks of deal registrations: a share against a goal."""

from dashboards.markup import Html, tag


def goal_bar(share: float, goal: float | None, label: str) -> Html:
    """A bar of a share of 0–1 with a line at the goal; one that falls short is filled as such."""
    is_short = goal is not None and share < goal
    fill = tag(
        "span",
        style=f"width:{min(max(share, 0.0), 1.0) * 100:.1f}%",
        class_=f"fill {'bad' if is_short else 'neutral'}",
    )
    line = (
        ""
        if goal is None
        else tag("span", style=f"left:calc({goal * 100:.1f}% - 1px)", class_="limit")
    )
    return tag("span", fill, line, class_="bar age", role="img", aria_label=label)
