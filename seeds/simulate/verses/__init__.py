"""The verses of the company, in the order in which they are told.

A later entity is a new module with a function (company, rng) → frames, and a line here.
"""

from collections.abc import Mapping

from seeds.simulate.company import Verse
from seeds.simulate.verses import (
    assurance,
    billing,
    claims,
    costs,
    deals,
    enablement,
    leaks,
    onboarding,
    operations,
    opportunities,
    partners,
    payouts,
    planted,
    projects,
    reviews,
    standing,
    subscriptions,
    support,
    telemetry,
    terms,
    touches,
    trail,
)

VERSES: Mapping[str, Verse] = {
    "partners": partners.write,
    "deals": deals.write,
    "planted": planted.write,
    "leaks": leaks.write,
    "operations": operations.write,
    "projects": projects.write,
    "claims": claims.write,
    "terms": terms.write,
    "accounts": opportunities.write_accounts,
    "opportunities": opportunities.write_opportunities,
    "touches": touches.write,
    "contracts": assurance.write_contracts,
    "security_assessments": assurance.write_security,
    "certifications": assurance.write_certifications,
    "surveys": assurance.write_surveys,
    "enablement_activity": enablement.write,
    "onboardings": onboarding.write,
    "reviews": reviews.write,
    "subscriptions": subscriptions.write,
    "invoices": billing.write_invoices,
    "fx_rates": billing.write_fx_rates,
    "price_book": costs.write_prices,
    "costs": costs.write,
    "mdf_requests": payouts.write_marketing,
    "payouts": payouts.write,
    "integrations": telemetry.write_integrations,
    "installs": telemetry.write_installs,
    "access_grants": telemetry.write_access_grants,
    "audit_events": trail.write_audit_events,
    "certification_runs": trail.write_certification_runs,
    "enforcement_actions": trail.write_enforcement,
    "tickets": support.write_tickets,
    "incidents": support.write_incidents,
    "standing": standing.write,
    "truth_of_leaks": leaks.write_truth,
}
"""Name of each verse; the name also seeds its random numbers, so do not rename lightly."""
