"""The shipped policy is sound, and each single mistake in it is told once, by file and row."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest

from warehouse.policy import PolicyInvalid, load_policy, policy_hash, validate_policy
from warehouse.settings import DEFAULT_POLICY

Edit = Callable[[str], str]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A copy of the shipped policy to spoil."""
    return Path(shutil.copytree(DEFAULT_POLICY, tmp_path / "policy"))


def swap(old: str, new: str) -> Edit:
    """Replaces one line, or a part of one, that stands in the file exactly once."""

    def edit(text: str) -> str:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        return text.replace(old, new)

    return edit


def drop(start: str) -> Edit:
    """Removes the lines that begin with `start`."""

    def edit(text: str) -> str:
        kept = [line for line in text.splitlines(True) if not line.startswith(start)]
        assert len(kept) < len(text.splitlines())
        return "".join(kept)

    return edit


def add(*lines: str) -> Edit:
    return lambda text: text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def spoil(policy: Path, file: str, edit: Edit) -> None:
    path = policy / file
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


@dataclass(frozen=True)
class Mistake:
    file: str
    edit: Edit
    row_starts: str | None
    """Start of the line the error must point at, after the edit; None for the whole file."""
    rule: str
    says: str
    told_in: str | None = None
    """The file the error names, where it is another one."""


def row_of(path: Path, start: str | None) -> int | None:
    if start is None:
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


