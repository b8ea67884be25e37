"""The figure of a what-if: how many partners qualify for each tier, as published and proposed."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboards.theme.tokens import MARKS

_ROW = 52


def tier_distribution(
    tiers: Sequence[str], published: Sequence[int], proposed: Sequence[int]
) -> go.Figure:
    """A row a tier in the order given, two bars each: grey as published, blue as proposed.

    Numbers stand at the ends of the bars, in the first row with what they are; a bar of 0 is its
    number alone.
    """
    figure = go.Figure()
    bars = (("as published", published, MARKS["neutral"]), ("proposed", proposed, MARKS["accent"]))
    for name, counts, colour in bars:
        figure.add_bar(
            name=name,
            y=list(range(len(tiers))),
            x=list(counts),
            orientation="h",
            marker={"color": colour, "line": {"width": 0}},
            text=[f"{count:,}{'' if row else f' {name}'}" for row, count in enumerate(counts)],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    figure.update_layout(
        height=28 + _ROW * len(tiers),
        margin={"l": 8, "r": 96, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        bargap=0.35,
        bargroupgap=0.08,
        showlegend=False,
        xaxis={"visible": False, "fixedrange": True, "rangemode": "tozero"},
        yaxis={
            "tickvals": list(range(len(tiers))),
            "ticktext": list(tiers),
            "autorange": "reversed",
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "ticklabelstandoff": 8,
        },
    )
    return figure
