"""What partners can show: contracts, security assessments, certificates, answers to surveys."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    YEAR,
    Ints,
    between,
    choose,
    dates,
    flags,
    ids,
    instants,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.partners import level_at

SCOPES = (
    "accounts:read",
    "accounts:write",
    "usage:read",
    "billing:read",
    "tickets:read",
    "tickets:write",
    "files:read",
    "admin:write",
)
CONTRACT_OF_TYPE = np.array([2, 1, 0, 3, 2, 1])
CONTRACT_TYPES = ("reseller", "referral", "publisher", "oem")
CERTIFICATES = ("sales", "technical", "delivery", "solutions_expert")


def _end_of_work(company: Company, traits: pd.DataFrame) -> Ints:
    leaves: Ints = np.minimum(traits["left_at"].to_numpy(), company.end)
    return leaves


def _start_of_work(company: Company, traits: pd.DataFrame) -> Ints:
    signed = traits["signed_at"].to_numpy()
    return np.where(signed == NEVER, company.end - 200 * DAY, np.maximum(signed, company.start))


def write_contracts(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.contracts`: one agreement per partner, a renewed one for most older ones."""
    traits = company.verse("partners")["traits"]
    signed = traits["signed_at"].to_numpy()
    size = len(traits)
    counts = np.where(signed == NEVER, 0, 1 + (rng.random(size) < 0.55)).astype(np.int64)
    partner, place = spread(counts)
    rows = len(partner)
    starts = np.where(
        place == 0,
        signed[partner] + between(rng, 0, 20 * DAY, rows),
        np.maximum(signed[partner] + YEAR, company.end - between(rng, 60 * DAY, 700 * DAY, rows)),
    )
    keep = starts < company.end
    partner, place, starts, rows = partner[keep], place[keep], starts[keep], int(keep.sum())
    lapses = (rng.random(rows) < 0.06) & (partner > 3)
    ends = np.where(lapses, starts + YEAR, starts + YEAR * (2 + choose(rng, [1, 1, 1], rows)))
    auto_renews = ~lapses & (rng.random(rows) < 0.85)
    kind = CONTRACT_OF_TYPE[traits["kind"].to_numpy()[partner]]
    width = 2 + choose(rng, [1, 2, 3, 3, 2, 1], rows)
    scopes = np.array([" ".join(SCOPES[:count]) for count in range(len(SCOPES) + 1)])
    has_exception = rng.random(rows) < 0.05
    contracts = pd.DataFrame(
        {
            "contract_id": ids("ctr", np.arange(rows), 6),
            "partner_id": ids("prt", partner, 5),
            "contract_type": words(CONTRACT_TYPES, kind),
            "template_version": words(("2023.1", "2024.2", "2025.1"), choose(rng, [1, 2, 3], rows)),
            "signed_on": dates(starts - 5 * DAY),
            "starts_on": dates(starts),
            "ends_on": dates(np.where(rng.random(rows) < 0.1, NEVER, ends)),
            "auto_renews": flags(auto_renews),
            "notice_days": whole(np.array([30, 60, 90])[choose(rng, [1, 2, 1], rows)]),
            "revenue_share_rate": np.where(
                kind == 2, 0.10, np.where(kind == 1, np.array([0.1, 0.15, 0.2])[place % 3], np.nan)
            ),
            "reseller_discount_rate": np.where(
                kind == 0, np.array([0.25, 0.3, 0.35, 0.4])[choose(rng, [3, 3, 2, 1], rows)], np.nan
            ),
            "data_role": words(("controller", "processor", "none"), choose(rng, [1, 5, 3], rows)),
            "incident_notice_hours": whole(
                np.array([24, 48, 72])[choose(rng, [2, 2, 3], rows)], rng.random(rows) < 0.03
            ),
            "requires_mfa": flags(rng.random(rows) < 0.8),
            "has_exit_plan": flags(rng.random(rows) < 0.6),
            "granted_scopes": pd.Series(scopes[width], dtype="str"),
            "non_standard_clauses": whole(choose(rng, [6, 2, 1], rows)),
            "exception_reason": words(("security review pending",), np.where(has_exception, 0, -1)),
            "exception_expires_on": dates(
                np.where(has_exception, company.end + between(rng, 0, 120 * DAY, rows), NEVER)
            ),
            "compensating_control": words(("quarterly review",), np.where(has_exception, 0, -1)),
            "updated_at": instants(
                reach(between(rng, starts, np.full(rows, company.end), rows), company.end)
            ),
        }
    )
    return {
        "crm.contracts": contracts,
        "scopes": pd.DataFrame({"partner": partner, "width": width}),
    }


