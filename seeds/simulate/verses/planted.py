"""Planted truths: one small deal or registration per case of attribution, each with its name.

Every case has an account of its own, so no other deal or claim can reach into it. Times are laid
out around one Monday morning well before the end; a case says what happens and what must come out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import DAY, HOUR, NEVER, dates, flags, ids, instants, whole
from seeds.simulate.verses.roles import CRITICAL, HEALTHY, cast, playing

PLATINUM, GOLD, UNRANKED, ALSO_UNRANKED = range(4)
"""Partners whose tiers the partners' verse holds fixed."""

FAILURES = (
    "registration_pending",
    "registration_rejected",
    "invalid_reopen",
    "registration_expired",
    "registered_too_late",
    "already_direct",
    "lost_tie",
)
SOURCED = ("sourced", "registered_first", "")
AMOUNT_CENTS, LIST_CENTS = 12_000_00, 15_000_00
RESOLD_LIST_CENTS = 20_000_00
MARGINS_TAKEN = {
    "registration_expired": 7_000_00,
    "registration_rejected": 7_400_00,
    "registration_pending": 6_000_02,
    "invalid_reopen": 6_000_01,
}
"""Cents a reseller kept of the list price of a deal on which its registration failed so."""


def joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Both frames' rows, in this order, with the types of the first."""
    return pd.concat([first, second.astype(first.dtypes.to_dict())], ignore_index=True)


@dataclass
class Script:
    """What has been written down so far."""

    end: int
    accounts: list[dict[str, object]] = field(default_factory=list)
    opportunities: list[dict[str, object]] = field(default_factory=list)
    touches: list[dict[str, object]] = field(default_factory=list)
    registrations: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    outcomes: list[dict[str, object]] = field(default_factory=list)
    states: list[dict[str, object]] = field(default_factory=list)
    rulings: list[dict[str, object]] = field(default_factory=list)

    @property
    def created(self) -> int:
        """When planted deals are opened: a morning 120 days before the end."""
        return self.end - 120 * DAY + 9 * HOUR

    @property
    def closed(self) -> int:
        """When they close, unless the case is about the close."""
        return self.created + 40 * DAY

    def account(self, direct: int = NEVER) -> int:
        """A new account, first spoken to by us at `direct`."""
        self.accounts.append({"created": self.created - 300 * DAY, "direct": direct})
        return len(self.accounts) - 1

    def deal(
        self,
        account: int,
        *,
        kind: str = "new",
        won: bool = True,
        closed: int | None = None,
        cents: tuple[int, int] = (AMOUNT_CENTS, LIST_CENTS),
    ) -> int:
        """A deal on that account, of an amount and list amount; `closed=NEVER` leaves it open."""
        at = self.closed if closed is None else closed
        self.opportunities.append(
            {
                "account": account,
                "kind": kind,
                "won": won and at != NEVER,
                "closed": at,
                "amount": cents[0],
                "listed": cents[1],
            }
        )
        return len(self.opportunities) - 1

    def touch(self, deal: int, partner: int, at: int, kind: str = "demo") -> None:
        """One touch."""
        self.touches.append({"deal": deal, "partner": partner, "at": at, "kind": kind})

    def register(
        self,
        account: int,
        partner: int,
        submitted: int,
        *,
        answered: int = NEVER,
        deal: int = -1,
        by_account: bool = False,
        decision: str = "approved",
        events: Sequence[tuple[str, int, str]] = (),
        status: str,
        until: int = NEVER,
        case: str,
    ) -> None:
        """A registration of `deal`; `by_account` leaves the deal for its account to tell.

        `until` is when it ended, or its term where it still stands.
        """
        number = len(self.registrations)
        self.registrations.append(
            {
                "account": account,
                "partner": partner,
                "deal": deal,
                "named": -1 if by_account else deal,
                "submitted": submitted,
                "answered": answered,
                "decision": "pending" if answered == NEVER else decision,
            }
        )
        self.events.extend(
            {"registration": number, "event": event, "at": at, "word": word}
            for event, at, word in events
        )
        self.states.append({"status": status, "until": until, "case": case})

    def expect(self, case: str, deal: int, partner: int, expected: tuple[str, str, str]) -> None:
        """The outcome, reason and failure (or "") that must come out for this deal and partner."""
        outcome, reason, failure = expected
        self.outcomes.append(
            {
                "deal": deal,
                "partner": partner,
                "outcome": outcome,
                "reason": reason,
                "failure": failure or None,
                "case": case,
            }
        )


