"""The trail that partners' integrations leave: audit events, certification runs, enforcement."""

import hashlib
import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from seeds.simulate import names
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    YEAR,
    between,
    choose,
    dose,
    draw_instants,
    ids,
    instants,
    month_of,
    months_after,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.deals import customers

ACTIONS = ("grant_access", "revoke_access", "install", "activate", "uninstall")
ACCESSES = ("read_records", "export_records", "update_records", "run_report")
LOGGED_WITHIN = 5 * 60
"""An event so many seconds after its action still belongs to it."""

ACCESSES_OF_PARTNER = 60
"""What a partner does besides, over the whole history."""

RUN_EVERY = 170 * DAY
SUITES = ("2023.2", "2024.1", "2024.3", "2025.1", "2025.4", "2026.2")
LADDER = ("warn", "throttle", "suspend", "restore", "kill_switch", "terminate")
WARN, THROTTLE, SUSPEND, RESTORE, KILL_SWITCH, TERMINATE = range(6)
REASONS = {
    WARN: (
        "Error rate above its own baseline for three days",
        "Calls at night to tenants that never used it",
        "Many refusals for want of a scope within an hour",
        "A tenth of its calls over quota for a week",
    ),
    THROTTLE: (
        "Warned twice; traffic unchanged",
        "Retries without backing off after an outage",
        "Still over quota after the warning",
    ),
    SUSPEND: (
        "No answer to the warning within its ten days",
        "Third alert in a quarter; owner asked for a pause",
        "Certificate expired while in use",
    ),
    RESTORE: (
        "Fix verified in the sandbox",
        "New version passed the certification suite",
        "Owner confirmed the cause and the repair",
    ),
    KILL_SWITCH: (
        "Leaked key used from an unknown network",
        "Wrote to the wrong tenant after a release",
        "Deleted records in a loop; stopped within minutes",
    ),
    TERMINATE: (
        "Retired: no certified version and fewer than five customers",
        "Retired: replaced by its successor",
        "Retired: owner gave up support",
    ),
}


def write_audit_events(company: Company, rng: np.random.Generator) -> Frames:
    """`telemetry.audit_events`: an event for nearly every action that telemetry knows, and others.

    Who is careless with security forgets more of them.
    """
    actions = _actions(company)
    size = len(actions)
    security = company.verse("partners")["traits"]["security"].to_numpy()
    partner, at = actions["partner"].to_numpy(), actions["at"].to_numpy()
    is_logged = dose(rng, partner, 0.995 - 0.09 * (1 - security[partner]) ** 1.5)
    logged = np.minimum(at + between(rng, 0, 90, size), company.end - 1)
    case = np.full(size, None, dtype=object)
    early = np.flatnonzero((actions["action"] == ACTIONS[2]) & (at < company.end - DAY))[-2:]
    for row, late, word in zip(early, (0, 1), ("five_minutes", "a_second_more"), strict=False):
        logged[row] = at[row] + LOGGED_WITHIN + late
        is_logged[row], case[row] = late == 0, f"logged_after_{word}"
    written = is_logged | pd.notna(case)
    events = actions.assign(at=logged)[written]
    events = pd.concat([events, _accesses(company, rng)], ignore_index=True)
    events = events.sort_values(["at", "partner"], kind="stable").reset_index(drop=True)
    rows, at = len(events), events["at"].to_numpy()
    person = events["partner"].to_numpy() * 4 + choose(rng, [4, 3, 2, 1], rows)
    is_machine = rng.random(rows) < 0.35
    machine = "svc-" + events["integration_id"].str.removeprefix("int-").fillna("portal")
    return {
        "telemetry.audit_events": pd.DataFrame(
            {
                "event_id": ids("aud", np.arange(rows)),
                "partner_id": ids("prt", events["partner"].to_numpy(), 5),
                "integration_id": events["integration_id"],
                "occurred_at": instants(at),
                "actor": ids("usr", person, 6).mask(is_machine, machine),
                "action": events["action"],
                "tenant_id": events["account_id"],
            }
        ),
        "truth.actions": pd.DataFrame(
            {
                "event": actions["action"],
                "key": actions["key"],
                "acted_at": instants(actions["at"].to_numpy()),
                "is_logged": is_logged,
                "case": pd.Series(case, dtype="str"),
            }
        ),
    }


