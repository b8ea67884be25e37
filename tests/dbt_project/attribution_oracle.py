"""The rules of credit and of deal registrations in plain Python, from spec 3, one fact at a time.

Deliberately another shape than the models: a registration is walked event by event, and an outcome
is judged anew at every instant from the facts that lie before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY = timedelta(days=1)
TERM, SILENCE, GRACE, TARGET = 90 * DAY, 30 * DAY, 7 * DAY, timedelta(hours=48)
PARTICIPATING = {
    "lead",
    "intro",
    "demo",
    "technical_validation",
    "proposal",
    "negotiation",
    "marketing",
}
RANKS = {"registered": 1, "silver": 2, "gold": 3, "platinum": 4}
FAILURES = (
    "registration_pending",
    "registration_rejected",
    "invalid_reopen",
    "registration_expired",
    "registered_too_late",
    "already_direct",
    "lost_tie",
)


@dataclass(frozen=True)
class Partner:
    partner_id: str
    tier: str | None
    tier_since: datetime | None

    def rank(self, at: datetime) -> int:
        if self.tier is None or (self.tier_since is not None and at < self.tier_since):
            return RANKS["registered"]
        return RANKS[self.tier]


@dataclass(frozen=True)
class Deal:
    opportunity_id: str
    account_id: str | None
    kind: str
    cents: int | None
    created_at: datetime
    closed_at: datetime | None
    is_closed: bool
    is_won: bool


@dataclass(frozen=True)
class Touch:
    opportunity_id: str
    partner_id: str
    touched_at: datetime
    touch_type: str


@dataclass(frozen=True)
class Event:
    event: str
    occurred_at: datetime
    has_proof: bool = False
    by_role: str | None = None


@dataclass(frozen=True)
class Registration:
    registration_id: str
    partner_id: str
    account_id: str
    opportunity_id: str | None
    submitted_at: datetime
    responded_at: datetime | None
    decision: str | None
    events: tuple[Event, ...] = ()


@dataclass
class Portfolio:
    partners: list[Partner]
    deals: list[Deal]
    touches: list[Touch]
    registrations: list[Registration]
    direct_at: dict[str, datetime | None] = field(default_factory=dict)

    def fact_partner(self, partner_id: str) -> str:
        return partner_id if any(p.partner_id == partner_id for p in self.partners) else "unknown"

    def rank(self, partner_id: str, at: datetime) -> int:
        return next((p.rank(at) for p in self.partners if p.partner_id == partner_id), 0)


@dataclass
class Life:
    """Where the walk through a registration's events stands."""

    expires_at: datetime
    last_at: datetime
    is_alive: bool = True
    kind: str = "approved"
    renewals: int = 0
    ended_at: datetime | None = None
    ended_by: str = ""

    def end(self, at: datetime, why: str) -> None:
        self.is_alive, self.ended_at, self.ended_by = False, at, why

    def pass_time(self, until: datetime, is_silence_proven: bool) -> None:
        """Lets the time between the last event and `until`, without an event, run out."""
        if not self.is_alive:
            return
        falls_silent = self.last_at + SILENCE
        if is_silence_proven and until - self.last_at > SILENCE and falls_silent < self.expires_at:
            self.end(falls_silent, "expired_inactive")
        elif self.expires_at < until:
            self.end(self.expires_at, "expired")

    def meet(self, event: Event, approved_at: datetime) -> None:
        if self.is_alive and event.occurred_at >= self.expires_at:
            self.end(self.expires_at, "expired")
        is_late = event.occurred_at >= approved_at
        if event.event == "reopening" and event.by_role == "vp":
            self.is_alive, self.renewals, self.ended_at, self.ended_by = True, 0, None, ""
            self.kind = "reopened" if is_late else "approved"
            self.expires_at = (event.occurred_at if is_late else approved_at) + TERM
        elif event.event == "reopening" and is_late:
            if self.is_alive:
                self.end(event.occurred_at, "")
            self.kind = "invalid_reopen"
        elif event.event == "renewal" and self.is_alive and event.has_proof and is_late:
            self.expires_at += TERM
            self.renewals += 1
        self.last_at = event.occurred_at


