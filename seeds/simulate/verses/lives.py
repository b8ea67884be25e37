"""The life of a deal registration, planned so that its state at any time is meant and not found.

A claim is submitted, answered, kept alive by activities about every 25 days, perhaps renewed with
proof before its 90 days are over, ended by running out or by falling silent, perhaps opened again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from seeds.simulate.draws import DAY, HOUR, NEVER, Bools, Ints, between, choose

TERM = 90 * DAY
SILENCE = 30 * DAY
PULSE = 25 * DAY
"""Activities come every 25 days and up to 3 later, so two are never more than 28 apart."""

PULSES_OF_TERM = 3
"""So many activities keep a claim alive until its term is over; twice as many a renewed one."""

MOST_PULSES = 7
ALLOWED_REOPENER = 0
OTHER_REOPENERS = 2


@dataclass(frozen=True)
class Moments:
    """What a life is planned around, one of each per claim."""

    created: Ints
    """When the deal is opened."""
    horizon: Ints
    """The last instant whose facts count: the close, or the last second of the history."""
    closed: Ints
    winner: Ints
    """When the claim that shall win a contest was submitted."""
    end: int

    def __len__(self) -> int:
        return len(self.created)

    def of(self, rows: Ints) -> "Moments":
        """The moments of these claims."""
        return Moments(
            self.created[rows], self.horizon[rows], self.closed[rows], self.winner[rows], self.end
        )


@dataclass(frozen=True)
class Lives:
    """One plan per claim; instants, NEVER = not at all."""

    submitted: Ints
    answered: Ints
    is_rejected: Bools
    renewed: Ints
    pulses: Ints
    ended: Ints
    runs_out: Bools
    reopened: Ints
    reopener: Ints
    later_pulses: Ints
    later_end: Ints
    later_runs_out: Bools

    def put(self, rows: Ints, part: "Lives") -> None:
        """Write the plans of `part` into these rows."""
        for column in fields(self):
            getattr(self, column.name)[rows] = getattr(part, column.name)

    def followed_by(self, other: "Lives") -> "Lives":
        """Both, one after the other."""
        return Lives(
            *(
                np.concatenate([getattr(self, column.name), getattr(other, column.name)])
                for column in fields(self)
            )
        )


def draw_jitter(rng: np.random.Generator, size: int) -> Ints:
    """How much later than its beat each activity of each claim comes: an hour to three days."""
    return between(rng, HOUR, 3 * DAY, size * MOST_PULSES).reshape(size, MOST_PULSES)


def plan(
    submitted: Ints,
    answered: Ints,
    jitter: Ints,
    *,
    pulses: Ints | int = 0,
    is_rejected: Bools | None = None,
    renewed: Ints | None = None,
    reopened: Ints | None = None,
    reopener: Ints | None = None,
    later_pulses: Ints | int = 0,
) -> Lives:
    """A life with its ends worked out from its activities."""
    size = len(submitted)
    beats = np.zeros(size, dtype=np.int64) + pulses
    later_beats = np.zeros(size, dtype=np.int64) + later_pulses
    refused = np.zeros(size, dtype=np.bool_) if is_rejected is None else is_rejected
    renewal = np.full(size, NEVER) if renewed is None else renewed
    reopening = np.full(size, NEVER) if reopened is None else reopened
    by = np.full(size, ALLOWED_REOPENER) if reopener is None else reopener
    stands = (answered != NEVER) & ~refused
    again = (reopening != NEVER) & (by == ALLOWED_REOPENER)
    is_renewed = renewal != NEVER
    never_renewed = np.zeros(size, dtype=np.bool_)
    return Lives(
        submitted=submitted,
        answered=answered,
        is_rejected=refused,
        renewed=renewal,
        pulses=beats,
        ended=np.where(stands, answered + age_at_end(beats, is_renewed, jitter), NEVER),
        runs_out=stands & _runs_out(beats, is_renewed),
        reopened=reopening,
        reopener=by,
        later_pulses=later_beats,
        later_end=np.where(
            again, reopening + age_at_end(later_beats, never_renewed, jitter), NEVER
        ),
        later_runs_out=again & _runs_out(later_beats, never_renewed),
    )


def age_at_end(pulses: Ints, is_renewed: Bools, jitter: Ints) -> Ints:
    """How long after its answer a claim ends: at its term, or a silence after the last activity."""
    last = PULSE * pulses + jitter[np.arange(len(pulses)), np.maximum(pulses - 1, 0)]
    silent = np.where(pulses > 0, last, 0) + SILENCE
    return np.where(_runs_out(pulses, is_renewed), np.where(is_renewed, 2, 1) * TERM, silent)


def _runs_out(pulses: Ints, is_renewed: Bools) -> Bools:
    return np.asarray(pulses >= np.where(is_renewed, 2, 1) * PULSES_OF_TERM)


def _answers(rng: np.random.Generator, size: int) -> Ints:
    """Seconds until we answer: mostly within 48 hours, never more than 9 days."""
    quick = between(rng, HOUR, 46 * HOUR, size)
    slow = between(rng, 50 * HOUR, 9 * DAY, size)
    return np.asarray(np.where(rng.random(size) < 0.9, quick, slow))


def _in_time(submitted: Ints, wait: Ints, horizon: Ints) -> Ints:
    """The answer after `wait`, or sooner where it would not come before the horizon."""
    answered: Ints = submitted + np.minimum(wait, np.maximum((horizon - submitted) * 8 // 10, 1))
    return answered


def _pulses_until(
    rng: np.random.Generator, age: Ints, *, least: int = 0, most: int = PULSES_OF_TERM
) -> Ints:
    """A number of activities that keeps a claim alive at `age`."""
    needed: Ints = np.maximum(np.maximum(age, 0) // PULSE, least)
    return needed + np.floor(rng.random(len(age)) * (most - needed + 1)).astype(np.int64)


def _any_pulses(rng: np.random.Generator, is_renewed: Bools) -> Ints:
    return np.where(is_renewed, MOST_PULSES - 3, 0) + choose(rng, [1, 1, 1, 2], len(is_renewed))


def _nobody(at: Moments) -> Bools:
    return np.zeros(len(at), dtype=np.bool_)


def _renewals(rng: np.random.Generator, answered: Ints, is_renewed: Bools) -> Ints:
    at = answered + between(rng, 72 * DAY, 86 * DAY, len(answered))
    return np.where(is_renewed, at, NEVER)


def standing(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Approved and in its first term when the deal is opened."""
    return _standing_within(85 * DAY, rng, at, jitter)