def _actions(company: Company) -> pd.DataFrame:
    """What partners did as telemetry tells it, by key of the grant or install it was done to."""
    integrations = company.verse("integrations")["telemetry.integrations"]
    owner = integrations.set_index("integration_id")["partner_id"]
    grants = company.verse("access_grants")["telemetry.access_grants"]
    installs = company.verse("installs")["telemetry.installs"]
    parts = []
    for action, frame, column in (
        ("grant_access", grants, "granted_at"),
        ("revoke_access", grants, "revoked_at"),
        ("install", installs, "installed_at"),
        ("activate", installs, "activated_at"),
        ("uninstall", installs, "uninstalled_at"),
    ):
        rows = frame[frame[column].notna()]
        parts.append(
            pd.DataFrame(
                {
                    "partner": owner.reindex(rows["integration_id"]).str[-5:].to_numpy(),
                    "integration_id": rows["integration_id"].to_numpy(),
                    "account_id": rows["account_id"].to_numpy(),
                    "action": action,
                    "key": rows[rows.columns[0]].to_numpy(),
                    "at": rows[column].to_numpy().astype("datetime64[s]").astype(np.int64),
                }
            )
        )
    actions = pd.concat(parts, ignore_index=True)
    actions = actions.assign(partner=actions["partner"].astype("int64"))
    actions = actions[actions["at"] < company.end]
    # What is done at once, with several scopes, is done once.
    actions = actions.drop_duplicates(["action", "integration_id", "account_id", "at"])
    return actions.sort_values(["at", "key"], kind="stable").reset_index(drop=True)


