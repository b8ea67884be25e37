"""Business reviews: every quarter with those who hold a tier, now and then with others.

What is written down in them is followed up in the weeks after, mostly.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seeds.simulate import minutes, names
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    Bools,
    Ints,
    between,
    choose,
    dates,
    ids,
    instants,
    reach,
    spread,
    words,
)
from seeds.simulate.minutes import ACTION, ASK, RISK, ROADMAP, WIN
from seeds.simulate.verses.partners import OFFBOARDED, PARTNER_TYPES, STATUSES
from seeds.simulate.verses.roles import REGISTERED

QUARTERS = 8
"""How many quarters before the running one reviews were held in."""

PRE_READ = 72 * HOUR
"""How long before a review its pack is to be read; the programme's own promise is policy."""

NOTICE = 7 * DAY
"""So long before it is to be sent a pack is told to be due."""

SEEN_AHEAD = 75 * DAY
"""Reviews stand in the calendar so long ahead."""

NEWCOMER = 270 * DAY
STATES = ("open", "in progress", "blocked", "done", "cancelled")
OPEN, IN_PROGRESS, BLOCKED, DONE, CANCELLED = range(5)
SIDES = ("us", "partner", "both")
SIDE_SHARES = {
    ROADMAP: [1, 1, 4],
    RISK: [2, 2, 1],
    ASK: [5, 2, 0],
    ACTION: [4, 5, 1],
    WIN: [1, 1, 3],
}
"""Who is to act, by the kind of item."""


@dataclass(frozen=True)
class Planted:
    """A review of a partner whose other ones about the end are left out."""

    case: str
    partner: int
    scheduled: int
    sent: int
    is_held: bool
    items: tuple[tuple[str, int, int], ...] = ()
    """Case, days from the last day to its due day, and state of each planted action."""