def write(company: Company, rng: np.random.Generator) -> Frames:
    """The planted rows of each CRM entity, and their truths. Chance has no part in them."""
    del rng
    script = Script(company.end)
    roles = cast(company.scale.partners)
    _sourced(script)
    _boundaries(script)
    _every_reason_with_every_failure(script)
    _ties(script)
    _several_registrations(script)
    _states(script)
    _rulings(script)
    for role, size in ((HEALTHY, 6), (CRITICAL, 5)):
        for number in playing(roles, role).tolist()[:1]:
            _crowded_day(script, number, size)
    for days in (60, 61):
        case = f"untouched_for_{days}_days"
        deal = script.deal(script.account(), closed=NEVER)
        script.touch(deal, GOLD, script.end - (days + 1) * DAY + 9 * HOUR)
        script.expect(case, deal, GOLD, ("influenced", "participated", ""))
    submitted = script.end - 35 * DAY
    script.register(
        script.account(),
        GOLD,
        submitted,
        answered=submitted + 48 * HOUR + 1,
        decision="rejected",
        status="rejected",
        case="answered_after_48_hours_and_a_second",
    )
    return _frames(script)


def pulses(start: int, until: int) -> list[tuple[str, int, str]]:
    """Activities every 25 days after `start` while before `until`."""
    return [("activity", at, "") for at in range(start + 25 * DAY, until, 25 * DAY)]


def _claim(
    script: Script,
    deal: int,
    account: int,
    partner: int,
    case: str,
    *,
    lead: int = 0,
    by_account: bool = False,
) -> int:
    """A plain claim that stands when the deal is created; returns its submission."""
    submitted = script.created - 10 * DAY + lead
    answered = submitted + DAY
    script.register(
        account,
        partner,
        submitted,
        answered=answered,
        deal=deal,
        by_account=by_account,
        status="expired_inactive",
        until=answered + 30 * DAY,
        case=case,
    )
    return submitted


def _sourced(script: Script) -> None:
    created = script.created
    for case, kind, won, closed, touched in (
        ("registered_first", "new", True, script.closed, True),
        ("registered_first_without_a_touch", "new", True, script.closed, False),
        ("registered_first_on_an_expansion", "expansion", True, script.closed, True),
        ("registered_first_and_lost", "new", False, script.closed, True),
        ("registered_first_and_still_open", "new", False, NEVER, True),
    ):
        account = script.account()
        deal = script.deal(account, kind=kind, won=won, closed=closed)
        submitted = _claim(script, deal, account, GOLD, case)
        if touched:
            script.touch(deal, GOLD, submitted + HOUR, "lead")
        script.expect(case, deal, GOLD, SOURCED)

    case = "matched_by_its_account"
    account = script.account()
    deal = script.deal(account)
    _claim(script, deal, account, GOLD, case, by_account=True)
    script.expect(case, deal, GOLD, SOURCED)

    case = "direct_engagement_does_not_matter_on_an_expansion"
    account = script.account(direct=created - 200 * DAY)
    deal = script.deal(account, kind="expansion")
    _claim(script, deal, account, GOLD, case)
    script.expect(case, deal, GOLD, SOURCED)

    case = "renewed_with_proof_before_its_term"
    account = script.account()
    deal = script.deal(account)
    answered = created - 100 * DAY
    renewal = ("renewal", answered + 89 * DAY, "signed letter of intent")
    script.register(
        account,
        GOLD,
        answered - DAY,
        answered=answered,
        deal=deal,
        events=[*pulses(answered, answered + 180 * DAY), renewal],
        status="expired",
        until=answered + 180 * DAY,
        case=case,
    )
    script.expect(case, deal, GOLD, SOURCED)

    case = "opened_again_by_the_vp"
    account = script.account()
    deal = script.deal(account)
    answered = created - 60 * DAY
    script.register(
        account,
        GOLD,
        answered - DAY,
        answered=answered,
        deal=deal,
        events=[("reopening", created - 10 * DAY, "vp")],
        status="expired_inactive",
        until=created + 20 * DAY,
        case=case,
    )
    script.expect(case, deal, GOLD, SOURCED)


