"""Integrations, where they are installed, and what they may reach."""

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
    dose,
    ids,
    instants,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.assurance import SCOPES
from seeds.simulate.verses.deals import customers
from seeds.simulate.verses.partners import level_at
from seeds.simulate.verses.planted import joined
from seeds.simulate.verses.roles import PROVISIONAL, REGISTERED, SILENT, cast, playing

INTEGRATIONS_OF_TYPE = np.array([2.4, 1.5, 1.2, 1.6, 2.0, 0.7])
INSTALLS_A_YEAR = 22
IDLE = 90 * DAY
"""After so long without use nobody needs a grant."""


def write_integrations(company: Company, rng: np.random.Generator) -> Frames:
    """`telemetry.integrations`, and `integrations` (partner and start of each)."""
    traits = company.verse("partners")["traits"]
    kind = traits["kind"].to_numpy()
    counts = np.minimum(rng.poisson(INTEGRATIONS_OF_TYPE[kind]), 6)
    has_one = np.isin(kind, (0, 3, 4)) | (traits["life"].to_numpy() > REGISTERED)
    has_one[playing(cast(len(traits)), PROVISIONAL)] = True
    counts = np.where(has_one, np.maximum(counts, 1), counts)
    counts = np.where(traits["is_quiet"].to_numpy(), 0, counts)
    partner, place = spread(counts.astype(np.int64))
    size = len(partner)
    signed = traits["signed_at"].to_numpy()[partner]
    begins = np.minimum(
        np.maximum(signed, company.start) + place * 90 * DAY + between(rng, 0, 30 * DAY, size),
        company.end - 5 * DAY,
    )
    state = choose(rng, [0.72, 0.22, 0.06], size)
    certified = np.where(state == 0, begins + 10 * DAY, NEVER)
    certified = np.where(certified >= company.end, NEVER, certified)
    integrations = pd.DataFrame(
        {
            "integration_id": ids("int", np.arange(size), 6),
            "partner_id": ids("prt", partner, 5),
            "integration_name": words(("Connector", "Sync", "Bridge", "Feed"), place % 4)
            + " "
            + pd.Series(np.arange(size)).astype("str"),
            "certification_status": words(("certified", "uncertified", "deprecated"), state),
            "certified_on": dates(certified),
            "certification_expires_on": dates(
                np.where(certified == NEVER, NEVER, certified + 3 * YEAR)
            ),
            "quota_per_minute": whole(
                np.array([60, 300, 600, 1200])[choose(rng, [2, 3, 2, 1], size)]
            ),
            "updated_at": instants(
                reach(between(rng, begins, np.full(size, company.end), size), company.end)
            ),
        }
    )
    return {
        "telemetry.integrations": joined(
            integrations, company.verse("leaks")["leaks.integrations"]
        ),
        "integrations": pd.DataFrame({"partner": partner, "begins": begins}),
    }


def write_installs(company: Company, rng: np.random.Generator) -> Frames:
    """`telemetry.installs`, and `installs` (integration, partner, account, from, until)."""
    traits = company.verse("partners")["traits"]
    integrations = company.verse("integrations")["integrations"]
    owner = integrations["partner"].to_numpy()
    begins = integrations["begins"].to_numpy()
    years = np.maximum(company.end - begins, 0) / YEAR
    strength = np.minimum(traits["strength"].to_numpy()[owner], 6)
    integration, _ = spread(rng.poisson(INSTALLS_A_YEAR * years * strength / 1.6))
    size = len(integration)
    # A rising partner's installs crowd towards the end, a fading one's towards the start.
    bend = np.exp(-0.9 * traits["trend"].to_numpy()[owner[integration]])
    share = rng.random(size) ** bend
    at = begins[integration] + (share * (company.end - begins)[integration]).astype(np.int64)
    order = np.argsort(at, kind="stable")
    integration, at = integration[order], reach(at[order], company.end)
    partner = owner[integration]
    level = level_at(traits, "delivery", partner, at, company.end)
    activated = at + (np.exp(rng.normal(np.log(6), 1.0, size)) * DAY).astype(np.int64)
    activates = dose(rng, partner, np.clip(0.12 + 0.92 * level, 0, 0.99))
    activated = np.where(activates & (activated < company.end), activated, NEVER)
    loyalty = traits["loyalty"].to_numpy()[partner]
    stays = rng.exponential(1.5 + 9 * loyalty**2) * YEAR
    removed = np.maximum(at + (30 * DAY + stays).astype(np.int64), activated + DAY)
    removed = np.where(removed < company.end, removed, NEVER)
    account = rng.integers(0, customers(company), size)
    # Whoever was offboarded lost its installs long ago.
    gone = np.isin(partner, playing(cast(len(traits)), SILENT)[:1])
    activated = np.where(gone & (activated > company.end - 61 * DAY), NEVER, activated)
    latest = company.end - 60 * DAY
    removed = np.where(gone & ((removed == NEVER) | (removed > latest)), latest, removed)
    kept = ~gone | (at < latest)
    integration, at, partner, account = integration[kept], at[kept], partner[kept], account[kept]
    activated, removed, size = activated[kept], removed[kept], int(kept.sum())
    newest = np.maximum.reduce([at, activated, removed])
    installs = pd.DataFrame(
        {
            "install_id": ids("ins", np.arange(size)),
            "integration_id": ids("int", integration, 6),
            "account_id": ids("acc", account),
            "installed_at": instants(at),
            "activated_at": instants(activated),
            "uninstalled_at": instants(removed),
            "updated_at": instants(
                np.minimum(newest + between(rng, HOUR, 2 * DAY, size), company.end - 1)
            ),
        }
    )
    latent = pd.DataFrame(
        {
            "integration": integration,
            "partner": partner,
            "account": account,
            "activated": activated,
            "removed": removed,
        }
    )
    leaking = company.verse("leaks")["leaks.installs"]
    return {"telemetry.installs": joined(installs, leaking), "installs": latent}


