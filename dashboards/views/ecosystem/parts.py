"""What the value of a KPI is made of, in words and units."""

from dataclasses import dataclass

Part = tuple[str, str]
"""What is added up, and its unit."""


@dataclass(frozen=True)
class Makeup:
    """What a KPI sets against what, and what it rests on."""

    counted: Part | None = None
    """What is counted; None where that is the value itself."""
    out_of: Part | None = None
    cases: str = ""
    """What the sample is of; empty where that is the value itself."""

    @property
    def has_own_cases(self) -> bool:
        """Whether the sample says more than what the value is out of."""
        return bool(self.cases) and (self.out_of is None or self.out_of[1] != "count")


_UNKNOWN = Makeup(("counted", "number"), ("out of", "number"), "cases")
_MADE_OF = {
    "sourced_arr": Makeup(cases="deals"),
    "influenced_arr": Makeup(cases="deals"),
    "sourced_share": Makeup(("sourced", "usd"), ("all won", "usd"), "deals"),
    "influenced_share": Makeup(("influenced", "usd"), ("all won", "usd"), "deals"),
    "pipeline_coverage": Makeup(
        ("open pipeline", "usd"), ("target of three months", "usd"), "open deals"
    ),
    "activation_rate": Makeup(
        ("with a won deal", "count"), ("in the programme", "count"), "partners in the programme"
    ),
    "time_to_first_deal": Makeup(cases="partners"),
    "time_to_first_success": Makeup(cases="partners"),
    "active_partners": Makeup(cases="partners in the programme"),
    "revenue_per_partner": Makeup(
        ("net revenue", "usd"), ("active partners", "count"), "active partners"
    ),
    "incidents_per_integration": Makeup(
        ("incidents", "count"), ("integrations in use", "count"), "integrations in use"
    ),
    "sla_attainment": Makeup(("kept", "count"), ("kept or broken", "count"), "promises"),
    "kill_switches": Makeup(),
    "rework_rate": Makeup(("rework", "hours"), ("all work", "hours"), "projects"),
    "partner_nps": Makeup(cases="answers"),
    "csat": Makeup(("good answers", "count"), ("answers", "count"), "answers"),
    "si_quality": Makeup(cases="partners"),
    "certification_pass_rate": Makeup(("passed", "count"), ("taken", "count"), "exams"),
    "audit_log_completeness": Makeup(("told of", "count"), ("actions", "count"), "actions"),
    "partner_retention": Makeup(
        ("still there", "count"), ("there at the start", "count"), "partners"
    ),
    "cac_impact": Makeup(
        ("a partner's customer", "usd"), ("any other customer", "usd"), "customers of partners"
    ),
    "support_cost_per_partner": Makeup(
        ("support cost", "usd"), ("active partners", "count"), "active partners"
    ),
    "mdf_roi": Makeup(("brought", "usd"), ("spent", "usd"), "partners' quarters"),
    "onboarding_cycle": Makeup(cases="partners"),
    "qbr_completion": Makeup(("held", "count"), ("scheduled", "count"), "reviews"),
    "deletion_quota": Makeup(),
}


def makeup(kpi_key: str) -> Makeup:
    """What a KPI is made of; one that nobody described yet says so as plainly as it can."""
    return _MADE_OF.get(kpi_key, _UNKNOWN)