def _boundaries(script: Script) -> None:
    created, closed = script.created, script.closed
    first = SOURCED
    late = ("influenced", "participated", "registered_too_late")
    for case, submitted, touched, expected in (
        ("submitted_as_the_deal_was_created", created, created + DAY, first),
        ("submitted_one_second_after_creation", created + 1, created + DAY, late),
        (
            "submitted_seven_days_after_the_first_touch",
            created - 3 * DAY,
            created - 10 * DAY,
            first,
        ),
        (
            "submitted_seven_days_and_a_second_after_the_first_touch",
            created - 3 * DAY + 1,
            created - 10 * DAY,
            late,
        ),
    ):
        account = script.account()
        deal = script.deal(account)
        script.register(
            account,
            GOLD,
            submitted,
            answered=submitted + DAY,
            deal=deal,
            status="expired_inactive",
            until=submitted + 31 * DAY,
            case=case,
        )
        script.touch(deal, GOLD, touched)
        script.expect(case, deal, GOLD, expected)

    submitted = created - 10 * DAY
    for case, direct, expected in (
        (
            "direct_engagement_one_second_before",
            submitted - 1,
            ("influenced", "participated", "already_direct"),
        ),
        ("direct_engagement_at_the_same_second", submitted, first),
    ):
        account = script.account(direct=direct)
        deal = script.deal(account)
        _claim(script, deal, account, GOLD, case)
        script.touch(deal, GOLD, created + DAY)
        script.expect(case, deal, GOLD, expected)

    pending = ("influenced", "participated", "registration_pending")
    for case, answered, expected in (
        ("approved_as_the_deal_closed", closed, first),
        ("approved_one_second_after_the_close", closed + 1, pending),
    ):
        account = script.account()
        deal = script.deal(account)
        script.register(
            account,
            GOLD,
            created,
            answered=answered,
            deal=deal,
            events=[("activity", created + 20 * DAY, "")],
            status="expired_inactive",
            until=answered + 30 * DAY,
            case=case,
        )
        script.touch(deal, GOLD, created + DAY)
        script.expect(case, deal, GOLD, expected)

    expired = ("influenced", "participated", "registration_expired")
    for case, answered, events, until, state, expected in (
        ("created_as_the_term_ends", -90 * DAY, pulses(-90 * DAY, 0), 0, "expired", expired),
        (
            "created_a_second_before_the_term_ends",
            -90 * DAY + 1,
            pulses(-90 * DAY, 0),
            1,
            "expired",
            first,
        ),
        (
            "silent_for_thirty_days",
            -40 * DAY,
            [("activity", -10 * DAY, "")],
            20 * DAY,
            "expired_inactive",
            first,
        ),
        (
            "silent_for_thirty_days_and_a_second",
            -40 * DAY,
            [("activity", -10 * DAY + 1, "")],
            -10 * DAY,
            "expired_inactive",
            expired,
        ),
        (
            "renewed_without_proof",
            -100 * DAY,
            [*pulses(-100 * DAY, 0), ("renewal", -20 * DAY, "")],
            -10 * DAY,
            "expired",
            expired,
        ),
        (
            "renewed_when_the_term_was_over",
            -100 * DAY,
            [*pulses(-100 * DAY, -10 * DAY), ("renewal", -9 * DAY, "budget confirmed by customer")],
            -10 * DAY,
            "expired",
            expired,
        ),
    ):
        account = script.account()
        deal = script.deal(account)
        script.register(
            account,
            GOLD,
            created + answered - DAY,
            answered=created + answered,
            deal=deal,
            events=[(event, created + at, word) for event, at, word in events],
            status=state,
            until=created + until,
            case=case,
        )
        script.touch(deal, GOLD, created + DAY)
        script.expect(case, deal, GOLD, expected)

    for case, at, outcome, reason in (
        ("touched_as_the_deal_closed", closed, "influenced", "participated"),
        ("touched_a_second_after_the_close", closed + 1, "not_attributed", "only_after_close"),
    ):
        deal = script.deal(script.account())
        script.touch(deal, GOLD, at)
        script.expect(case, deal, GOLD, (outcome, reason, ""))