def contested(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """The same, young enough for a rival to submit later and still stand."""
    return _standing_within(60 * DAY, rng, at, jitter)


def _standing_within(oldest: int, rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    age = between(rng, 0, oldest, len(at))
    answered = at.created - age
    submitted = answered - _answers(rng, len(at))
    return plan(submitted, answered, jitter, pulses=_pulses_until(rng, age))


def renewed(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """In its second term, after a renewal with proof, when the deal is opened."""
    age = between(rng, 91 * DAY, 170 * DAY, len(at))
    answered = at.created - age
    return plan(
        answered - _answers(rng, len(at)),
        answered,
        jitter,
        pulses=_pulses_until(rng, age, least=4, most=MOST_PULSES),
        renewed=_renewals(rng, answered, ~_nobody(at)),
    )


def reopened(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Ended, and opened again by the one who may before the deal is opened."""
    age = between(rng, 0, 85 * DAY, len(at))
    again = at.created - age
    first = _ended_by(rng, again - between(rng, 2 * DAY, 20 * DAY, len(at)), jitter)
    return plan(
        first.submitted,
        first.answered,
        jitter,
        pulses=first.pulses,
        reopened=again,
        later_pulses=_pulses_until(rng, age),
    )


def answered_later(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Submitted before the deal is opened and approved after, before it closes."""
    submitted = at.created - between(rng, 0, 5 * DAY, len(at))
    grace = np.minimum(between(rng, HOUR, 9 * DAY, len(at)), (at.horizon - at.created) * 8 // 10)
    return plan(submitted, at.created + grace, jitter, pulses=_any_pulses(rng, _nobody(at)))


def behind(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Standing when the deal is opened, submitted later than the winner of the contest."""
    room = np.floor(rng.random(len(at)) * 0.9 * (at.created - at.winner)).astype(np.int64)
    submitted = np.minimum(at.winner + 1 + room, at.created)
    answered = _in_time(submitted, _answers(rng, len(at)), at.horizon)
    return plan(submitted, answered, jitter, pulses=_pulses_until(rng, at.created - answered))


def submitted_after_creation(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Approved, but submitted after the deal was opened."""
    room = ((at.horizon - at.created) * rng.random(len(at)) * 0.6).astype(np.int64)
    submitted = at.created + np.maximum(room, 1)
    answered = _in_time(submitted, _answers(rng, len(at)), at.horizon)
    return plan(submitted, answered, jitter, pulses=_any_pulses(rng, _nobody(at)))


def submitted_after_touch(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Standing when the deal is opened, and young: touches from long before make it too late."""
    submitted = at.created - between(rng, 0, 15 * DAY, len(at))
    answered = _in_time(submitted, _answers(rng, len(at)), at.horizon)
    return plan(submitted, answered, jitter, pulses=_pulses_until(rng, at.created - answered))


def _ended_by(rng: np.random.Generator, ended: Ints, jitter: Ints, renewals: float = 0) -> Lives:
    """A claim that ended at that instant, one way or the other."""
    is_renewed = rng.random(len(ended)) < renewals
    pulses = _any_pulses(rng, is_renewed)
    answered = ended - age_at_end(pulses, is_renewed, jitter)
    return plan(
        answered - _answers(rng, len(ended)),
        answered,
        jitter,
        pulses=pulses,
        renewed=_renewals(rng, answered, is_renewed),
    )


def lapsed(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Ended before the deal is opened, at the latest in the very second."""
    return _ended_by(rng, at.created - between(rng, 0, 60 * DAY, len(at)), jitter, renewals=0.25)


def reopened_wrongly(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Ended, and opened again before the deal by somebody who may not."""
    ended = at.created - between(rng, 21 * DAY, 60 * DAY, len(at))
    first = _ended_by(rng, ended, jitter)
    return plan(
        first.submitted,
        first.answered,
        jitter,
        pulses=first.pulses,
        reopened=ended + between(rng, 2 * DAY, 20 * DAY, len(at)),
        reopener=1 + choose(rng, [1] * OTHER_REOPENERS, len(at)),
    )


def unanswered(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """No answer when the deal closed, or none yet; some get one later, of either kind."""
    size = len(at)
    is_open = at.closed == NEVER
    recent = at.end - between(rng, 1, 14 * DAY, size)
    submitted = np.where(is_open, recent, at.closed - between(rng, 1, 10 * DAY, size))
    answered = np.where(is_open, NEVER, at.closed + between(rng, 1, 12 * DAY, size))
    answered = np.where(answered < at.end, answered, NEVER)
    is_rejected = (answered != NEVER) & (rng.random(size) < 0.3)
    pulses = _any_pulses(rng, _nobody(at))
    return plan(submitted, answered, jitter, pulses=pulses, is_rejected=is_rejected)


def refused(rng: np.random.Generator, at: Moments, jitter: Ints) -> Lives:
    """Answered with no before the deal closed."""
    submitted = at.created - between(rng, 0, 30 * DAY, len(at))
    answered = _in_time(submitted, _answers(rng, len(at)), at.horizon)
    return plan(submitted, answered, jitter, is_rejected=~_nobody(at))


def without_a_deal(
    rng: np.random.Generator, start: int, end: int, size: int, jitter: Ints
) -> Lives:
    """Claims that never led to a deal, in every state."""
    submitted = between(rng, start, end - 14 * DAY, size)
    is_recent = rng.random(size) < 0.04
    submitted = np.where(is_recent, end - between(rng, 1, 14 * DAY, size), submitted)
    answered = submitted + _answers(rng, size)
    answered = np.where(is_recent | (answered >= end), NEVER, answered)
    is_rejected = (answered != NEVER) & (rng.random(size) < 0.2)
    stands = (answered != NEVER) & ~is_rejected
    is_renewed = stands & (rng.random(size) < 0.2)
    pulses = _any_pulses(rng, is_renewed)
    renewals = _renewals(rng, answered, is_renewed)
    ended = answered + age_at_end(pulses, is_renewed, jitter)
    again = stands & (rng.random(size) < 0.12)
    return plan(
        submitted,
        answered,
        jitter,
        pulses=pulses,
        is_rejected=is_rejected,
        renewed=renewals,
        reopened=np.where(again, ended + between(rng, 2 * DAY, 20 * DAY, size), NEVER),
        reopener=choose(rng, [0.6, 0.2, 0.2], size),
        later_pulses=choose(rng, [1, 1, 1, 1], size),
    )


Shape = Callable[[np.random.Generator, Moments, Ints], Lives]


def live(
    rng: np.random.Generator, shapes: Mapping[int, Shape], codes: Ints, at: Moments, jitter: Ints
) -> Lives:
    """A life of the shape that each claim's code names; claims of other codes stay blank."""
    lives = plan(np.full(len(at), NEVER), np.full(len(at), NEVER), jitter)
    for code, shape in shapes.items():
        rows = np.flatnonzero(codes == code)
        lives.put(rows, shape(rng, at.of(rows), jitter[rows]))
    return lives