def _accesses(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """Reading, exporting and changing of records by partners that have an integration."""
    integrations = company.verse("integrations")["integrations"]
    size = ACCESSES_OF_PARTNER * company.scale.partners if len(integrations) else 0
    number = rng.integers(0, max(len(integrations), 1), size)
    begins = integrations["begins"].to_numpy()[number]
    at = draw_instants(rng, company.start, company.end, size)
    at = np.where(at < begins, between(rng, begins, company.end, size), at)
    return pd.DataFrame(
        {
            "partner": integrations["partner"].to_numpy()[number],
            "integration_id": ids("int", number, 6),
            "account_id": ids("acc", rng.integers(0, customers(company), size)),
            "action": words(ACCESSES, choose(rng, [6, 1, 3, 2], size)),
            "at": at,
        }
    )


def write_certification_runs(company: Company, rng: np.random.Generator) -> Frames:
    """`telemetry.certification_runs`: twice a year; who is certified has passed all checks."""
    integrations = company.verse("integrations")["telemetry.integrations"]
    begins = company.verse("integrations")["integrations"]["begins"].to_numpy()
    status = integrations["certification_status"].to_numpy()[: len(begins)]
    number, place = spread((company.end - begins) // RUN_EVERY + 1)
    at = begins[number] + place * RUN_EVERY + between(rng, 0, 10 * DAY, len(number))
    number, at = number[at < company.end], at[at < company.end]
    order = np.argsort(at, kind="stable")
    number, at = number[order], at[order]
    size = len(number)
    suite = np.clip((at - company.end) // (YEAR // 2) + len(SUITES), 0, len(SUITES) - 1)
    total = 36 + 3 * suite
    failed = np.where(status[number] == "certified", 0, 1 + choose(rng, [4, 3, 2, 1], size))
    passed = total - failed
    run_id, integration_id = ids("run", np.arange(size), 6), ids("int", number, 6)
    key = "key-" + pd.Series(instants(at).dt.year).astype("str")
    return {
        "telemetry.certification_runs": pd.DataFrame(
            {
                "run_id": run_id,
                "integration_id": integration_id,
                "suite_version": words(SUITES, suite),
                "ran_at": instants(reach(at, company.end)),
                "checks_total": whole(total),
                "checks_passed": whole(passed),
                "attestation": [
                    _attestation(*row)
                    for row in zip(
                        run_id, integration_id, total.tolist(), passed.tolist(), key, strict=True
                    )
                ],
                "public_key_id": key,
            }
        )
    }


def _attestation(run: str, integration: str, total: int, passed: int, key: str) -> str:
    """What the suite states; the signature is made up, there is no such key."""
    stated: dict[str, object] = {
        "run": run,
        "integration": integration,
        "checks": total,
        "passed": passed,
    }
    content = json.dumps(stated, sort_keys=True)
    stated["signature"] = hashlib.sha256(f"{key}/{content}".encode()).hexdigest()
    return json.dumps(stated, sort_keys=True)


def write_enforcement(company: Company, rng: np.random.Generator) -> Frames:
    """`telemetry.enforcement_actions`: ladders climbed, switches pulled, integrations retired."""
    rows = pd.DataFrame(
        [*_ladders(company, rng), *_retired(company, rng), *_planted(company)],
        columns=["integration", "action", "at", "case"],
    )
    retired = rows[rows["action"] == TERMINATE].groupby("integration")["at"].min()
    rows = rows[rows["at"] <= rows["integration"].map(retired).fillna(company.end - 1)]
    rows = rows.sort_values(["at", "integration"], kind="stable")
    integrations = company.verse("integrations")["integrations"]["partner"].to_numpy()
    size = len(rows)
    number, action = rows["integration"].to_numpy(), rows["action"].to_numpy()
    at = rows["at"].to_numpy()
    turn = np.arange(size)
    reasons = [REASONS[code][place % len(REASONS[code])] for place, code in enumerate(action)]
    month = month_of(at)
    return {
        "telemetry.enforcement_actions": pd.DataFrame(
            {
                "action_id": ids("enf", turn, 6),
                "partner_id": ids("prt", integrations[number], 5),
                "integration_id": ids("int", number, 6),
                "action": words(LADDER, action),
                "acted_at": instants(at),
                "acted_by": [names.person_name(700 + place % 6) for place in turn.tolist()],
                "reason": reasons,
            }
        ),
        "truth.enforcement": pd.DataFrame(
            {
                "action_id": ids("enf", turn, 6),
                "action": words(LADDER, action),
                "month": instants(month),
                "case": rows["case"].reset_index(drop=True).astype("str"),
            }
        ),
    }


Acts = Iterator[tuple[int, int, int, str | None]]


def _ladders(company: Company, rng: np.random.Generator) -> Acts:
    """Warnings, more of them where security is weak; some are followed by harder steps."""
    traits = company.verse("partners")["traits"]
    integrations = company.verse("integrations")["integrations"]
    begins, partner = integrations["begins"].to_numpy(), integrations["partner"].to_numpy()
    years = (company.end - begins) / YEAR
    weakness = 1 - traits["security"].to_numpy()[partner]
    number, _ = spread(rng.poisson(0.7 * weakness * years))
    warned = between(rng, begins[number], company.end, len(number))
    climbs = choose(rng, [60, 22, 12, 6], len(number))
    gaps = between(rng, DAY, 12 * DAY, len(number) * 3).reshape(-1, 3)
    for row, integration in enumerate(number.tolist()):
        at = int(warned[row])
        steps = ((WARN,), (WARN, THROTTLE), (WARN, THROTTLE, SUSPEND), (KILL_SWITCH,))
        taken = steps[int(climbs[row])]
        for place, step in enumerate(taken):
            at += int(gaps[row, place - 1]) if place else 0
            yield integration, step, at, None
        if taken != (WARN,):
            yield integration, RESTORE, at + int(gaps[row, 2]), None


def _retired(company: Company, rng: np.random.Generator) -> Acts:
    """About one a month, of those without a certificate; in some months none, in few two."""
    integrations = company.verse("integrations")
    begins = integrations["integrations"]["begins"].to_numpy()
    status = integrations["telemetry.integrations"]["certification_status"].to_numpy()
    candidates = np.flatnonzero(status[: len(begins)] != "certified")
    candidates = candidates[candidates != _switched(company)]
    candidates = candidates[np.argsort(begins[candidates], kind="stable")].tolist()
    months = max(company.scale.weeks * 7 // 30, 1)
    share = min(1.0, len(candidates) / 2 / months)
    first = int(month_of(np.array([company.start]))[0])
    counts = choose(rng, [2, 9, 1], months) * (rng.random(months) < share)
    for month, count in enumerate(counts.tolist()):
        begin = int(months_after(np.array([first]), month)[0])
        for place in range(count):
            at = begin + (9 + 11 * place) * DAY + 14 * HOUR
            ready = [number for number in candidates if begins[number] + 60 * DAY < at]
            if ready:
                candidates.remove(ready[0])
                yield ready[0], TERMINATE, at, None


def _switched(company: Company) -> int:
    """The integration whose switch is pulled as planted: one of whoever is least secure."""
    security = company.verse("partners")["traits"]["security"].to_numpy()
    partner = company.verse("integrations")["integrations"]["partner"].to_numpy()
    return int(np.argmin(security[partner])) if len(partner) else -1


def _planted(company: Company) -> Acts:
    """Switches pulled in the first and the last second of the last whole month, and before it."""
    integration = _switched(company)
    if integration < 0:
        return
    running = month_of(np.array([company.end]))
    last = int(months_after(running, -1)[0])
    for case, at in (
        ("the_second_before_the_month", last - 1),
        ("the_first_second_of_the_month", last),
        ("the_last_second_of_the_month", int(running[0]) - 1),
    ):
        yield integration, KILL_SWITCH, at, case
        yield integration, RESTORE, at + 2 * DAY, None