def write_access_grants(company: Company, rng: np.random.Generator) -> Frames:
    """`telemetry.access_grants`: mostly within the contract and in use; some are neither."""
    traits = company.verse("partners")["traits"]
    integrations = company.verse("integrations")["integrations"]
    scopes = company.verse("contracts")["scopes"]
    width = np.full(len(traits), 2)
    width[scopes["partner"].to_numpy()] = scopes["width"].to_numpy()
    integration, place = spread(8 + choose(rng, [1] * 12, len(integrations)))
    size = len(integration)
    partner = integrations["partner"].to_numpy()[integration]
    level = traits["security"].to_numpy()[partner]
    granted = between(rng, integrations["begins"].to_numpy()[integration], company.end - HOUR, size)
    granted = reach(granted, company.end - HOUR)
    careless = (rng.random(size) < 0.35 * (1 - level) ** 2.2) & (width[partner] < len(SCOPES))
    beyond = np.minimum(width[partner], len(SCOPES) - 1)
    scope = np.where(careless, beyond, place % np.minimum(width[partner], len(SCOPES)))
    idle = rng.random(size) < 0.25 * (1 - level) ** 2.2
    used = company.end - np.where(
        idle, between(rng, 95 * DAY, 300 * DAY, size), between(rng, HOUR, 40 * DAY, size)
    )
    used = np.where(used > granted, used, np.where(idle, NEVER, granted))
    revoked = np.where(rng.random(size) < 0.12, between(rng, granted, company.end, size), NEVER)
    used = np.where((revoked != NEVER) & (used > revoked), revoked, used)
    newest = np.maximum.reduce([granted, used, revoked])
    account = rng.integers(0, customers(company), size)
    expires = np.where(rng.random(size) < 0.2, granted + 2 * YEAR, NEVER)
    grants = pd.DataFrame(
        {
            "grant_id": ids("grt", np.arange(size)),
            "partner_id": ids("prt", partner, 5),
            "integration_id": ids("int", integration, 6),
            "account_id": ids("acc", account),
            "scope": words(SCOPES, scope),
            "granted_at": instants(granted),
            "last_used_at": instants(used),
            "expires_at": instants(expires),
            "revoked_at": instants(revoked),
            "updated_at": instants(
                np.minimum(newest + between(rng, 1, DAY, size), company.end - 1)
            ),
        }
    )
    # What nobody may hold on the last day: beyond the contract, or idle, and not taken away.
    holds = (revoked == NEVER) & ((expires == NEVER) | (expires >= company.end))
    unused = np.where(used == NEVER, granted, used) + IDLE < company.end
    beyond_contract = scope >= _width_at_end(company)[partner]
    is_over = holds & (unused | beyond_contract)
    return {
        "telemetry.access_grants": joined(grants, company.verse("leaks")["leaks.access_grants"]),
        "over_granted": grants.loc[is_over, ["grant_id"]].reset_index(drop=True),
    }


def _width_at_end(company: Company) -> Ints:
    """How many scopes the contract in force on the last day grants each partner, in their order."""
    terms = company.verse("contracts")["terms"]
    stands = terms[(terms["starts"] < company.end) & (terms["until"] >= company.end)]
    width = np.zeros(company.scale.partners, dtype=np.int64)
    width[stands["partner"].to_numpy()] = stands["width"].to_numpy()
    return width
