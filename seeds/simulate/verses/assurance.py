"""What partners can show: contracts, security assessments, certificates, answers to surveys."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    YEAR,
    Floats,
    Ints,
    between,
    choose,
    dates,
    dose,
    flags,
    ids,
    instants,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.deals import customers
from seeds.simulate.verses.partners import level_at
from seeds.simulate.verses.planted import joined
from seeds.simulate.verses.roles import (
    DEMOTED,
    GOLD,
    OF_HEALTH,
    PAUSED,
    PLATINUM,
    PROMOTED_TO_GOLD,
    PROMOTED_TO_PLATINUM,
    PROMOTED_TO_SILVER,
    PROMOTED_TO_THE_LOWER,
    REGISTERED,
    SI,
    SILVER,
    WARNED,
    cast,
    playing,
)
from seeds.simulate.verses.terms import THOUSANDTHS

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
DISCOUNTS = np.array([250, 300, 350, 400])
"""Thousandths of the list price."""

NOT_ENDING = np.iinfo(np.int64).max
CERTIFIED_FOR = YEAR - YEAR % DAY
EXPIRING = 90 * DAY
"""What runs out within so long is told to be about to."""

MUCH_CERTIFIED = 0
"""A platinum partner, whose people can spare a certificate."""

CERTIFICATES = ("sales", "technical", "delivery", "solutions_expert")


def _start_of_work(company: Company, traits: pd.DataFrame) -> Ints:
    return np.asarray(np.maximum(traits["signed_at"].to_numpy(), company.start))


def write_contracts(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.contracts`: an unbroken chain per partner, but for those whose last one has run out.

    Of the last ones some have ended and renew themselves, some are open-ended, some about to end.
    """
    traits = company.verse("partners")["traits"]
    last = company.quarter_end()
    signed = traits["signed_at"].to_numpy() - traits["signed_at"].to_numpy() % DAY
    size = len(traits)
    paused = np.zeros(size, dtype=np.bool_)
    paused[playing(cast(size), PAUSED)] = True
    turn = last - between(rng, 120 * DAY, 700 * DAY, size)
    turn -= turn % DAY
    has_former = (turn > signed + 200 * DAY) & (rng.random(size) < 0.55)
    partner, place = spread(1 + has_former.astype(np.int64))
    rows = len(partner)
    is_former = (place == 0) & has_former[partner]
    starts = np.where(place == 0, signed[partner], turn[partner])
    state = np.where(partner < 4, 0, choose(rng, [0.45, 0.30, 0.12, 0.13], rows))
    ends = np.select(
        [is_former, paused[partner], state == 0, state == 1, state == 2],
        [
            turn[partner] - DAY,
            np.maximum(last - between(rng, 20 * DAY, 70 * DAY, rows), starts + DAY),
            last + between(rng, 150 * DAY, 900 * DAY, rows),
            np.maximum(last - between(rng, 10 * DAY, 300 * DAY, rows), starts + DAY),
            NEVER,
        ],
        last + between(rng, 5 * DAY, 140 * DAY, rows),
    )
    auto_renews = ~is_former & ~paused[partner] & (state < 2)
    kind = CONTRACT_OF_TYPE[traits["kind"].to_numpy()[partner]]
    width = 2 + choose(rng, [1, 2, 3, 3, 2, 1], rows)
    scopes = np.array([" ".join(SCOPES[:count]) for count in range(len(SCOPES) + 1)])
    has_exception = rng.random(rows) < 0.05
    # Publishers share revenue; every other reseller has a discount of its own for good.
    lasts = np.zeros(size, dtype=np.bool_)
    lasts[partner[auto_renews | (ends == NEVER)]] = True
    share = np.where(kind == 2, np.array([100, 120, 150])[partner // 6 % 3], -1)
    has_discount = (kind == 0) & (partner % 2 == 0) & lasts[partner]
    discount = np.where(has_discount, DISCOUNTS[partner // 2 % 4], -1)
    contracts = pd.DataFrame(
        {
            "contract_id": ids("ctr", np.arange(rows), 6),
            "partner_id": ids("prt", partner, 5),
            "contract_type": words(CONTRACT_TYPES, kind),
            "template_version": words(("2023.1", "2024.2", "2025.1"), choose(rng, [1, 2, 3], rows)),
            "signed_on": dates(starts - 5 * DAY),
            "starts_on": dates(starts),
            "ends_on": dates(ends),
            "auto_renews": flags(auto_renews),
            "notice_days": whole(np.array([30, 60, 90])[choose(rng, [1, 2, 1], rows)]),
            "revenue_share_rate": np.where(share >= 0, share / THOUSANDTHS, np.nan),
            "reseller_discount_rate": np.where(discount >= 0, discount / THOUSANDTHS, np.nan),
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
    until = np.where(auto_renews | (ends == NEVER), NOT_ENDING, ends - ends % DAY + DAY)
    terms = pd.DataFrame(
        {
            "partner": partner,
            "starts": starts,
            "until": until,
            "width": width,
            "revenue_share": share,
            "reseller_discount": discount,
        }
    )
    return {
        "crm.contracts": contracts,
        "scopes": pd.DataFrame({"partner": partner, "width": width}),
        "terms": terms,
    }


def write_security(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.security_assessments`: about one a year; a few partners never had one."""
    traits = company.verse("partners")["traits"]
    begins = _start_of_work(company, traits)
    is_ranked = traits["life"].to_numpy() > REGISTERED
    counts = np.where(
        ~is_ranked & (rng.random(len(traits)) < 0.08),
        0,
        (np.maximum(company.end - begins, 0) // YEAR) + 1,
    )
    partner, place = spread(counts)
    rows = len(partner)
    delay = np.where(is_ranked[partner], 25, 120)
    assessed = begins[partner] + place * YEAR + between(rng, 2 * DAY, delay * DAY, rows)
    keep = (assessed < company.end) & ~traits["is_quiet"].to_numpy()[partner]
    partner, assessed, rows = partner[keep], assessed[keep], int(keep.sum())
    level = level_at(traits, "security", partner, assessed, company.end)
    life = traits["life"].to_numpy()[partner]
    noise = rng.normal(0, np.where(life > REGISTERED, 1.5, 5.0), rows)
    score = np.clip(np.round(38 + 62 * level + noise), 0, 100)
    lasts = np.where((life == REGISTERED) & (rng.random(rows) < 0.12), 200 * DAY, 400 * DAY)
    severe = np.minimum(rng.poisson(3.2 * (1 - level) ** 2), np.array([6, 2, 1, 1])[life])
    enforced = (life > REGISTERED) | (rng.random(rows) < 0.25 + 0.8 * level)
    return {
        "crm.security_assessments": pd.DataFrame(
            {
                "assessment_id": ids("sec", np.arange(rows)),
                "partner_id": ids("prt", partner, 5),
                "assessed_on": dates(assessed),
                "expires_on": dates(np.where(rng.random(rows) < 0.03, NEVER, assessed + lasts)),
                "questionnaire_score": whole(score),
                "mfa_enforced": flags(enforced),
                "critical_findings_open": whole(severe),
                "high_findings_open": whole(rng.poisson(5 * (1 - level))),
                "data_scope": words(
                    ("none", "metadata", "customer", "sensitive"), choose(rng, [1, 3, 4, 2], rows)
                ),
                "criticality": words(("low", "medium", "high"), choose(rng, [2, 4, 2], rows)),
                "geography": words(("EU", "US", "APAC"), choose(rng, [3, 4, 2], rows)),
                "updated_at": instants(
                    reach(
                        np.minimum(assessed + between(rng, HOUR, 5 * DAY, rows), company.end - 1),
                        company.end,
                    )
                ),
            }
        )
    }


def write_certifications(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.certifications`: people who renew year after year, and people who let it lapse.

    How many hold a current certificate is what keeps a partner from the tier above its life.
    """
    traits = company.verse("partners")["traits"]
    people = _people(company, rng, traits)
    held, held_place = spread(1 + choose(rng, [3, 2, 1], len(people)))
    person_begins, person_ends = people["begins"].to_numpy(), people["ends"].to_numpy()
    # A chain of certificates of a year, each renewed 20 days before the one before runs out; one
    # that ends is counted back from its end.
    until = np.where(person_ends == NEVER, company.end, person_ends - YEAR + DAY)[held]
    step = YEAR - 20 * DAY
    exam, attempt = spread(np.maximum(until - person_begins[held] - 1, 0) // step + 1)
    who = held[exam]
    from_start = person_begins[who] + attempt * step
    from_end = person_ends[who] - YEAR - attempt * step
    issued = np.where(person_ends[who] == NEVER, from_start, from_end)
    keep = (issued < company.end) & (issued >= person_begins[who])
    who, exam, issued = who[keep], exam[keep], issued[keep]
    failed = np.flatnonzero(rng.random(len(issued)) < 0.14)
    waited = between(rng, 5 * DAY, 40 * DAY, len(failed))
    who = np.concatenate([who, who[failed]])
    exam = np.concatenate([exam, exam[failed]])
    passed = np.arange(len(who)) < len(issued)
    at = np.concatenate([issued, issued[failed] - waited])
    order = np.argsort(at, kind="stable")
    who, exam, at, passed = who[order], exam[order], at[order], passed[order]
    rows = len(at)
    at -= at % DAY
    first = choose(rng, [2, 3, 2, 1], len(people))
    endless = (person_ends == NEVER) & (rng.random(len(people)) < 0.04)
    drawn = pd.DataFrame(
        {
            "partner": people["partner"].to_numpy()[who],
            "who": who,
            "type": (first[who] + held_place[exam]) % len(CERTIFICATES),
            "at": at,
            "passed": passed,
            "expires": np.where(passed & ~endless[who], at + CERTIFIED_FOR, NEVER),
            "updated": reach(
                np.minimum(at + between(rng, HOUR, 3 * DAY, rows), company.end - 1), company.end
            ),
            "case": None,
        }
    )
    # Who holds a certificate anyway takes one more: of a type that none of theirs is of.
    able = np.flatnonzero((people["partner"].to_numpy() == MUCH_CERTIFIED) & (person_ends == NEVER))
    planted = _planted_certificates(company, able, (first[able] - 1) % len(CERTIFICATES))
    certificates = joined(drawn, planted)
    certification_id = ids("cer", np.arange(len(certificates)))
    partner_id = ids("prt", certificates["partner"].to_numpy(), 5)
    person_id = ids("per", certificates["who"].to_numpy(), 6)
    certification_type = words(CERTIFICATES, certificates["type"].to_numpy())
    at, passed = certificates["at"].to_numpy(), certificates["passed"].to_numpy(bool)
    extract = pd.DataFrame(
        {
            "certification_id": certification_id,
            "partner_id": partner_id,
            "person_id": person_id,
            "certification_type": certification_type,
            "attempted_on": dates(at),
            "passed": flags(passed),
            "issued_on": dates(np.where(passed, at, NEVER)),
            "expires_on": dates(certificates["expires"].to_numpy()),
            "updated_at": instants(certificates["updated"].to_numpy()),
        }
    )
    left = certificates["expires"].to_numpy() - (company.end - DAY)
    state = np.select(
        [~passed, certificates["expires"] == NEVER, left <= 0, left <= EXPIRING],
        ["failed", "current", "expired", "expiring"],
        "current",
    )
    told = certificates.assign(
        certification_id=certification_id,
        partner_id=partner_id,
        person_id=person_id,
        certification_type=certification_type,
        state=pd.Series(state, dtype="str"),
        case=certificates["case"].astype("str"),
    ).sort_values("at", kind="stable")
    told = told.drop_duplicates(["person_id", "certification_type"], keep="last")
    columns = ["certification_id", "partner_id", "person_id", "certification_type", "state", "case"]
    return {
        "crm.certifications": extract,
        "truth.certificates": told[columns].sort_values("certification_id", ignore_index=True),
    }


def _planted_certificates(company: Company, able: Ints, free: Ints) -> pd.DataFrame:
    """One more certificate for each of the first able people, of the type that is free for them."""
    today = company.end - DAY
    rows = [
        (MUCH_CERTIFIED, who, kind, expires - CERTIFIED_FOR, True, expires, case)
        for (days, case), who, kind in zip(
            (
                (90, "expires_in_90_days"),
                (91, "expires_in_91_days"),
                (1, "expires_tomorrow"),
                (0, "expires_on_the_last_day"),
            ),
            able.tolist(),
            free.tolist(),
            strict=False,
        )
        for expires in [today + days * DAY]
    ]
    rows += [
        (MUCH_CERTIFIED, who, kind, today - 20 * DAY, False, NEVER, "failed_at_the_only_attempt")
        for who, kind in zip(able[4:5].tolist(), free[4:5].tolist(), strict=True)
    ]
    columns = ["partner", "who", "type", "at", "passed", "expires", "case"]
    planted = pd.DataFrame(rows, columns=columns)
    return planted.assign(updated=planted["at"] + HOUR)


def _people(company: Company, rng: np.random.Generator, traits: pd.DataFrame) -> pd.DataFrame:
    """Certified people: their partner, from when, and until when (NEVER: they keep it up)."""
    life, size = traits["life"].to_numpy(), len(traits)
    current = np.select(
        [life == PLATINUM, life == GOLD, life == SILVER, ~traits["sources"].to_numpy()],
        [
            6 + choose(rng, [2, 2, 1], size),
            2 + choose(rng, [1, 2], size),
            1,
            choose(rng, [2, 1, 1], size),
        ],
        0,
    )
    current = np.where(traits["is_quiet"] | ~traits["is_drawn"], 0, current)
    lapsing = (1 - traits["support"].to_numpy()) * np.where(life == REGISTERED, 3.2, 1.6)
    lapsed = np.where(traits["is_quiet"], 0, np.minimum(rng.poisson(lapsing), current + 3))
    begins = traits["signed_at"].to_numpy() + 20 * DAY
    begins = np.maximum(begins, min(company.start, company.quarter_end(8)) - YEAR)
    between_quarters = [
        company.quarter_end(back) - between(rng, 25 * DAY, 65 * DAY, size) for back in range(2)
    ]
    late, later = between_quarters[1], between_quarters[0]
    kept, _ = spread(current)
    gone, _ = spread(lapsed)
    people = pd.DataFrame(
        {
            "partner": np.concatenate([kept, gone]),
            "begins": np.concatenate(
                [begins[kept] + between(rng, 0, 90 * DAY, len(kept)), begins[gone]]
            ),
            "ends": np.concatenate(
                [
                    np.full(len(kept), NEVER),
                    np.minimum(
                        begins[gone] + YEAR + between(rng, 10 * DAY, 700 * DAY, len(gone)),
                        company.quarter_end(1) - 10 * DAY,
                    ),
                ]
            ),
        }
    )
    place = people.groupby("partner").cumcount().to_numpy()
    partner, roles = people["partner"].to_numpy(), cast(size)
    is_kept = people["ends"].to_numpy() == NEVER
    for role, column, first, at in (
        (PROMOTED_TO_SILVER, "begins", 0, late),
        (PROMOTED_TO_GOLD, "begins", 1, late),
        (PROMOTED_TO_PLATINUM, "begins", 3, late),
        (PROMOTED_TO_THE_LOWER, "begins", 0, late),
        (PROMOTED_TO_THE_LOWER, "begins", 1, later),
        (DEMOTED, "ends", 0, late),
        (WARNED, "ends", 1, later),
    ):
        players = playing(roles, role)
        rows = is_kept & np.isin(partner, players) & (place >= first)
        people.loc[rows, column] = at[partner[rows]]
    return people[(people["ends"] == NEVER) | (people["ends"] > people["begins"] + YEAR)]


def write_surveys(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.surveys`: customers about their partner and its projects, partners about us."""
    answers = pd.concat(
        [
            _by_customers(company, rng),
            _by_partners(company, rng),
            company.verse("projects")["projects.answers"],
        ],
        ignore_index=True,
    )
    answers = answers.sort_values(["at", "partner", "project"], kind="stable")
    is_customer = answers["is_customer"].to_numpy().astype(bool)
    project = answers["project"].to_numpy()
    drawn = np.where(is_customer, rng.integers(0, customers(company), len(answers)), -1)
    return {
        "crm.surveys": pd.DataFrame(
            {
                "response_id": ids("srv", np.arange(len(answers))),
                "subject": words(("partner", "customer"), is_customer.astype(np.int64)),
                "partner_id": ids("prt", answers["partner"].to_numpy(), 5),
                "account_id": ids("acc", drawn).where(project < 0, ids("acc-s", project, 5)),
                "project_id": ids("prj", project, 6),
                "score": whole(answers["score"].to_numpy()),
                "responded_at": instants(reach(answers["at"].to_numpy(), company.end)),
            }
        )
    }


def _answered(company: Company, rng: np.random.Generator, mean: Floats) -> tuple[Ints, Ints]:
    """Partner and instant of each answer, so many a year."""
    traits = company.verse("partners")["traits"]
    begins = _start_of_work(company, traits)
    years = np.maximum(company.end - begins, 0) / YEAR
    partner, _ = spread(np.floor(mean * years + rng.random(len(traits))).astype(np.int64))
    at = between(rng, begins[partner], company.end, len(partner))
    order = np.argsort(at, kind="stable")
    return partner[order], at[order]


def _scores(
    company: Company, rng: np.random.Generator, trait: str, partner: Ints, at: Ints
) -> Ints:
    """What is answered, by the partner's level at the time."""
    traits = company.verse("partners")["traits"]
    size = len(at)
    level = level_at(traits, trait, partner, at, company.end)
    happy = dose(rng, partner, 0.25 + 0.6 * level)
    unhappy = ~happy
    unhappy[unhappy] = dose(rng, partner[unhappy], (0.75 - 0.75 * level)[unhappy])
    score: Ints = np.where(
        happy,
        9 + choose(rng, [1, 1], size),
        np.where(unhappy, choose(rng, [1, 1, 1, 2, 3, 4, 5], size), 7 + choose(rng, [1, 1], size)),
    )
    return score


def _by_customers(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """About every partner but those whose projects are judged one by one."""
    traits = company.verse("partners")["traits"]
    mean = 3 + 7 * np.minimum(traits["strength"].to_numpy(), 4)
    mean = np.where(traits["kind"].to_numpy() == SI, 0.0, mean)
    mean = np.where(traits["is_quiet"], 0.3, mean)
    partner, at = _answered(company, rng, mean)
    return pd.DataFrame(
        {
            "partner": partner,
            "project": -1,
            "at": at,
            "score": _scores(company, rng, "delivery", partner, at),
            "is_customer": True,
        }
    )


def _by_partners(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """Enough of them to judge by, or too few; those of planted health as it needs them."""
    traits = company.verse("partners")["traits"]
    roles = cast(len(traits))
    is_told = np.zeros(len(traits), dtype=np.bool_)
    is_told[playing(roles, *OF_HEALTH)] = True
    mean = np.array([0.0, 1.5, 3.5, 6.0])[choose(rng, [1, 2, 4, 3], len(traits))]
    partner, at = _answered(company, rng, np.where(is_told | traits["is_quiet"], 0.0, mean))
    drawn = pd.DataFrame(
        {"partner": partner, "at": at, "score": _scores(company, rng, "loyalty", partner, at)}
    )
    told = pd.DataFrame(
        [
            (number, company.quarter_end() - (20 + 30 * place) * DAY + 10 * HOUR, score)
            for number, role in enumerate(roles)
            if role is not None and role.health is not None
            for place, score in enumerate(role.health.answers)
        ],
        columns=["partner", "at", "score"],
    )
    answers = pd.concat([drawn, told.astype(drawn.dtypes.to_dict())], ignore_index=True)
    return answers.assign(project=-1, is_customer=False)