@dataclass(frozen=True)
class Rules:
    """What is known of the extracts: their end, and whether events were recorded."""

    as_of_end: datetime
    has_events: bool

    def answer(self, claim: Registration, before: datetime) -> str:
        """The answer known before an instant."""
        known = claim.responded_at is not None and claim.responded_at < before
        return claim.decision if known and claim.decision in ("approved", "rejected") else "pending"

    def life(self, claim: Registration, until: datetime, *, including: bool) -> Life:
        """The registration at `until`, with its events before it (`including`: and at it)."""
        assert claim.responded_at is not None
        opening = (Event("submission", claim.submitted_at), Event("approval", claim.responded_at))
        everything = sorted(
            (e for e in opening + claim.events if e.occurred_at >= claim.submitted_at),
            key=lambda e: (
                e.occurred_at,
                e.event != "submission",
                not (
                    e.event == "reopening"
                    and (e.by_role == "vp" or e.occurred_at >= claim.responded_at)
                ),
            ),
        )
        seen = [
            e for e in everything if e.occurred_at < until or (including and e.occurred_at == until)
        ]
        life = Life(expires_at=claim.responded_at + TERM, last_at=claim.submitted_at)
        for event in seen[1:]:
            life.pass_time(event.occurred_at, self.has_events)
            life.meet(event, claim.responded_at)
        later = everything[len(seen) :]
        proven = self.has_events or not later
        quiet_until = min([e.occurred_at for e in later] + [self.as_of_end])
        if not including:
            quiet_until = until
        if life.is_alive and including:
            # An exclusive end at this very instant is already past.
            falls_silent = life.last_at + SILENCE
            if proven and quiet_until - life.last_at > SILENCE and falls_silent <= until:
                life.end(falls_silent, "expired_inactive")
            elif life.expires_at <= until:
                life.end(life.expires_at, "expired")
        else:
            life.pass_time(quiet_until, proven)
        return life

    def is_valid(self, claim: Registration, at: datetime) -> bool:
        """Whether an approved registration is valid at an instant."""
        return claim.submitted_at <= at and self.life(claim, at, including=True).is_alive

    def match(self, portfolio: Portfolio, claim: Registration, end: datetime) -> Deal | None:
        deals = [d for d in portfolio.deals if d.created_at < end]
        if claim.opportunity_id is not None:
            return next((d for d in deals if d.opportunity_id == claim.opportunity_id), None)
        if self.answer(claim, end) != "approved":
            return None
        fitting = [
            d
            for d in deals
            if d.account_id == claim.account_id and self.is_valid(claim, d.created_at)
        ]
        return min(fitting, key=lambda d: (d.created_at, d.opportunity_id), default=None)

    def failure(
        self, portfolio: Portfolio, claim: Registration, deal: Deal, end: datetime
    ) -> str | None:
        """The first rule of sourcing that the registration breaks, ties apart."""
        close = deal.closed_at
        if close is not None and claim.submitted_at > close:
            return "registered_too_late"
        answer = self.answer(claim, end)
        if close is not None and answer != "pending" and claim.responded_at > close:
            answer = "pending"
        if answer != "approved":
            return f"registration_{answer}"
        created = deal.created_at
        if claim.submitted_at <= created:
            life = self.life(claim, created, including=True)
            if not life.is_alive:
                return "invalid_reopen" if life.kind == "invalid_reopen" else "registration_expired"
        touches = [
            t.touched_at
            for t in portfolio.touches
            if t.opportunity_id == deal.opportunity_id
            and portfolio.fact_partner(t.partner_id) == portfolio.fact_partner(claim.partner_id)
            and t.touched_at < end
        ]
        if claim.submitted_at > created or (touches and claim.submitted_at > min(touches) + GRACE):
            return "registered_too_late"
        direct = portfolio.direct_at.get(deal.account_id or "")
        if deal.kind == "new" and direct is not None and direct < claim.submitted_at:
            return "already_direct"
        return None

    def outcomes(
        self, portfolio: Portfolio, deal: Deal, end: datetime
    ) -> dict[str, tuple[str, str, str | None]]:
        """Outcome, reason and sourced_failure by partner, as known before `end`."""
        if deal.created_at >= end:
            return {}
        claims = [
            claim
            for claim in portfolio.registrations
            if claim.submitted_at < end
            and (matched := self.match(portfolio, claim, end)) is not None
            and matched.opportunity_id == deal.opportunity_id
        ]
        failures = {c.registration_id: self.failure(portfolio, c, deal, end) for c in claims}
        passing = sorted(
            (c for c in claims if failures[c.registration_id] is None),
            key=lambda c: (
                -portfolio.rank(c.partner_id, deal.created_at),
                c.submitted_at,
                c.registration_id,
            ),
        )
        source = portfolio.fact_partner(passing[0].partner_id) if passing else None
        touches = [
            t
            for t in portfolio.touches
            if t.opportunity_id == deal.opportunity_id and t.touched_at < end
        ]
        result = {}
        for partner in {portfolio.fact_partner(x.partner_id) for x in [*touches, *claims]}:
            own = [t for t in touches if portfolio.fact_partner(t.partner_id) == partner]
            broken = [
                failures[c.registration_id] or "lost_tie"
                for c in claims
                if portfolio.fact_partner(c.partner_id) == partner
            ]
            failure = min(broken, key=FAILURES.index, default=None)
            if partner == source:
                result[partner] = ("sourced", "registered_first", None)
                continue
            in_time = {
                t.touch_type
                for t in own
                if deal.closed_at is None or t.touched_at <= deal.closed_at
            }
            if in_time & PARTICIPATING:
                result[partner] = ("influenced", "participated", failure)
            elif own and not in_time:
                result[partner] = ("not_attributed", "only_after_close", failure)
            elif in_time & {"implementation", "support"}:
                result[partner] = ("not_attributed", "implementation_or_support_only", failure)
            elif in_time:
                result[partner] = ("not_attributed", "mention_only", failure)
            else:
                result[partner] = ("not_attributed", "no_touch", failure)
        return result

    def pipeline(self, portfolio: Portfolio, deal: Deal, end: datetime) -> set[str]:
        """Partners whose open pipeline holds the deal at `end`."""
        if deal.created_at >= end or (
            deal.is_closed and (deal.closed_at is None or deal.closed_at < end)
        ):
            return set()
        outcomes = self.outcomes(portfolio, deal, end)
        credited = {p for p, (outcome, *_) in outcomes.items() if outcome != "not_attributed"}
        registered = {
            portfolio.fact_partner(claim.partner_id)
            for claim in portfolio.registrations
            if claim.submitted_at < end
            and self.answer(claim, end) == "approved"
            and (matched := self.match(portfolio, claim, end)) is not None
            and matched.opportunity_id == deal.opportunity_id
            and self.life(claim, end, including=False).is_alive
        }
        return credited | registered

    def status(self, claim: Registration) -> tuple[str, datetime | None]:
        """Status and last exclusive end at the end of the as-of date."""
        answer = self.answer(claim, self.as_of_end)
        if answer != "approved":
            return answer, None
        life = self.life(claim, self.as_of_end, including=False)
        ended_at = life.ended_at or life.expires_at
        if life.kind == "invalid_reopen":
            return "invalid_reopen", ended_at
        if not life.is_alive:
            return life.ended_by, ended_at
        return ("renewed" if life.renewals else life.kind), ended_at

    def rulings(self, portfolio: Portfolio) -> dict[str, str]:
        standing = [
            c
            for c in portfolio.registrations
            if c.submitted_at < self.as_of_end
            and self.status(c)[0] in ("approved", "renewed", "reopened")
        ]
        rulings = {}
        for account in {c.account_id for c in standing}:
            rivals = [c for c in standing if c.account_id == account]
            if len(rivals) < 2:
                continue
            latest = max(c.submitted_at for c in rivals)
            first, *others = sorted(
                rivals,
                key=lambda c: (
                    -portfolio.rank(c.partner_id, latest),
                    c.submitted_at,
                    c.registration_id,
                ),
            )
            named = ", ".join(sorted(c.registration_id for c in others))
            rulings[first.registration_id] = f"upheld over {named}"
            rulings |= {c.registration_id: f"yields to {first.registration_id}" for c in others}
        return rulings

    def is_within_target(self, claim: Registration) -> bool | None:
        due = claim.submitted_at + TARGET
        if self.answer(claim, self.as_of_end) != "pending":
            assert claim.responded_at is not None
            return claim.responded_at <= due
        return False if due < self.as_of_end else None


def credit(outcome: str, cents: int | None) -> int | None:
    """What a partner is credited with: all, a quarter half away from zero, or nothing."""
    if outcome == "not_attributed":
        return 0
    if cents is None:
        return None
    share = Decimal(1) if outcome == "sourced" else Decimal("0.25")
    return int((cents * share).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def since(
    rules: Rules, portfolio: Portfolio, deal: Deal, partner: str, facts: Iterable[datetime]
) -> datetime | None:
    """The fact from which on the partner's last outcome has held without a break."""
    moment = timedelta(microseconds=1)
    begun: datetime | None = None
    outcome_before = None
    for at in sorted({max(fact, deal.created_at) for fact in facts if fact < rules.as_of_end}):
        outcome = rules.outcomes(portfolio, deal, at + moment).get(partner, ("not_attributed",))[0]
        if outcome != outcome_before:
            begun, outcome_before = at, outcome
    return None if outcome_before == "not_attributed" else begun