TOUCHES_OF_REASON: dict[str, list[tuple[str, int]]] = {
    "participated": [("mention", 1), ("proposal", 2)],
    "only_after_close": [("demo", 41), ("support", 42)],
    "implementation_or_support_only": [("mention", 1), ("support", 2)],
    "mention_only": [("mention", 3)],
    "no_touch": [],
}
"""Types of touch, and days after the deal was created (it closes on day 40)."""


def _every_reason_with_every_failure(script: Script) -> None:
    for reason, touches in TOUCHES_OF_REASON.items():
        outcome = "influenced" if reason == "participated" else "not_attributed"
        for failure in ("", *FAILURES):
            if reason == "no_touch" and not failure:
                continue
            case = f"{reason}_with_{failure or 'no_registration'}"
            submitted = script.created - 10 * DAY
            account = script.account(
                direct=submitted - DAY if failure == "already_direct" else NEVER
            )
            taken = MARGINS_TAKEN.get(failure) if reason == "participated" else None
            deal = script.deal(
                account,
                cents=(AMOUNT_CENTS, LIST_CENTS)
                if taken is None
                else (RESOLD_LIST_CENTS - taken, RESOLD_LIST_CENTS),
            )
            for kind, day in touches:
                script.touch(deal, UNRANKED, script.created + day * DAY, kind)
            _fail(script, failure, deal, account, case)
            script.expect(case, deal, UNRANKED, (outcome, reason, failure))


def _fail(script: Script, failure: str, deal: int, account: int, case: str) -> None:
    """A registration of the unranked partner that fails in this way."""
    created = script.created
    match failure:
        case "registration_pending":
            script.register(
                account,
                UNRANKED,
                script.closed - 5 * DAY,
                answered=script.closed + 2 * DAY,
                deal=deal,
                decision="rejected",
                status="rejected",
                case=case,
            )
        case "registration_rejected":
            script.register(
                account,
                UNRANKED,
                created - 5 * DAY,
                answered=created - 4 * DAY,
                deal=deal,
                decision="rejected",
                status="rejected",
                case=case,
            )
        case "invalid_reopen":
            script.register(
                account,
                UNRANKED,
                created - 81 * DAY,
                answered=created - 80 * DAY,
                deal=deal,
                events=[("reopening", created - 9 * DAY, "account_manager")],
                status="invalid_reopen",
                until=created - 50 * DAY,
                case=case,
            )
        case "registration_expired":
            script.register(
                account,
                UNRANKED,
                created - 50 * DAY,
                answered=created - 49 * DAY,
                deal=deal,
                status="expired_inactive",
                until=created - 19 * DAY,
                case=case,
            )
        case "registered_too_late":
            script.register(
                account,
                UNRANKED,
                created + DAY,
                answered=created + 2 * DAY,
                deal=deal,
                status="expired_inactive",
                until=created + 32 * DAY,
                case=case,
            )
        case "already_direct":
            _claim(script, deal, account, UNRANKED, case)
        case "lost_tie":
            _claim(script, deal, account, UNRANKED, case)
            _claim(script, deal, account, PLATINUM, case)
            script.expect(case, deal, PLATINUM, SOURCED)