def cases(end: int) -> list[Planted]:
    """Both sides of every line a review can fall on, at the earliest two weeks before the end."""
    before, after = weekday(end - 10 * DAY), weekday(end)
    later = weekday(before + DAY)
    promised = (
        ("an_action_due_the_day_after", 1, OPEN),
        ("an_action_due_on_the_last_day", 0, IN_PROGRESS),
        ("an_action_done_in_time", -2, DONE),
        ("an_action_nobody_needs_any_more", -1, CANCELLED),
        ("an_action_that_hangs", 12, BLOCKED),
    )
    return [
        Planted("pre_read_72_hours_ahead", 0, before, before - PRE_READ, True, promised),
        Planted(
            "pre_read_sent_and_soon", 0, after, min(after - PRE_READ - 6 * HOUR, end - HOUR), False
        ),
        Planted(
            "pre_read_a_minute_late",
            1,
            later,
            later - PRE_READ + 60,
            True,
            promised[:2],
        ),
        Planted("pre_read_overdue", 1, after + 5 * HOUR, NEVER, False),
        Planted("missed", 4, weekday(end - 7 * DAY), weekday(end - 7 * DAY) - 80 * HOUR, False),
        Planted("in_72_hours_exactly", 4, end + PRE_READ, NEVER, False),
        Planted("in_less_than_72_hours", 6, end + PRE_READ - HOUR // 2, NEVER, False),
        Planted("held_on_the_last_day", 7, end - 8 * HOUR, end - 90 * HOUR, True, promised[:1]),
        Planted("not_held_on_the_last_day", 8, end - 7 * HOUR, end - 90 * HOUR, False),
        Planted("in_the_first_second_after", 12, end, end - 75 * HOUR, False),
    ]


def weekday(at: int) -> int:
    """Nine in the morning of that day, or of the Monday after a weekend."""
    day = at // DAY
    return (day + {5: 2, 6: 1}.get((day + 3) % 7, 0)) * DAY + 9 * HOUR


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.business_reviews` and `crm.review_items`, and what is true of each of them."""
    reviews = _reviews(company, rng)
    items = _items(company, rng, reviews)
    at = reviews["scheduled"].to_numpy()
    partner = reviews["partner"].to_numpy()
    held, sent = reviews["held"].to_numpy(), reviews["sent"].to_numpy()
    size = len(reviews)
    planned = np.minimum(at - 60 * DAY, company.end - 2 * DAY)
    newest = np.maximum.reduce([planned, sent, held])
    review_id = ids("rvw", np.arange(size), 6)
    is_coming = at >= company.end
    state = np.select([is_coming, held != NEVER], [0, 1], 2)
    due = at - PRE_READ
    pre_read = np.select(
        [
            (sent != NEVER) & (sent <= due),
            sent != NEVER,
            ~is_coming,
            due < company.end,
            due < company.end + NOTICE,
        ],
        ["sent", "sent_late", "not_sent", "overdue", "due"],
        "upcoming",
    )
    return {
        "crm.business_reviews": pd.DataFrame(
            {
                "review_id": review_id,
                "partner_id": ids("prt", partner, 5),
                "scheduled_at": instants(at),
                "held_at": instants(held),
                "pre_read_sent_at": instants(sent),
                "attendees": _attendees(company, rng, partner),
                "updated_at": instants(
                    reach(
                        np.minimum(newest + between(rng, 60, DAY, size), company.end - 1),
                        company.end,
                    )
                ),
            }
        ),
        "crm.review_items": items["extract"],
        "truth.reviews": pd.DataFrame(
            {
                "review_id": review_id,
                "partner_id": ids("prt", partner, 5),
                "state": words(("upcoming", "held", "missed"), state),
                "pre_read": pd.Series(pre_read, dtype="str"),
                "case": reviews["case"].astype("str"),
            }
        ),
        "truth.review_items": items["truth"],
    }


def _reviews(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """One row per review, by its time: partner, scheduled, held, sent, case."""
    traits = company.verse("partners")["traits"]
    tier, signed = traits["tier"].to_numpy(), traits["signed_at"].to_numpy()
    number = np.arange(len(traits))
    week = choose(rng, [1.0] * 12, len(traits))
    day = choose(rng, [2, 3, 3, 3, 2], len(traits))
    half_hour = between(rng, 14, 33, len(traits))
    beats = []
    for back in range(QUARTERS, -2, -1):
        begins = company.quarter_end(back)
        monday = (begins // DAY + 3) // 7 * 7 - 3 + 7
        at = (monday + week * 7 + day) * DAY + half_hour * HOUR // 2
        is_asked = (tier > REGISTERED) | ((number % 6 == 0) & ((number + back) % 2 == 0))
        kept = is_asked & (at > signed + 60 * DAY) & (at < company.end + SEEN_AHEAD)
        beats.append(pd.DataFrame({"partner": number, "scheduled": at})[kept])
    drawn = pd.concat(beats, ignore_index=True)
    drawn = drawn[~_is_left_out(company, drawn)].reset_index(drop=True)
    size, at = len(drawn), drawn["scheduled"].to_numpy()
    lead = np.select(
        [(luck := rng.random(size)) < 0.9, luck < 0.96],
        [between(rng, 73 * HOUR, 118 * HOUR, size), between(rng, 20 * HOUR, 70 * HOUR, size)],
        -1,
    )
    sent = np.where((lead > 0) & (at - lead < company.end), at - lead, NEVER)
    is_held = (rng.random(size) < 0.95) & (at < company.end - HOUR)
    planted = pd.DataFrame(cases(company.end))
    planted = planted[planted["partner"] < len(traits)]
    drawn = drawn.assign(sent=sent, is_held=is_held, case=None)
    columns = ["partner", "scheduled", "sent", "is_held", "case"]
    reviews = pd.concat([drawn[columns].astype(object), planted[columns].astype(object)])
    reviews = reviews.sort_values(["scheduled", "partner"], kind="stable").reset_index(drop=True)
    numbers = reviews[["partner", "scheduled", "sent"]].astype("int64")
    begun = between(rng, 0, 12, size + len(planted)) * 60
    held = np.where(reviews["is_held"].astype(bool), numbers["scheduled"] + begun, NEVER)
    frame: pd.DataFrame = numbers.assign(held=held, case=reviews["case"])
    return frame


def _is_left_out(company: Company, drawn: pd.DataFrame) -> Bools:
    """Reviews nobody calls for, and those about the end of partners with planted ones."""
    partners = company.verse("partners")["crm.partners"]
    gone = partners["status"].isin([STATUSES[0], STATUSES[OFFBOARDED]]).to_numpy()
    players = [case.partner for case in cases(company.end)]
    partner, at = drawn["partner"].to_numpy(), drawn["scheduled"].to_numpy()
    is_near = np.isin(partner, players) & (at > company.end - 45 * DAY)
    left_out: Bools = is_near | gone[partner]
    return left_out


def _attendees(company: Company, rng: np.random.Generator, partner: Ints) -> pd.Series:
    """Our manager, at times the sponsor, and two to four people of the partner."""
    partners = company.verse("partners")["crm.partners"]
    manager, sponsor = partners["partner_manager"], partners["executive_sponsor"]
    own = rng.integers(0, 4, (len(partner), 3))
    comes = rng.random(len(partner)) < 0.4
    lists = []
    for row, number in enumerate(partner.tolist()):
        people = [manager[number], *([sponsor[number]] if comes[row] else [])]
        people += [names.person_name(320 + number * 4 + int(place)) for place in own[row]]
        lists.append(", ".join(dict.fromkeys(people)))
    return pd.Series(lists, dtype="str")


def _items(company: Company, rng: np.random.Generator, reviews: pd.DataFrame) -> Frames:
    """What was written down in each review that was held, and the agenda of those to come."""
    is_held = (reviews["held"] != NEVER).to_numpy()
    is_coming = (reviews["scheduled"] >= company.end).to_numpy()
    counts = np.select(
        [is_held, is_coming],
        [4 + choose(rng, [2, 3, 3, 1], len(reviews)), choose(rng, [1, 2, 2, 1], len(reviews))],
        0,
    )
    review, _ = spread(counts)
    size = len(review)
    at = reviews["scheduled"].to_numpy()[review]
    agenda = is_coming[review]
    kind = np.where(
        agenda,
        np.array([ROADMAP, RISK, ASK])[choose(rng, [2, 1, 3], size)],
        choose(rng, [20, 19, 21, 29, 11], size),
    )
    due = at + between(rng, 14, 80, size) * DAY
    due = np.where((kind == ROADMAP) | (kind == RISK), due + 40 * DAY, due)
    due = np.where((kind == WIN) | agenda, NEVER, due - due % DAY)
    side = np.zeros(size, dtype=np.int64)
    for each, shares in SIDE_SHARES.items():
        rows = np.flatnonzero(kind == each)
        side[rows] = choose(rng, shares, len(rows))
    items = pd.DataFrame({"review": review, "kind": kind, "side": side, "due": due, "case": None})
    partner = reviews["partner"].to_numpy()[review]
    gone = (company.end - at) / np.maximum(due - at, DAY)
    items["state"] = np.where(agenda, OPEN, _states(company, rng, partner, items.assign(gone=gone)))
    items = pd.concat([items, _planted_items(company, reviews)], ignore_index=True)
    items = items.sort_values("review", kind="stable").reset_index(drop=True)
    return {
        "extract": _extract(company, rng, reviews, items),
        "truth": _truth(company, reviews, items),
    }


def _states(company: Company, rng: np.random.Generator, partner: Ints, items: pd.DataFrame) -> Ints:
    """Most of what is due is done; the weak let more of it slide, the old is let go.

    Before it is due the more is done the more of its time has `gone`.
    """
    size, due, gone = len(items), items["due"].to_numpy(), items["gone"].to_numpy()
    support = company.verse("partners")["traits"]["support"].to_numpy()[partner]
    late = np.where(due == NEVER, 0, company.end - due)
    slides = np.where(late > 200 * DAY, 0.02, 0.10 + 0.25 * (1 - support))
    slides = np.where(late <= 0, 1 - 0.7 * gone, slides)
    can_wait = items["kind"].to_numpy() != WIN
    is_open = can_wait & (rng.random(size) < slides)
    is_dropped = can_wait & (rng.random(size) < 0.07 * np.minimum(gone, 1))
    opened = choose(rng, [5, 4, 1], size)
    return np.where(is_open, opened, np.where(is_dropped, CANCELLED, DONE))


def _planted_items(company: Company, reviews: pd.DataFrame) -> pd.DataFrame:
    place = {case: row for row, case in reviews["case"].items() if case is not None}
    rows = [
        (place[review.case], ACTION, number % 2, company.end + (days - 1) * DAY, state, case)
        for review in cases(company.end)
        for number, (case, days, state) in enumerate(review.items)
        if review.case in place
    ]
    return pd.DataFrame(rows, columns=["review", "kind", "side", "due", "state", "case"])


def _extract(
    company: Company, rng: np.random.Generator, reviews: pd.DataFrame, items: pd.DataFrame
) -> pd.DataFrame:
    size = len(items)
    review = items["review"].to_numpy()
    at, due = reviews["scheduled"].to_numpy()[review], items["due"].to_numpy()
    written = np.where(at < company.end, at + HOUR, company.end - 3 * DAY)
    is_closed = items["state"].to_numpy() >= DONE
    touched = np.where(is_closed & (due != NEVER), due - between(rng, 0, 12 * DAY, size), written)
    touched = np.clip(touched, np.minimum(written, company.end - HOUR), company.end - 1)
    return pd.DataFrame(
        {
            "item_id": ids("itm", np.arange(size)),
            "review_id": ids("rvw", review, 6),
            "kind": words(minutes.KINDS, items["kind"].to_numpy()),
            "text": _texts(company, rng, reviews, items),
            "owner_side": words(SIDES, items["side"].to_numpy()),
            "due_on": dates(due),
            "status": words(STATES, items["state"].to_numpy()),
            "updated_at": instants(reach(touched, company.end)),
        }
    )


def _texts(
    company: Company, rng: np.random.Generator, reviews: pd.DataFrame, items: pd.DataFrame
) -> pd.Series:
    """A line per item; a partner hears one again only once it has heard all others."""
    partners = company.verse("partners")["crm.partners"]
    traits = company.verse("partners")["traits"]
    trend, signed = traits["trend"].to_numpy(), traits["signed_at"].to_numpy()
    kinds = [PARTNER_TYPES[code] for code in traits["kind"].tolist()]
    places = list(zip(partners["region"], partners["country"], strict=True))
    dice = minutes.rolls(rng, len(items))
    heard: dict[int, dict[str, int]] = {}
    lines = []
    review, kind, due = (items[c].to_numpy() for c in ("review", "kind", "due"))
    partner, at = reviews["partner"].to_numpy()[review], reviews["scheduled"].to_numpy()[review]
    since = _month(at - 100 * DAY)
    month = _month(np.where(due == NEVER, at + 40 * DAY, due))
    is_new, moves = at - signed[partner] < NEWCOMER, trend[partner]
    mood = np.select([is_new, moves > 0.5, moves < -0.5], [3, 1, 2], 0)
    for row, number in enumerate(partner.tolist()):
        choices = minutes.lines(minutes.KINDS[kind[row]], kinds[number], minutes.MOODS[mood[row]])
        of_partner = heard.setdefault(number, {})
        line = minutes.pick(choices, int(dice[row, 3]), of_partner, int(review[row]))
        about = (int(since[row]), int(month[row]))
        lines.append(minutes.written(line, dice[row], about, places[number]))
    return pd.Series(lines, dtype="str")


def _month(at: Ints) -> Ints:
    """The month of each instant, 0 = January."""
    return at.view("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12


def _truth(company: Company, reviews: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Every item: whether it is open, overdue, and the review to come that it is carried to."""
    size = len(items)
    review, due = items["review"].to_numpy(), items["due"].to_numpy()
    is_open = items["state"].to_numpy() < DONE
    at = reviews["scheduled"].to_numpy()
    coming = reviews[at >= company.end].drop_duplicates("partner")
    following = pd.Series(coming.index, index=coming["partner"])
    carried = following.reindex(reviews["partner"].to_numpy()[review]).fillna(-1).to_numpy()
    is_carried = is_open & (at[review] < company.end)
    return pd.DataFrame(
        {
            "item_id": ids("itm", np.arange(size)),
            "is_open": is_open,
            "is_overdue": is_open & (due != NEVER) & (due < company.end),
            "carried_to": ids("rvw", np.where(is_carried, carried, -1).astype(np.int64), 6),
            "case": items["case"].astype("str"),
        }
    )