MISTAKES = {
    "a table that begins after the others": Mistake(
        "registration_rules.csv",
        lambda text: text.replace("2000-01-01", "2026-01-01"),
        None,
        "begins",
        "begins on 2026-01-01, after the policy's first day 2000-01-01",
    ),
    "a date that is none": Mistake(
        "tiers.csv",
        swap("gold,3,2000-01-01,", "gold,3,2000-13-01,"),
        "gold",
        "type",
        "valid_from is '2000-13-01', not a date like 2026-01-31",
    ),
    "a number with words in it": Mistake(
        "tiers.csv", swap("gold,3,", "gold,third,"), "gold", "type", "rank is 'third'"
    ),
    "a whole number with a fraction": Mistake(
        "tiers.csv", swap("gold,3,", "gold,3.0,"), "gold", "type", "not a whole number"
    ),
    "a weight that is no number": Mistake(
        "criterion_weights.csv",
        swap("si,delivery_quality,0.40", "si,delivery_quality,NaN"),
        "si,delivery_quality",
        "type",
        "weight is 'NaN', not a number of at most 9 decimals",
    ),
    "more decimals than the warehouse keeps": Mistake(
        "criterion_weights.csv",
        swap("si,delivery_quality,0.40", "si,delivery_quality,0.4000000000"),
        "si,delivery_quality",
        "type",
        "at most 9 decimals",
    ),
    "a truth value in other words": Mistake(
        "archetypes.csv",
        swap("oem,oem,sourced,false", "oem,oem,sourced,no"),
        "oem",
        "type",
        "registers_deals is 'no', not true or false",
    ),
    "a required cell left empty": Mistake(
        "archetypes.csv",
        swap("oem,oem,sourced,", "oem,oem,,"),
        "oem",
        "required",
        "revenue_basis is empty",
    ),
    "a word outside the allowed set": Mistake(
        "archetypes.csv",
        swap("oem,oem,sourced,", "oem,oem,earned,"),
        "oem",
        "allowed",
        "revenue_basis is 'earned', not one of sourced, influenced",
    ),
    "a score above five": Mistake(
        "rubric_bands.csv",
        swap("win_rate,5,", "win_rate,6,"),
        "win_rate,6",
        "range",
        "score is 6, more than score_maximum 5",
    ),
    "a negative minimum sample": Mistake(
        "metrics.csv",
        swap(
            "Win rate,revenue_influence,rate,higher,12,,3",
            "Win rate,revenue_influence,rate,higher,12,,-1",
        ),
        "win_rate",
        "range",
        "minimum_sample is -1, less than 0",
    ),
    "a row with a cell too many": Mistake(
        "tiers.csv",
        swap("gold,3,2000-01-01,", "gold,3,2000-01-01,,"),
        "gold",
        "columns",
        "has 5 cells where the header has 4",
    ),
    "a column that is missing": Mistake(
        "tiers.csv",
        lambda text: re.sub(r"^(\w+),\w+", r"\1", text, flags=re.MULTILINE),
        "tier",
        "columns",
        "column rank is missing",
    ),
    "a column nobody knows": Mistake(
        "tiers.csv",
        lambda text: "".join("colour," + line for line in text.splitlines(True)),
        "colour",
        "columns",
        "column 'colour' is not known",
    ),
    "a row that ends before it begins": Mistake(
        "tiers.csv",
        swap("gold,3,2000-01-01,", "gold,3,2000-01-01,2000-01-01"),
        "gold",
        "dates",
        "valid_to 2000-01-01 is not after valid_from 2000-01-01",
    ),
    "two rows for one tier": Mistake(
        "tiers.csv",
        add("gold,5,2026-01-01,"),
        "gold,5",
        "overlap",
        "gold is in force from 2026-01-01 as well as by row 4",
    ),
    "two tiers of one rank": Mistake(
        "tiers.csv", swap("gold,3,", "gold,2,"), "gold", "ranks", "gold has rank 2"
    ),
    "a tier without gates": Mistake(
        "tier_gates.csv",
        drop("gold,"),
        "gold",
        "gates",
        "tier gold has no gates from 2000-01-01",
        told_in="tiers.csv",
    ),
    "a tier nobody knows how to leave": Mistake(
        "tier_movement.csv",
        swap("gold,2,2,12,6,2000-01-01,", "gold,2,2,12,6,2000-01-01,2026-01-01"),
        "gold",
        "gates",
        "tier gold has no movement from 2026-01-01",
        told_in="tiers.csv",
    ),
    "a gate nobody knows": Mistake(
        "tier_gates.csv",
        swap("gold,certified_people,", "gold,certified_dogs,"),
        "gold,certified_dogs",
        "reference",
        "gold asks for certified_dogs, which is no metric from 2000-01-01",
    ),
    "a gate compared in a way nobody knows": Mistake(
        "tier_gates.csv",
        swap("gold,weighted_score,score,at_least", "gold,weighted_score,score,about"),
        "gold,weighted_score",
        "allowed",
        "comparison is 'about'",
    ),
    "a stage twice in other letters": Mistake(
        "opportunity_stages.csv",
        add("Closed Won,lost,2000-01-01,"),
        "Closed Won",
        "names",
        "Closed Won from 2000-01-01 is closed won in other letters",
    ),
    "a tier twice in other letters": Mistake(
        "tiers.csv",
        add("GOLD,5,2000-01-01,"),
        "GOLD",
        "names",
        "GOLD from 2000-01-01 is gold in other letters",
    ),
    "weights that do not add up": Mistake(
        "criterion_weights.csv",
        swap("si,delivery_quality,0.40", "si,delivery_quality,0.35"),
        "si,",
        "weights",
        "the weights of si sum to 0.95 from 2000-01-01, not to 1",
    ),
    "weights that stop adding up one day": Mistake(
        "criterion_weights.csv",
        swap(
            "si,delivery_quality,0.40,2000-01-01,", "si,delivery_quality,0.40,2000-01-01,2026-07-01"
        ),
        "si,revenue",
        "weights",
        "the weights of si sum to 0.60 from 2026-07-01, not to 1",
    ),
    "an archetype whose weights end": Mistake(
        "criterion_weights.csv",
        lambda text: "".join(
            line.replace("2000-01-01,", "2000-01-01,2026-07-01") if line.startswith("si,") else line
            for line in text.splitlines(True)
        ),
        "si,",
        "weights",
        "archetype si has no weights from 2026-07-01",
        told_in="archetypes.csv",
    ),
    "a partner type without an archetype": Mistake(
        "archetypes.csv",
        drop("referral,"),
        None,
        "missing",
        "partner_type referral has no row in force from 2000-01-01",
    ),
    "a partner type whose archetype ends": Mistake(
        "archetypes.csv",
        swap(
            "referral,default,sourced,true,2000-01-01,",
            "referral,default,sourced,true,2000-01-01,2026-01-01",
        ),
        None,
        "missing",
        "partner_type referral has no row in force from 2026-01-01",
    ),
    "a metric for an archetype nobody knows": Mistake(
        "metrics.csv",
        swap(
            "12,,3,1,default platform oem data_provider,billing",
            "12,,3,1,default platform oem broker,billing",
        ),
        "customer_retention",
        "reference",
        "archetypes names 'broker', which archetypes.csv does not know",
    ),
    "a metric of a criterion nobody knows": Mistake(
        "metrics.csv",
        swap("Win rate,revenue_influence", "Win rate,charm"),
        "win_rate",
        "allowed",
        "criterion is 'charm'",
    ),
    "a metric that requires an unknown extract": Mistake(
        "metrics.csv",
        swap("crm.surveys crm.surveys.partner_id", "crm.survey crm.surveys.partner_id"),
        "customer_nps",
        "reference",
        "requires names 'crm.survey', which no contract knows",
    ),
    "a metric that requires an unknown column": Mistake(
        "metrics.csv",
        swap("crm.surveys crm.surveys.partner_id", "crm.surveys crm.surveys.mood"),
        "customer_nps",
        "reference",
        "requires names 'crm.surveys.mood'",
    ),
    "a metric with two windows": Mistake(
        "metrics.csv",
        swap(
            "customer_nps,Customer NPS,delivery_quality,score,higher,12,,",
            "customer_nps,Customer NPS,delivery_quality,score,higher,12,91,",
        ),
        "customer_nps",
        "window",
        "customer_nps has a window in months and one in days",
    ),
    "a metric without bands": Mistake(
        "rubric_bands.csv",
        drop("csat,"),
        "csat",
        "bands",
        "csat has no bands from 2000-01-01",
        told_in="metrics.csv",
    ),
    "bands that outlive their metric": Mistake(
        "metrics.csv",
        swap(
            "support.tickets.satisfaction,false,,2000-01-01,",
            "support.tickets.satisfaction,false,,2000-01-01,2026-01-01",
        ),
        "csat,0",
        "bands",
        "csat has bands from 2026-01-01 but counts in no criterion then",
        told_in="rubric_bands.csv",
    ),
    "bands of a metric without a criterion": Mistake(
        "metrics.csv",
        swap("Customer satisfaction,support_maturity", "Customer satisfaction,"),
        "csat,0",
        "bands",
        "csat has bands from 2000-01-01 but counts in no criterion then",
        told_in="rubric_bands.csv",
    ),
    "bands of an unknown metric": Mistake(
        "rubric_bands.csv",
        add("charm,3,,,false,,false,2000-01-01,"),
        "charm",
        "reference",
        "metric_key names 'charm', which metrics.csv does not know",
    ),
    "a gap between bands": Mistake(
        "rubric_bands.csv",
        swap("csat,2,,0.70,true", "csat,2,,0.72,true"),
        "csat,2",
        "bands",
        "no band between 0.70 and 0.72",
    ),
    "bands that overlap": Mistake(
        "rubric_bands.csv",
        swap("csat,2,,0.70,true", "csat,2,,0.68,true"),
        "csat,2",
        "bands",
        "the band overlaps that of row",
    ),
    "a bound in neither band": Mistake(
        "rubric_bands.csv",
        swap("csat,2,,0.70,true", "csat,2,,0.70,false"),
        "csat,2",
        "bands",
        "0.70 is in neither band that meet there",
    ),
    "a bound in both bands": Mistake(
        "rubric_bands.csv",
        swap("csat,1,,0.60,true,0.70,false", "csat,1,,0.60,true,0.70,true"),
        "csat,2",
        "bands",
        "0.70 is in both bands that meet there",
    ),
    "bands that end": Mistake(
        "rubric_bands.csv",
        swap("csat,5,,0.95,true,,", "csat,5,,0.95,true,1,"),
        "csat,5",
        "bands",
        "no band above 1",
    ),
    "bands that start somewhere": Mistake(
        "rubric_bands.csv",
        swap("csat,0,,,false,0.60,false", "csat,0,,0,true,0.60,false"),
        "csat,0",
        "bands",
        "no band below 0",
    ),
    "a better value that scores less": Mistake(
        "metrics.csv",
        swap(
            "MFA enforced,security_posture,flag,higher", "MFA enforced,security_posture,flag,lower"
        ),
        "mfa_enforced,0",
        "bands",
        "scores 0 where the worse values of row",
        told_in="rubric_bands.csv",
    ),
    "a score for no value above the highest": Mistake(
        "metrics.csv",
        swap(
            "crm.security_assessments.mfa_enforced,false,0,",
            "crm.security_assessments.mfa_enforced,false,6,",
        ),
        "mfa_enforced",
        "range",
        "score_when_null is 6, more than score_maximum 5",
    ),
    "a slope without an end": Mistake(
        "rubric_bands.csv",
        swap("csat,5,,0.95,", "csat,5,5,0.95,"),
        "csat,5",
        "bands",
        "csat has a score_at_upper_bound in a band without two ends",
    ),
    "a slope that falls as values improve": Mistake(
        "rubric_bands.csv",
        swap("csat,4,,0.88,", "csat,4,3,0.88,"),
        "csat,4",
        "bands",
        "csat from 2000-01-01: falls from 4 to 3 as values improve",
    ),
    "a slope of a metric better when lower that pays for worse values": Mistake(
        "rubric_bands.csv",
        swap("reopen_rate,1,,", "reopen_rate,1,1.5,"),
        "reopen_rate,1",
        "bands",
        "reopen_rate from 2000-01-01: falls from 1.5 to 1 as values improve",
    ),
    "a slope that ends above the next band": Mistake(
        "rubric_bands.csv",
        swap("csat,3,,0.80,", "csat,3,4.000000001,0.80,"),
        "csat,4",
        "bands",
        "csat from 2000-01-01: scores 4 where the worse values of row",
    ),
    "two bands that begin at one value": Mistake(
        "rubric_bands.csv",
        add("csat,4.9,,0.95,true,,false,2000-01-01,"),
        "csat,4.9",
        "overlap",
        "csat 0.95 is in force from 2000-01-01",
    ),
    "a setting nobody reads": Mistake(
        "settings.csv",
        add("coverage_flor,0.6,2000-01-01,"),
        "coverage_flor",
        "allowed",
        "setting is 'coverage_flor', not one of",
    ),
    "a setting out of range": Mistake(
        "settings.csv",
        swap("coverage_floor,0.6", "coverage_floor,1.6"),
        "coverage_floor",
        "range",
        "coverage_floor is 1.6, more than 1",
    ),
    "a setting of the wrong type": Mistake(
        "settings.csv",
        swap("history_weeks,65", "history_weeks,many"),
        "history_weeks",
        "type",
        "history_weeks is 'many', not a whole number",
    ),
    "a setting left out": Mistake(
        "settings.csv",
        drop("coverage_floor"),
        None,
        "missing",
        "setting coverage_floor has no row in force from 2000-01-01",
    ),
    "a reporting currency that is none": Mistake(
        "settings.csv",
        swap("reporting_currency,USD", "reporting_currency,USB"),
        "reporting_currency",
        "allowed",
        "reporting_currency is 'USB', no ISO 4217 code",
    ),
    "a touch type without a rule": Mistake(
        "touch_types.csv",
        drop("demo,"),
        None,
        "missing",
        "touch_type demo has no row in force from 2000-01-01",
    ),
    "a touch type no extract can hold": Mistake(
        "touch_types.csv",
        add("lunch,true,,2000-01-01,"),
        "lunch",
        "allowed",
        "touch_type is 'lunch', not one of lead, intro",
    ),
    "a silent touch type without a reason": Mistake(
        "touch_types.csv",
        swap("mention,false,mention_only", "mention,false,"),
        "mention",
        "reasons",
        "mention names no reason_if_alone",
    ),
    "a participating touch type with a reason": Mistake(
        "touch_types.csv",
        swap("demo,true,", "demo,true,mention_only"),
        "demo",
        "reasons",
        "demo participates and needs no reason_if_alone",
    ),
    "a stage in an unknown phase": Mistake(
        "opportunity_stages.csv",
        swap("closed won,won", "closed won,done"),
        "closed won",
        "allowed",
        "phase is 'done', not one of open, qualified, won, lost",
    ),
    "a registration rule in words": Mistake(
        "registration_rules.csv",
        swap("expiry_days,90", "expiry_days,ninety"),
        "expiry_days",
        "type",
        "expiry_days is 'ninety', not a whole number",
    ),
    "an attribution share above one": Mistake(
        "attribution_settings.csv",
        swap("influenced_credit_share,0.25", "influenced_credit_share,25"),
        "influenced_credit_share",
        "range",
        "influenced_credit_share is 25, more than 1",
    ),
    "a scorecard figure that requires an unknown extract": Mistake(
        "scorecard_figures.csv",
        swap("partner_nps,crm.surveys ", "partner_nps,crm.polls "),
        "partner_nps",
        "reference",
        "requires names 'crm.polls', which no contract knows",
    ),
    "a health measure in another dimension": Mistake(
        "health_points.csv",
        swap("activity,registrations,3,", "activity,logins,3,"),
        "activity,logins",
        "measures",
        "logins is no measure of activity: registrations",
    ),
    "health scores without a band": Mistake(
        "health_bands.csv",
        drop("Churning,"),
        "Critical",
        "bands",
        "no band below 20 from 2000-01-01",
    ),
    "two health bands on one line": Mistake(
        "health_bands.csv",
        swap("Healthy,60,", "Healthy,80,"),
        "Healthy",
        "bands",
        "Healthy begins at 80 from 2000-01-01, as Champion does",
    ),
    "a component worth 100 and 0 at once": Mistake(
        "si_quality_components.csv",
        swap("planned days,20,1.00,1.75", "planned days,20,1.00,1"),
        "rollout",
        "slopes",
        "rollout is worth 100 and 0 at the same 1.00",
    ),
    "components that weigh nothing": Mistake(
        "si_quality_components.csv",
        lambda text: re.sub(r"^(\w+,[^,]+),\d+", r"\1,0", text, flags=re.MULTILINE),
        "churn",
        "weights",
        "no component weighs anything from 2000-01-01",
    ),
    "a rung of two ranks": Mistake(
        "remediation_ladder.csv",
        swap("offboarding_review,3,40,2", "offboarding_review,4,40,2"),
        "offboarding_review,4",
        "ranks",
        "rung offboarding_review has rank 4 from 2000-01-01 and 3 in row 4",
    ),
    "a rung no harder than the one below": Mistake(
        "remediation_ladder.csv",
        swap("probation,2,60,2", "probation,2,65,1"),
        "probation",
        "ranks",
        "probation is reached as soon as training from 2000-01-01",
    ),
    "a segment told by a share, without one": Mistake(
        "segments.csv",
        swap("strategic,0.1,", "strategic,,"),
        "strategic,",
        "numbers",
        "strategic needs a top_share",
    ),
    "a segment with a number it is not told by": Mistake(
        "segments.csv",
        swap("growth,,0.2,", "growth,0.5,0.2,"),
        "growth,",
        "numbers",
        "growth has no use for top_share",
    ),
    "a step back from below the ladder": Mistake(
        "remediation_ladder.csv",
        swap("training,1,60,1", "training,1,75,1"),
        "training",
        "ranks",
        "training is below 75, 70 steps back from 2000-01-01",
    ),
    "a ticket priority without a target": Mistake(
        "partner_response_targets.csv",
        drop("low,"),
        None,
        "missing",
        "priority low has no row in force from 2000-01-01",
    ),
    "role pools that do not add up": Mistake(
        "role_pools.csv",
        swap("closer,0.2", "closer,0.3"),
        "sourcer",
        "weights",
        "the shares sum to 1.1 from 2000-01-01, not to 1",
    ),
    "a role without a pool": Mistake(
        "role_pools.csv",
        drop("closer,"),
        None,
        "missing",
        "role closer has no row in force from 2000-01-01",
    ),
    "a first and a last touch that get more than all": Mistake(
        "attribution_settings.csv",
        swap("position_last_share,0.4", "position_last_share,0.7"),
        "position_first_share",
        "weights",
        "position_first_share and position_last_share sum to 1.1 from 2000-01-01, more than 1",
    ),
    "a lookback in words": Mistake(
        "attribution_settings.csv",
        add("lookback_days,long,2000-01-01,"),
        "lookback_days",
        "type",
        "lookback_days is 'long', not a whole number",
    ),
    "a commission for a tier nobody knows": Mistake(
        "commission_rates.csv",
        swap("referral,gold,", "referral,golden,"),
        "referral,golden",
        "reference",
        "tier names 'golden', which tiers.csv does not know",
    ),
    "a shared revenue without a term": Mistake(
        "commission_rates.csv",
        swap("platform,gold,revenue_share,0.10,24", "platform,gold,revenue_share,0.10,"),
        "platform,gold",
        "numbers",
        "revenue_share needs months",
    ),
    "a commission of the first year with a term": Mistake(
        "commission_rates.csv",
        swap("referral,gold,first_year,0.20,", "referral,gold,first_year,0.20,12"),
        "referral,gold",
        "numbers",
        "first_year has no use for months",
    ),
    "commission bands that start somewhere": Mistake(
        "commission_bands.csv",
        add("si,100,,0.2,2000-01-01,"),
        "si,",
        "bands",
        "si from 2000-01-01: no band below 100",
    ),
    "commission bands with a gap": Mistake(
        "commission_bands.csv",
        add("si,0,100,0.2,2000-01-01,", "si,150,,0.3,2000-01-01,"),
        "si,150",
        "bands",
        "si from 2000-01-01: no band between 100 and 150",
    ),
    "commission bands that end": Mistake(
        "commission_bands.csv",
        add("si,0,100,0.2,2000-01-01,"),
        "si,",
        "bands",
        "si from 2000-01-01: no band above 100",
    ),
    "rebates on one volume twice": Mistake(
        "volume_rebates.csv",
        swap("reseller,250000,500000,", "reseller,250000,500001,"),
        "reseller,500000",
        "bands",
        "reseller from 2000-01-01: the band overlaps that of row 2",
    ),
    "a rebate on no volume at all": Mistake(
        "volume_rebates.csv",
        swap("reseller,250000,500000,", "reseller,250000,250000,"),
        "reseller,250000",
        "bands",
        "upper_bound 250000 is not above lower_bound 250000",
    ),
    "a share taken back that falls for ever": Mistake(
        "clawback.csv",
        swap("fraud,0,,1,1", "fraud,0,,1,0"),
        "fraud",
        "slopes",
        "fraud runs from 1 to 0 without end",
    ),
    "a phase nobody owns": Mistake(
        "routing.csv",
        swap("any,won,CS", "smb,won,CS"),
        None,
        "missing",
        "nobody owns won deals of any segment from 2000-01-01",
    ),
    "two checks in one place": Mistake(
        "leakage_checks.csv",
        swap("paid_but_open,11,", "paid_but_open,12,"),
        "referral_fraud",
        "ranks",
        "referral_fraud has rank 12 from 2000-01-01, as paid_but_open has",
    ),
    "a check that requires an unknown column": Mistake(
        "leakage_checks.csv",
        swap("billing.invoices.amount_paid,2000", "billing.invoices.tips,2000"),
        "paid_but_open",
        "reference",
        "requires names 'billing.invoices.tips', which no contract knows",
    ),
    "a quarter with more funds than the year": Mistake(
        "mdf_budgets.csv",
        swap("gold,25000,10000", "gold,25000,30000"),
        "gold",
        "range",
        "gold has 30000 a quarter of 25000 a year",
    ),
    "a KPI between one line": Mistake(
        "kpi_targets.csv",
        swap("share,between,0.20,0.30,", "share,between,0.20,,"),
        "sourced_share",
        "numbers",
        "sourced_share is between two lines and has one",
    ),
    "a KPI between lines in the wrong order": Mistake(
        "kpi_targets.csv",
        swap("share,between,0.20,0.30,", "share,between,0.30,0.30,"),
        "sourced_share",
        "range",
        "sourced_share is between 0.30 and 0.30, not above it",
    ),
    "a second line nobody needs": Mistake(
        "kpi_targets.csv",
        swap("share,higher,0.88,,", "share,higher,0.88,0.99,"),
        "csat",
        "numbers",
        "csat is better higher and has no use for target_high",
    ),
    "two KPIs in one place": Mistake(
        "kpi_targets.csv",
        swap("quality,2,", "quality,1,"),
        "csat",
        "ranks",
        "csat is at place 1 of quality from 2000-01-01, as partner_nps is",
    ),
    "a service level of a tier nobody knows": Mistake(
        "support_sla.csv",
        swap("gold,first_response", "golden,first_response"),
        "golden,",
        "reference",
        "tier names 'golden', which tiers.csv does not know",
    ),
    "an onboarding target of a tier nobody knows": Mistake(
        "onboarding_targets.csv",
        swap("gold,first_success", "golden,first_success"),
        "golden,",
        "reference",
        "tier names 'golden', which tiers.csv does not know",
    ),
    "small requests nobody may approve": Mistake(
        "mdf_approvals.csv",
        swap("platinum,0,vp", "platinum,1,vp"),
        None,
        "missing",
        "nobody approves the smallest request of platinum from 2000-01-01",
    ),
    "an approver of two ranks": Mistake(
        "mdf_approvals.csv",
        swap("platinum,0,vp,3", "platinum,0,director,3"),
        "platinum,",
        "ranks",
        "director has rank 3 from 2000-01-01 and 2 in row 3",
    ),
    "a larger amount that needs less": Mistake(
        "mdf_approvals.csv",
        swap("any,0,partner_manager,1", "any,0,partner_manager,4"),
        "any,5000",
        "ranks",
        "any needs a lower role from 5000 on from 2000-01-01",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_single_mistake_is_told_once_by_file_row_and_rule(policy: Path, mistake: Mistake) -> None:
    spoil(policy, mistake.file, mistake.edit)

    errors = validate_policy(policy)

    file = mistake.told_in or mistake.file
    row = row_of(policy / file, mistake.row_starts)
    assert [(e.file, e.row, e.rule) for e in errors] == [(file, row, mistake.rule)], errors
    assert mistake.says in errors[0].message
    assert "\n" not in str(errors[0])


def test_the_shipped_policy_is_sound() -> None:
    assert validate_policy(DEFAULT_POLICY) == []


@pytest.mark.parametrize("name", ["capability", "levels", "points"])
def test_each_programme_of_another_kind_is_a_sound_policy(name: str) -> None:
    assert validate_policy(DEFAULT_POLICY.parent / "programmes" / name) == []


def test_judging_the_policy_takes_well_under_a_second() -> None:
    validate_policy(DEFAULT_POLICY)
    start = perf_counter()
    validate_policy(DEFAULT_POLICY)
    assert perf_counter() - start < 1


def test_every_mistake_is_listed_and_in_order(policy: Path) -> None:
    spoil(policy, "tiers.csv", swap("gold,3,", "gold,third,"))
    spoil(policy, "tiers.csv", swap("silver,2,", "silver,,"))
    spoil(policy, "settings.csv", swap("coverage_floor,0.6", "coverage_floor,-1"))
    (policy / "notes.csv").write_text("a\n")

    lines = [str(error) for error in validate_policy(policy)]

    assert lines == sorted(lines)
    assert lines == [
        "notes.csv: is no policy file [file]",
        "settings.csv, row 6: coverage_floor is -1, less than 0 [range]",
        "tiers.csv, row 3: rank is empty [required]",
        "tiers.csv, row 4: rank is 'third', not a whole number [type]",
    ]


def test_a_policy_file_that_is_missing_is_named(policy: Path) -> None:
    (policy / "tiers.csv").unlink()
    assert [str(error) for error in validate_policy(policy)] == ["tiers.csv: is missing [file]"]


def test_a_policy_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (error,) = validate_policy(tmp_path / "nowhere")
    assert error.message == "is not a folder"
    assert error.file.endswith("nowhere")


def test_a_policy_file_in_another_encoding_is_named(policy: Path) -> None:
    (policy / "tiers.csv").write_bytes("tier,rank\nplätinum,4\n".encode("latin-1"))
    assert [str(e) for e in validate_policy(policy)] == ["tiers.csv: is not UTF-8 text [encoding]"]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(policy: Path) -> None:
    text = (policy / "tiers.csv").read_text(encoding="utf-8")
    (policy / "tiers.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert validate_policy(policy) == []


def test_a_rule_may_change_from_one_day_to_the_next(policy: Path) -> None:
    spoil(
        policy,
        "settings.csv",
        swap("coverage_floor,0.6,2000-01-01,", "coverage_floor,0.6,2000-01-01,2026-07-01"),
    )
    spoil(policy, "settings.csv", add("coverage_floor,0.7,2026-07-01,"))
    assert validate_policy(policy) == []


def test_bands_of_commission_and_a_lookback_are_for_those_who_want_them(policy: Path) -> None:
    spoil(
        policy, "commission_bands.csv", add("si,0,100,0.2,2000-01-01,", "si,100,,0.3,2000-01-01,")
    )
    spoil(policy, "attribution_settings.csv", add("lookback_days,180,2000-01-01,"))
    assert validate_policy(policy) == []


def test_text_stays_text(policy: Path) -> None:
    spoil(policy, "tiers.csv", swap("gold,", "007,"))
    assert load_policy(policy)["tiers"]["tier"].tolist()[2] == "007"


def test_a_policy_that_cannot_be_read_is_refused_with_every_reason(policy: Path) -> None:
    spoil(policy, "tiers.csv", swap("gold,3,", "gold,third,"))
    (policy / "settings.csv").unlink()
    with pytest.raises(PolicyInvalid) as refused:
        load_policy(policy)
    assert [error.file for error in refused.value.errors] == ["settings.csv", "tiers.csv"]


def test_the_hash_follows_the_rules_and_nothing_else(policy: Path) -> None:
    before = policy_hash(policy)
    assert before == policy_hash(DEFAULT_POLICY)
    spoil(policy, "tiers.csv", swap("gold,3,", "gold,3 ,"))
    assert policy_hash(policy) != before