def write_security(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.security_assessments`: about one a year; a few partners never had one."""
    traits = company.verse("partners")["traits"]
    begins, leaves = _start_of_work(company, traits), _end_of_work(company, traits)
    counts = np.where(
        rng.random(len(traits)) < 0.06, 0, (np.maximum(leaves - begins, 0) // YEAR) + 1
    )
    partner, place = spread(counts)
    rows = len(partner)
    assessed = begins[partner] + place * YEAR + between(rng, 5 * DAY, 120 * DAY, rows)
    keep = assessed < leaves[partner]
    partner, assessed, rows = partner[keep], assessed[keep], int(keep.sum())
    assessed = reach(assessed, company.end)
    level = level_at(traits, "security", partner, assessed, company.end)
    score = np.clip(np.round(38 + 62 * level + rng.normal(0, 5, rows)), 0, 100)
    lasts = np.where(rng.random(rows) < 0.12, 200 * DAY, 400 * DAY)
    severe = np.minimum(rng.poisson(3.2 * (1 - level) ** 2), 6)
    return {
        "crm.security_assessments": pd.DataFrame(
            {
                "assessment_id": ids("sec", np.arange(rows)),
                "partner_id": ids("prt", partner, 5),
                "assessed_on": dates(assessed),
                "expires_on": dates(np.where(rng.random(rows) < 0.03, NEVER, assessed + lasts)),
                "questionnaire_score": whole(score),
                "mfa_enforced": flags(rng.random(rows) < 0.25 + 0.8 * level),
                "critical_findings_open": whole(severe),
                "high_findings_open": whole(rng.poisson(5 * (1 - level))),
                "data_scope": words(
                    ("none", "metadata", "customer", "sensitive"), choose(rng, [1, 3, 4, 2], rows)
                ),
                "criticality": words(("low", "medium", "high"), choose(rng, [2, 4, 2], rows)),
                "geography": words(("EU", "US", "APAC"), choose(rng, [3, 4, 2], rows)),
                "updated_at": instants(
                    np.minimum(assessed + between(rng, HOUR, 5 * DAY, rows), company.end - 1)
                ),
            }
        )
    }


def write_certifications(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.certifications`: people take exams again and again, some let them lapse."""
    traits = company.verse("partners")["traits"]
    begins, leaves = _start_of_work(company, traits), _end_of_work(company, traits)
    strength = traits["strength"].to_numpy()
    people = np.where(
        traits["is_quiet"].to_numpy(), 0, np.clip(rng.poisson(2.0 + 1.2 * strength), 0, 25)
    )
    owner, _ = spread(people.astype(np.int64))
    held, held_place = spread(1 + choose(rng, [3, 2, 1], len(owner)))
    first = (choose(rng, [2, 3, 2, 1], len(owner))[held] + held_place) % len(CERTIFICATES)
    joined = between(rng, begins[owner], np.maximum(leaves[owner], begins[owner] + 1), len(owner))
    exam, attempt = spread(
        np.maximum((leaves[owner[held]] - joined[held]) // (YEAR + 30 * DAY), 0) + 1
    )
    rows = len(exam)
    who = held[exam]
    partner = owner[who]
    keeps = rng.random(len(held))[exam]
    level = level_at(traits, "support", partner, np.full(rows, company.end), company.end)
    at = joined[who] + attempt * (YEAR - 20 * DAY) + between(rng, 0, 15 * DAY, rows)
    lapsed = (attempt > 0) & (keeps > 0.25 + 0.8 * level)
    keep = (at < leaves[partner]) & ~lapsed
    partner, who, exam, at = partner[keep], who[keep], exam[keep], at[keep]
    order = np.argsort(at, kind="stable")
    partner, who, exam, at = partner[order], who[order], exam[order], reach(at[order], company.end)
    rows = len(at)
    passed = rng.random(rows) < 0.86
    return {
        "crm.certifications": pd.DataFrame(
            {
                "certification_id": ids("cer", np.arange(rows)),
                "partner_id": ids("prt", partner, 5),
                "person_id": ids("per", who, 6),
                "certification_type": words(CERTIFICATES, first[exam]),
                "attempted_on": dates(at),
                "passed": flags(passed),
                "issued_on": dates(np.where(passed, at, NEVER)),
                "expires_on": dates(np.where(passed & (rng.random(rows) < 0.96), at + YEAR, NEVER)),
                "updated_at": instants(
                    np.minimum(at + between(rng, HOUR, 3 * DAY, rows), company.end - 1)
                ),
            }
        )
    }


def write_surveys(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.surveys`: customers about their partner, partners about us."""
    traits = company.verse("partners")["traits"]
    begins, leaves = _start_of_work(company, traits), _end_of_work(company, traits)
    years = np.maximum(leaves - begins, 0) / YEAR
    mean = np.where(
        traits["is_quiet"].to_numpy(), 0.3, 3 + 9 * np.minimum(traits["strength"].to_numpy(), 4)
    )
    partner, _ = spread(rng.poisson(mean * years))
    at = between(rng, begins[partner], leaves[partner], len(partner))
    order = np.argsort(at, kind="stable")
    partner, at = partner[order], reach(at[order], company.end)
    rows = len(at)
    is_customer = rng.random(rows) < 0.75
    level = level_at(traits, "delivery", partner, at, company.end)
    happy = rng.random(rows) < 0.25 + 0.6 * level
    unhappy = rng.random(rows) < 0.75 - 0.75 * level
    score = np.where(
        happy,
        9 + choose(rng, [1, 1], rows),
        np.where(unhappy, choose(rng, [1, 1, 1, 2, 3, 4, 5], rows), 7 + choose(rng, [1, 1], rows)),
    )
    accounts = len(company.verse("accounts")["crm.accounts"]) // 2
    account = np.where(is_customer, rng.integers(0, accounts, rows), -1)
    return {
        "crm.surveys": pd.DataFrame(
            {
                "response_id": ids("srv", np.arange(rows)),
                "subject": words(("partner", "customer"), is_customer.astype(np.int64)),
                "partner_id": ids("prt", partner, 5),
                "account_id": ids("acc", account),
                "project_id": pd.Series([None] * rows, dtype="str"),
                "score": whole(score),
                "responded_at": instants(at),
            }
        )
    }