def _ties(script: Script) -> None:
    for case, winner, loser, lead in (
        ("tie_goes_to_the_higher_tier", PLATINUM, GOLD, 3 * DAY),
        ("tie_goes_to_the_earlier_submission", ALSO_UNRANKED, UNRANKED, -1),
        ("tie_goes_to_the_smaller_registration", UNRANKED, ALSO_UNRANKED, 0),
    ):
        account = script.account()
        deal = script.deal(account)
        claims = [(winner, lead), (loser, 0)]
        for partner, offset in claims if lead == 0 else reversed(claims):
            _claim(script, deal, account, partner, case, lead=offset)
        script.expect(case, deal, winner, SOURCED)
        script.expect(case, deal, loser, ("not_attributed", "no_touch", "lost_tie"))


def _several_registrations(script: Script) -> None:
    case = "one_of_two_registrations_is_enough"
    account = script.account()
    deal = script.deal(account)
    _fail(script, "registration_rejected", deal, account, case)
    _claim(script, deal, account, UNRANKED, case)
    script.expect(case, deal, UNRANKED, SOURCED)


def _states(script: Script) -> None:
    """Every state of a registration at the end, on accounts without a deal."""
    end = script.end
    term, noon = 90 * DAY, 12 * HOUR
    rows: tuple[tuple[str, int, str, list[tuple[str, int, str]], str, int], ...] = (
        ("waits_for_an_answer", NEVER, "pending", [], "pending", NEVER),
        ("stands", end - 20 * DAY, "approved", [], "approved", end - 20 * DAY + term),
        ("was_refused", end - 20 * DAY, "rejected", [], "rejected", NEVER),
        (
            "was_renewed",
            end - 100 * DAY,
            "approved",
            [*pulses(end - 100 * DAY, end), ("renewal", end - 20 * DAY, "meeting minutes")],
            "renewed",
            end - 100 * DAY + 2 * term,
        ),
        (
            "ran_out",
            end - 100 * DAY,
            "approved",
            pulses(end - 100 * DAY, end - 10 * DAY),
            "expired",
            end - 10 * DAY,
        ),
        ("fell_silent", end - 50 * DAY, "approved", [], "expired_inactive", end - 20 * DAY),
        (
            "fell_silent_and_moved_again_too_late",
            end - 50 * DAY,
            "approved",
            [("activity", end - 10 * DAY, "")],
            "expired_inactive",
            end - 20 * DAY,
        ),
        (
            "was_opened_again_by_the_vp",
            end - 80 * DAY,
            "approved",
            [("reopening", end - 15 * DAY, "vp")],
            "reopened",
            end - 15 * DAY + term,
        ),
        (
            "was_opened_again_by_somebody_else",
            end - 80 * DAY,
            "approved",
            [("reopening", end - 15 * DAY, "account_manager")],
            "invalid_reopen",
            end - 50 * DAY,
        ),
        (
            "ends_a_second_before_the_last_midnight",
            end - 30 * DAY - 1,
            "approved",
            [],
            "expired_inactive",
            end - 1,
        ),
        (
            "has_one_more_second_of_silence",
            end - 30 * DAY + 1,
            "approved",
            [],
            "approved",
            end - 30 * DAY + 1 + term,
        ),
    )
    for case, answered, decision, events, status, until in rows:
        submitted = end - 5 * DAY - noon if answered == NEVER else answered - noon
        script.register(
            script.account(),
            GOLD,
            submitted,
            answered=answered,
            decision=decision,
            events=events,
            status=status,
            until=until,
            case=case,
        )


