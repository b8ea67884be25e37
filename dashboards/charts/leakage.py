"""Marks of leakage: an amount as a bar that is cut by how long it has been leaking."""

from collections.abc import Sequence

from dashboards.markup import Html, tag


def aged_bar(cents: Sequence[int], most: int, label: str) -> Html:
    """Amounts by age, the oldest first and darkest, on a track as long as `most`.

    `label` says the same to those who hear it.
    """
    parts = [
        tag("i", style=f"width:{each / most * 100:.2f}%", class_=f"aged-{place}")
        for place, each in enumerate(cents)
        if most and each > 0
    ]
    return tag("span", *parts, class_="bar aged", role="img", aria_label=label)


def age_key(place: int) -> Html:
    """The shade of an age within the bars, the oldest being 0."""
    return tag("span", class_=f"key aged-{place}")
