"""Business reviews of a version: when they are, whether their pre-read was sent, their items."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frame, frames, has

MART = "fct_business_review"
ITEMS = "fct_review_item"
MARTS = (MART, ITEMS, "dim_partner")

PAST_DAYS = 92
"""How far back reviews are listed: a quarter. Older ones are reached from the ones after them."""
ITEMS_AT_MOST = 200
"""So many items of a kind are listed; a search finds the others."""

_REVIEWS = """
select
    review.*,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    partner.partner_type,
    partner.partner_manager,
    partner.current_tier
from marts.fct_business_review as review
left join marts.dim_partner as partner on partner.partner_id = review.partner_id
"""
_ITEMS = """
select
    item.*,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    review.scheduled_at
from marts.fct_review_item as item
left join marts.dim_partner as partner on partner.partner_id = item.partner_id
left join marts.fct_business_review as review on review.review_id = item.review_id
"""
_ORDER = "item.is_overdue desc nulls last, item.is_open desc, item.due_on nulls last, item.item_id"
_CARRIED = f"""
{_ITEMS}
where item.carried_to_review_id = $review and item.review_id <> $review
order by {_ORDER}
"""
_OTHERS = """
select other.review_id, other.scheduled_at, other.state
from marts.fct_business_review as other
inner join marts.fct_business_review as review
    on other.partner_id = review.partner_id and review.review_id = $review
where other.review_id <> $review
order by other.scheduled_at desc, other.review_id
"""


@dataclass(frozen=True)
class OneReview:
    """All there is to say of one review."""

    review: pd.DataFrame
    """Its row alone; empty where no extract has it."""
    own: pd.DataFrame
    """One row per item it holds."""
    carried: pd.DataFrame
    """One row per item of an earlier review that comes along to it."""
    others: pd.DataFrame
    """The partner's reviews, the latest first."""


def is_published(edition: Edition) -> bool:
    """Whether the version holds all the page shows; earlier ones knew of no reviews."""
    return all(has(edition, mart) for mart in MARTS)


@st.cache_data(max_entries=4, show_spinner=False)
def reviews(edition: Edition, as_of: date) -> pd.DataFrame:
    """Reviews of the quarter before the as-of date and all after it, the first first."""
    return frame(
        edition,
        f"{_REVIEWS} where review.scheduled_at >= $since order by scheduled_at, review_id",
        {"since": as_of - timedelta(days=PAST_DAYS)},
    )


@st.cache_data(max_entries=32, show_spinner=False)
def one_review(edition: Edition, review_id: str) -> OneReview:
    """A review, what is in it, what comes along to it and the partner's other reviews."""
    known = {"review": review_id}
    return OneReview(
        **frames(
            edition,
            {
                "review": (f"{_REVIEWS} where review.review_id = $review", known),
                "own": (f"{_ITEMS} where item.review_id = $review order by {_ORDER}", known),
                "carried": (_CARRIED, known),
                "others": (_OTHERS, known),
            },
        )
    )


@st.cache_data(max_entries=32, show_spinner=False)
def open_items(edition: Edition, done: tuple[str, ...], search: str) -> pd.DataFrame:
    """Open items, those overdue first; some of each kind, with `of_kind`, how many there are.

    `done` are items that people closed after the version was published.
    """
    return frame(
        edition,
        f"""
        with found as (
            {_ITEMS}
            where item.is_open
                and not list_contains($done, item.item_id)
                and (
                    $search = ''
                    or contains(lower(partner.partner_name), $search)
                    or contains(lower(item.text), $search)
                    or contains(lower(item.partner_id), $search)
                )
        )
        select *, count(*) over (partition by kind) as of_kind
        from found as item
        qualify row_number() over (partition by kind order by {_ORDER}) <= $most
        order by {_ORDER}
        """,
        {"done": list(done), "search": search.strip().lower(), "most": ITEMS_AT_MOST},
    )


@st.cache_data(max_entries=4, show_spinner=False)
def items_overdue(edition: Edition, done: tuple[str, ...]) -> int:
    """How many open items are past their day."""
    rows = frame(
        edition,
        """
        select count(*) as items
        from marts.fct_review_item
        where is_open and is_overdue and not list_contains($done, item_id)
        """,
        {"done": list(done)},
    )
    return int(rows["items"].iloc[0])


def every_item(edition: Edition, as_of: date) -> pd.DataFrame:
    """Every item of the reviews that are listed, and every open one; read to be taken away."""
    return frame(
        edition,
        f"{_ITEMS} where item.is_open or review.scheduled_at >= $since order by {_ORDER}",
        {"since": as_of - timedelta(days=PAST_DAYS)},
    )