def _rulings(script: Script) -> None:
    """Two claims that stand at the end on one account: both name who prevails."""
    submitted = script.end - 20 * DAY
    for case, winner, loser, lead in (
        ("ruling_for_the_higher_tier", PLATINUM, GOLD, DAY),
        ("ruling_for_the_earlier_submission", ALSO_UNRANKED, UNRANKED, -1),
        ("ruling_for_the_smaller_registration", UNRANKED, ALSO_UNRANKED, 0),
    ):
        account = script.account()
        upheld_first = lead == 0
        claims = [(winner, submitted + lead), (loser, submitted)]
        for partner, at in claims if upheld_first else reversed(claims):
            script.register(
                account,
                partner,
                at,
                answered=at + 2 * DAY,
                status="approved",
                until=at + 92 * DAY,
                case=case,
            )
        second = len(script.registrations) - 1
        upheld, yields = (second - 1, second) if upheld_first else (second, second - 1)
        script.rulings += [
            {"registration": upheld, "rival": yields, "is_upheld": True, "case": case},
            {"registration": yields, "rival": upheld, "is_upheld": False, "case": case},
        ]


def crowded_day(end: int) -> int:
    """The day, long ago, on which referral partners registered many deals at once."""
    return end - 400 * DAY


def _crowded_day(script: Script, partner: int, size: int) -> None:
    """So many registrations within hours, none of which was approved."""
    for place in range(size):
        at = crowded_day(script.end) + 8 * HOUR + place * HOUR // 2
        script.register(
            script.account(),
            partner,
            at,
            answered=at + DAY,
            decision="rejected",
            status="rejected",
            case=f"one_of_{size}_on_a_day",
        )


