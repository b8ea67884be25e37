"""Programmes of another kind, from their folders alone: who qualifies, worked out by hand."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from rebuilding import rebuild
from scored_company import Row

from warehouse.settings import DEFAULT_POLICY

PROGRAMMES = DEFAULT_POLICY.parent / "programmes"
WANTED = ("fct_tier_score", "int_tier__movement", "fct_metric_evidence")
QUARTER = date(2026, 7, 1)
THEN = datetime(2026, 5, 4, 12)
"""An instant in the window of the latest quarter end."""

UNEXPLAINED = r"""
with
    explained as (
        select
            metrics.partner_id,
            metrics.metric_key,
            metrics.period_end,
            metrics.numerator,
            coalesce(sum(evidence.contribution), 0) as contributions
        from marts.fct_partner_metric as metrics
        left join marts.fct_metric_evidence as evidence
            on metrics.metric_key = evidence.metric_key
            and metrics.partner_id = evidence.partner_id
            and evidence.counted_from < metrics.period_end
            and (evidence.counted_until is null or metrics.period_end <= evidence.counted_until)
        where metrics.metric_key like '%\_points' escape '\'
        group by all
    )
select * from explained where numerator <> contributions
"""
"""Points that their evidence does not add up to."""

Planted = dict[str, list[Row]]
Qualified = Callable[[str, Planted], dict[str, tuple[str | None, Decimal | None]]]


@pytest.fixture
def qualified(scored: Path, tmp_path: Path) -> Qualified:
    """Builds a programme with planted rows: qualified tier and score of each planted partner."""

    def of(programme: str, planted: Planted) -> dict[str, tuple[str | None, Decimal | None]]:
        built = rebuild(
            scored, tmp_path, policy=PROGRAMMES / programme, wanted=WANTED, planted=planted
        )
        with duckdb.connect(str(built), read_only=True) as connection:
            assert connection.execute(UNEXPLAINED).fetchall() == []
            rows = connection.execute(
                "select partner_id, qualified_tier, weighted_score from marts.fct_tier_score "
                "where period_kind = 'quarter' and period_start = ? and partner_id like 'the %'",
                [QUARTER],
            ).fetchall()
        return {partner.removeprefix("the "): (tier, score) for partner, tier, score in rows}

    return of


def partners(names: Iterable[str], kind: str = "reseller") -> Planted:
    """Partners with a contract, signed long ago."""
    rows = [f"the {name}" for name in names]
    source = {"_file": "planted", "_record": 1}
    return {
        "crm.partners": [
            {"partner_id": key, "partner_type": kind, "signed_on": date(2020, 1, 1)} | source
            for key in rows
        ],
        "crm.contracts": [
            {"contract_id": key, "partner_id": key, "starts_on": date(2020, 1, 1)} | source
            for key in rows
        ],
    }


def numbered(rows: list[Row], key: str) -> list[Row]:
    return [
        {key: f"planted {n}", "_file": "planted", "_record": n} | row
        for n, row in enumerate(rows, start=1)
    ]


def test_points_are_earned_by_what_was_sourced_assisted_and_managed(qualified: Qualified) -> None:
    # 3,000 points for silver: 60,000 sourced, 50,000 in APAC, 100,000 assisted, 300,000 managed.
    deals = {
        "sourcer": ("home", "60000.00"),
        "sourcer a cent short": ("home", "59999.99"),
        "sourcer in APAC": ("APAC", "50000.00"),
        "assistant": ("home", "100000.00"),
        "manager": ("home", "300000.00"),
        "manager a cent short": ("home", "299999.99"),
        "bystander": ("home", "900000.00"),
    }
    planted = partners(deals)
    planted["crm.accounts"] = [
        {"account_id": f"of {name}", "region": region, "_file": "planted", "_record": 1}
        for name, (region, _) in deals.items()
    ]
    planted["crm.opportunities"] = numbered(
        [
            {
                "opportunity_id": f"of {name}",
                "account_id": f"of {name}",
                "opportunity_type": "new",
                "amount": Decimal(amount),
                "currency": "USD",
                "created_at": THEN - timedelta(days=40),
                "closed_at": THEN,
                "is_closed": True,
                "is_won": True,
            }
            for name, (_, amount) in deals.items()
        ],
        "opportunity_id",
    )
    planted["crm.deal_registrations"] = numbered(
        [
            {
                "partner_id": f"the {name}",
                "account_id": f"of {name}",
                "opportunity_id": f"of {name}",
                "submitted_at": THEN - timedelta(days=50),
                "responded_at": THEN - timedelta(days=48),
                "decision": "approved",
            }
            for name in deals
            if name.startswith("sourcer")
        ],
        "registration_id",
    )
    planted["crm.opportunity_touches"] = numbered(
        [
            {
                "partner_id": "the assistant",
                "opportunity_id": "of assistant",
                "touched_at": THEN - timedelta(days=20),
                "touch_type": "demo",
            }
        ],
        "touch_id",
    )
    planted["billing.subscriptions"] = numbered(
        [
            {
                "partner_id": f"the {name}",
                "account_id": f"of {name}",
                "started_on": date(2026, 1, 1),
                "mrr": Decimal(100),
            }
            for name in deals
            if name.startswith(("manager", "sourcer in"))
        ],
        "subscription_id",
    )

    tiers = {name: tier for name, (tier, _) in qualified("points", planted).items()}

    assert tiers == {
        "sourcer": "silver",
        "sourcer a cent short": "registered",
        "sourcer in APAC": "silver",
        "assistant": "silver",
        "manager": "silver",
        "manager a cent short": "registered",
        "bystander": "registered",
    }


def test_a_level_takes_fifty_points_and_twenty_of_one_kind(qualified: Qualified) -> None:
    # Training 5, certificate 10, registration 4, webinar 2, a login 0.1.
    done = {
        "one with fifty": {"training_completed": 4, "certificate": 1, "webinar": 8, "claim": 1},
        "one a tenth short": {
            "training_completed": 4,
            "certificate": 1,
            "webinar": 8,
            "portal_login": 39,
        },
        "jack of all trades": {
            "training_completed": 3,
            "certificate": 1,
            "webinar": 9,
            "claim": 4,
        },
        "one a tenth short of a kind": {"portal_login": 199, "claim": 4, "webinar": 8},
        "leader": {"training_completed": 30},
        "idle one": {},
    }
    activity: list[Row] = []
    certificates: list[Row] = []
    claims: list[Row] = []
    for name, kinds in done.items():
        for kind, times in kinds.items():
            for _ in range(times):
                if kind == "certificate":
                    certificates.append({"partner_id": f"the {name}", "issued_on": THEN.date()})
                elif kind == "claim":
                    claims.append({"partner_id": f"the {name}", "submitted_at": THEN})
                else:
                    activity.append(
                        {
                            "partner_id": f"the {name}",
                            "activity_type": kind,
                            "occurred_at": THEN,
                        }
                    )
    planted = partners(done) | {
        "crm.enablement_activity": numbered(activity, "activity_id"),
        "crm.certifications": numbered(
            [row | {"person_id": "a person", "passed": True} for row in certificates],
            "certification_id",
        ),
        "crm.deal_registrations": numbered(
            [row | {"account_id": "A00", "decision": "pending"} for row in claims],
            "registration_id",
        ),
    }

    tiers = {name: tier for name, (tier, _) in qualified("levels", planted).items()}

    assert tiers == {
        "one with fifty": "advanced",
        "one a tenth short": "registered",
        "jack of all trades": "registered",
        "one a tenth short of a kind": "registered",
        "leader": "leader",
        "idle one": "registered",
    }


def test_a_capability_takes_seventy_of_a_hundred_and_something_of_each(
    qualified: Qualified,
) -> None:
    # Of full marks: sourced ARR 15, certificates 20, retention 15, activation 30, satisfaction 20.
    shares = {
        "one with seventy": ("500000", (1, 2), (3, 3), (5, 10), (6, 8)),
        "one just short": ("499999.99", (1, 2), (3, 3), (5, 10), (6, 8)),
        "one without sales": ("0", (2, 2), (3, 3), (10, 10), (8, 8)),
        "one nobody rated": ("500000", (2, 2), (3, 3), (10, 10), (0, 0)),
    }
    planted = partners(shares)
    rows: dict[str, list[Row]] = {
        entity: []
        for entity in (
            "crm.opportunities",
            "crm.deal_registrations",
            "crm.certifications",
            "billing.subscriptions",
            "telemetry.integrations",
            "telemetry.installs",
            "support.tickets",
        )
    }
    for name, (arr, certified, kept, activated, rated) in shares.items():
        who = {"partner_id": f"the {name}"}
        rows["crm.opportunities"].append(
            {
                "opportunity_id": f"of {name}",
                "account_id": f"of {name}",
                "opportunity_type": "new",
                "amount": Decimal(arr),
                "currency": "USD",
                "created_at": THEN - timedelta(days=40),
                "closed_at": THEN,
                "is_closed": True,
                "is_won": True,
            }
        )
        rows["crm.deal_registrations"].append(
            who
            | {
                "account_id": f"of {name}",
                "opportunity_id": f"of {name}",
                "submitted_at": THEN - timedelta(days=50),
                "responded_at": THEN - timedelta(days=48),
                "decision": "approved",
            }
        )
        rows["crm.certifications"] += [
            who
            | {
                "person_id": f"person {n}",
                "certification_type": "sales",
                "passed": True,
                "issued_on": THEN.date(),
                "expires_on": None if n < certified[0] else THEN.date() + timedelta(days=1),
            }
            for n in range(certified[1])
        ]
        rows["billing.subscriptions"] += [
            who
            | {
                "account_id": f"{n} of {name}",
                "started_on": date(2024, 1, 1),
                "ended_on": None if n < kept[0] else THEN.date(),
                "mrr": Decimal(100),
            }
            for n in range(kept[1])
        ]
        rows["telemetry.integrations"].append(who | {"integration_id": f"of {name}"})
        rows["telemetry.installs"] += [
            {
                "integration_id": f"of {name}",
                "account_id": f"of {name}",
                "installed_at": THEN,
                "activated_at": THEN + timedelta(days=1) if n < activated[0] else None,
            }
            for n in range(activated[1])
        ]
        rows["support.tickets"] += [
            who
            | {
                "account_id": f"of {name}",
                "raised_by": "customer",
                "opened_at": THEN,
                "solved_at": THEN,
                "satisfaction": "good" if n < rated[0] else "bad",
            }
            for n in range(rated[1])
        ]
    keys = {
        "crm.opportunities": "opportunity_id",
        "crm.deal_registrations": "registration_id",
        "crm.certifications": "certification_id",
        "billing.subscriptions": "subscription_id",
        "telemetry.integrations": "integration_id",
        "telemetry.installs": "install_id",
        "support.tickets": "ticket_id",
    }
    planted |= {entity: numbered(found, keys[entity]) for entity, found in rows.items()}

    outcome = qualified("capability", planted)

    assert outcome == {
        "one with seventy": ("capable", Decimal(70)),
        "one just short": ("registered", Decimal("69.9999997")),
        "one without sales": ("registered", Decimal(85)),
        "one nobody rated": ("registered", Decimal(100)),
    }