def _frames(script: Script) -> Frames:
    accounts = pd.DataFrame(script.accounts)
    deals = pd.DataFrame(script.opportunities)
    touches = pd.DataFrame(script.touches)
    claims = pd.DataFrame(script.registrations)
    events = pd.DataFrame(script.events).sort_values(["at", "registration"], kind="stable")
    outcomes = pd.DataFrame(script.outcomes)
    states = pd.DataFrame(script.states)
    rulings = pd.DataFrame(script.rulings)

    def keys(prefix: str, numbers: pd.Series | pd.Index) -> pd.Series:
        return ids(f"{prefix}-p", numbers.to_numpy().astype(np.int64), 4)

    def partners(numbers: pd.Series) -> pd.Series:
        return ids("prt", numbers.to_numpy().astype(np.int64), 5)

    def moments(column: pd.Series) -> pd.Series:
        return instants(column.to_numpy().astype(np.int64))

    def words(column: pd.Series) -> pd.Series:
        return pd.Series(column.to_numpy(), dtype="str")

    def last(event: str, column: str, missing: object) -> pd.Series:
        rows = events[events["event"] == event].drop_duplicates("registration", keep="last")
        found = rows.set_index("registration")[column].reindex(range(len(claims)))
        return found.astype(object).where(found.notna(), missing)

    created = np.full(len(deals), script.created)
    closed = deals["closed"].to_numpy().astype(np.int64)
    is_closed, is_won = closed != NEVER, deals["won"].to_numpy().astype(bool)
    newest = np.maximum.reduce(
        [
            claims["submitted"].to_numpy().astype(np.int64),
            claims["answered"].to_numpy().astype(np.int64),
            *(
                last(event, "at", NEVER).to_numpy().astype(np.int64)
                for event in ("activity", "renewal", "reopening")
            ),
        ]
    )
    has_answer = claims["answered"].to_numpy() != NEVER
    waited = np.where(has_answer, claims["answered"] - claims["submitted"], 0)
    registration_id = keys("reg", claims.index)
    is_renewal = events["event"].to_numpy() == "renewal"
    is_reopening = events["event"].to_numpy() == "reopening"
    word = events["word"].replace("", None)
    return {
        "planted.accounts": pd.DataFrame(
            {
                "account_id": keys("acc", accounts.index),
                "account_name": words(
                    pd.Series([f"Planted Account {n + 1}" for n in range(len(accounts))])
                ),
                "segment": "smb",
                "region": "EMEA",
                "industry": "software",
                "domain": keys("planted", accounts.index) + ".example",
                "parent_account_id": pd.Series([None] * len(accounts), dtype="str"),
                "created_at": moments(accounts["created"]),
                "first_direct_touch_at": moments(accounts["direct"]),
                "updated_at": moments(accounts["created"]),
            }
        ),
        "planted.opportunities": pd.DataFrame(
            {
                "opportunity_id": keys("opp", deals.index),
                "account_id": keys("acc", deals["account"]),
                "opportunity_name": "Starter Core",
                "opportunity_type": words(deals["kind"]),
                "stage": np.where(
                    is_won, "Closed Won", np.where(is_closed, "Closed Lost", "Proposal")
                ),
                "amount": whole(deals["amount"]),
                "list_amount": whole(deals["listed"]),
                "currency": "USD",
                "created_at": instants(created),
                "expected_close_on": dates(created + 60 * DAY),
                "qualified_at": instants(created + DAY),
                "closed_at": instants(closed),
                "is_closed": flags(is_closed),
                "is_won": flags(is_won),
                "owner": "Ada Abara",
                "lead_source": "partner",
                "updated_at": instants(np.where(is_closed, closed, created + DAY)),
            }
        ),
        "planted.opportunity_touches": pd.DataFrame(
            {
                "touch_id": keys("tch", touches.index),
                "opportunity_id": keys("opp", touches["deal"]),
                "partner_id": partners(touches["partner"]),
                "touched_at": moments(touches["at"]),
                "touch_type": words(touches["kind"]),
                "role": "influencer",
                "evidence": "call notes",
            }
        ),
        "planted.deal_registrations": pd.DataFrame(
            {
                "registration_id": registration_id,
                "partner_id": partners(claims["partner"]),
                "account_id": keys("acc", claims["account"]),
                "opportunity_id": keys("opp", claims["named"]),
                "submitted_at": moments(claims["submitted"]),
                "responded_at": moments(claims["answered"]),
                "decision": words(claims["decision"]),
                "renewed_at": moments(last("renewal", "at", NEVER)),
                "renewal_proof": words(last("renewal", "word", None).replace("", None)),
                "last_activity_at": moments(last("activity", "at", NEVER)),
                "reopened_at": moments(last("reopening", "at", NEVER)),
                "reopened_by_role": words(last("reopening", "word", None)),
                "updated_at": instants(newest),
            }
        ),
        "planted.registration_events": pd.DataFrame(
            {
                "event_id": keys("rev", pd.RangeIndex(len(events))),
                "registration_id": keys("reg", events["registration"]),
                "event": words(events["event"]),
                "occurred_at": moments(events["at"]),
                "proof": words(word.where(is_renewal, None)),
                "by_role": words(word.where(is_reopening, None)),
            }
        ),
        "planted.outcomes": pd.DataFrame(
            {
                "opportunity_id": keys("opp", outcomes["deal"]),
                "partner_id": partners(outcomes["partner"]),
                "outcome": words(outcomes["outcome"]),
                "reason": words(outcomes["reason"]),
                "sourced_failure": words(outcomes["failure"]),
                "case": words(outcomes["case"]),
            }
        ),
        "truth.rulings": pd.DataFrame(
            {
                "registration_id": keys("reg", rulings["registration"]),
                "rival_id": keys("reg", rulings["rival"]),
                "is_upheld": rulings["is_upheld"],
                "case": words(rulings["case"]),
            }
        ),
        "planted.registrations": pd.DataFrame(
            {
                "registration_id": registration_id,
                "partner_id": partners(claims["partner"]),
                "account_id": keys("acc", claims["account"]),
                "opportunity_id": keys("opp", claims["deal"]),
                "status": words(states["status"]),
                "submitted_at": moments(claims["submitted"]),
                "valid_until": moments(states["until"]),
                "response_seconds": whole(waited, ~has_answer),
                "case": words(states["case"]),
            }
        ),
    }
