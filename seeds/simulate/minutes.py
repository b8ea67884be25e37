"""What people write down in business reviews: lines by kind, partner type and how it goes.

Lines speak to both sides: nothing in them names another company, or what is ours alone to know.
"""

import numpy as np

from seeds.simulate import names
from seeds.simulate.draws import Ints

KINDS = ("roadmap", "risk", "ask", "action", "win")
ROADMAP, RISK, ASK, ACTION, WIN = range(5)
MOODS = ("steady", "rising", "fading", "new")

ANYBODY: dict[str, tuple[str, ...]] = {
    "roadmap": (
        "Joint offer for {trade}: scope agreed, price list by {month}",
        "Bring the {country} team onto the shared demo tenant by {month}",
        "One page for joint customers that says who supports what",
        "Move {n} customers from the old connector to the new one by {month}",
        "Reference architecture for {trade}, reviewed by both engineering teams",
        "Pilot of shared onboarding with {n} customers in {area}",
        "Publish the joint case study in {month}, in two languages",
        "Single sign-on between the two products, first in {land}",
        "Usage dashboard for joint customers, read-only, by {month}",
        "Enter {trade} in {area} together; first {n} target accounts named",
        "Retire the file upload: all joint customers on the API by {month}",
        "Quarterly webinar for {trade}, hosted in turn",
    ),
    "risk": (
        "{person} leaves in {month}; nobody else knows the integration well",
        "Two of the {n} open deals hang on one budget decision in {month}",
        "The {region} pipeline rests on {trade} alone",
        "Sandbox data is older than a year; tests no longer look like customers",
        "Renewal of our agreement falls into their year end, when nobody signs",
        "Ticket volume grew faster than the support team in {land}",
        "{n} customers still run a version that leaves support in {month}",
        "New privacy rules in {land} may delay the data transfer annex",
        "The sponsor changed; the new one has not met us yet",
        "Hiring freeze on their side until {month}",
        "Security questionnaire took {n} weeks last time; start earlier",
        "Both teams sell to the same {n} accounts in {area} without talking",
    ),
    "ask": (
        "A named solution engineer for {area}, two days a week",
        "Faster answers on deal registrations in {land}",
        "{n} seats in the next {certificate} training",
        "Early access to the new reporting API",
        "Somebody from product at the {trade} summit in {month}",
        "A joint list of {n} accounts to open together by {month}",
        "Logo and quote for the {trade} page",
        "A second contact for escalations outside {country} hours",
        "Prices in local currency for {land}",
        "Introductions to the {trade} team in {area}",
        "Marketing funds for one event in {month}",
        "A sandbox with realistic {trade} data",
        "Notice of breaking changes {n} weeks ahead, not on the day",
        "Monthly office hour with the integration team",
    ),
    "action": (
        "Send the updated account plan for {area}",
        "Book the {certificate} exam for {n} people by {month}",
        "Agree who answers first on joint tickets, and write it down",
        "Clean up the {n} registrations that nobody works on",
        "Call the {n} customers who did not activate after install",
        "Share the forecast for {month} with stage and next step per deal",
        "Rotate the API keys of the {country} integration",
        "Draft the joint press line for {trade}",
        "Review the {n} oldest open tickets together",
        "Name a sponsor on each side and put both in the calendar",
        "Return the signed data processing annex",
        "Walk through the new pricing with the {region} sales team",
        "Set up the shared channel for incidents",
        "Close the three findings of the last security assessment",
        "List the customers who could be a reference in {trade}",
        "Test the recovery plan with {person} by {month}",
        "Send names of {n} people for the partner portal",
        "Go through the lost {trade} deal together, call by call",
    ),
    "win": (
        "First joint customer in {trade}, live after {n} weeks",
        "{person} passed the {certificate} exam at the first attempt",
        "{n} customers moved to the new connector without a ticket",
        "The {country} workshop led to {n} qualified deals",
        "{trade} reference call closed the largest deal of the quarter",
        "Renewed early, with two more products",
        "No incident in {area} since {since}",
        "The joint webinar brought {n} registrations, half of them new",
        "Average time to first value fell by {n} days",
    ),
}

OF_TYPE: dict[str, dict[str, tuple[str, ...]]] = {
    "platform": {
        "roadmap": (
            "Version {n} of the connector with change data capture by {month}",
            "List the app in their marketplace for {trade}",
            "Move from polling to webhooks; cut calls by half",
        ),
        "risk": (
            "Rate limits hit every Monday morning; two customers noticed",
            "Their next major release drops the endpoint we read from",
        ),
        "ask": (
            "A higher quota for the {region} tenants until webhooks are live",
            "Write access to the {trade} objects for the pilot",
        ),
        "action": (
            "Load-test the connector at {n} times today's calls",
            "Renew the certification run by {month}",
        ),
        "win": ("Marketplace listing live; {n} installs in the first month",),
    },
    "si": {
        "roadmap": (
            "Fixed-price starter package for {trade}, {n} weeks",
            "Delivery playbook for {area}, second edition by {month}",
        ),
        "risk": (
            "{n} projects go live in the same week of {month}",
            "Rework on the {trade} projects: requirements changed after kick-off",
            "Too few certified consultants for the {country} pipeline",
        ),
        "ask": (
            "A delivery architect at the kick-off of every {trade} project",
            "Shadowing for {n} new consultants",
        ),
        "action": (
            "Plan the go-live of the {country} project again, with dates both sides hold",
            "Hold a lessons-learned session on the late project",
            "Put QA gate two before user tests in every plan",
        ),
        "win": ("{n} go-lives in time in a row", "Customer rated the {trade} project 10 of 10"),
    },
    "reseller": {
        "roadmap": (
            "Bundle for mid-market {trade} in {land}",
            "Renewal desk in {area}, staffed by {month}",
        ),
        "risk": (
            "{n} renewals in {month} have no owner on their side",
            "A distributor in {land} offers the same bundle",
        ),
        "ask": (
            "Quotes within a day for deals under {n} seats",
            "A list of customers up for renewal, 90 days ahead",
        ),
        "action": (
            "Train {n} sales people on the renewal motion",
            "Register the {trade} deals before the first demo, not after",
        ),
        "win": ("{n} renewals signed before their notice date",),
    },
    "oem": {
        "roadmap": (
            "Embed release {n} in their {month} firmware",
            "Shared test bench for the {region} line",
        ),
        "risk": (
            "Their hardware launch slips to {month}; the embedded seats slip with it",
            "Component shortage may halve the first shipment",
        ),
        "ask": ("Support window of {n} years for the embedded version",),
        "action": (
            "Agree the version that ships in {month}",
            "Send the open-source notices for the embedded build",
        ),
        "win": ("First {n} hundred devices shipped with us inside",),
    },
    "data_provider": {
        "roadmap": (
            "Daily instead of weekly refresh of the {trade} feed",
            "Coverage of {land} in the feed by {month}",
        ),
        "risk": (
            "A licence of one source ends in {month}",
            "Gaps in the {region} data on {n} days of the quarter",
        ),
        "ask": ("Feedback on match rates from {n} customers",),
        "action": (
            "Publish the data dictionary of the {trade} feed",
            "Agree an alert when the feed is later than {n} hours",
        ),
        "win": ("Match rate above 90% for {trade} in {area}",),
    },
    "referral": {
        "roadmap": (
            "Introduce their {trade} circle to the product in {month}",
            "Referral form inside their newsletter for {area}",
        ),
        "risk": ("Most introductions come from {person} alone",),
        "ask": (
            "A one-page story for {trade} they can forward",
            "Feedback within a week on every introduction",
        ),
        "action": (
            "Report back on the {n} introductions of last quarter",
            "Agree what makes an introduction a qualified one",
        ),
        "win": ("{n} of the last ten introductions became deals",),
    },
}

OF_MOOD: dict[str, dict[str, tuple[str, ...]]] = {
    "rising": {
        "roadmap": ("Plan for the next tier: who is certified by when",),
        "risk": ("Growth outruns onboarding: {n} installs wait for set-up",),
        "ask": ("A growth plan with numbers for the next two quarters",),
        "action": ("Double the enablement dates in {area} for the coming quarter",),
        "win": ("Best quarter so far: {n} new customers in {trade}",),
    },
    "fading": {
        "roadmap": ("Two quarters to win back {trade}: fewer topics, dates on each",),
        "risk": (
            "No new pipeline from {area} since {since}",
            "Portal not opened by anybody for {n} weeks",
        ),
        "ask": ("An honest word on how much the partnership still matters to them",),
        "action": (
            "Recovery plan with three dates, reviewed every fortnight",
            "Find out why {n} customers left in {since}",
        ),
        "win": ("Kept the largest {trade} customer after a difficult quarter",),
    },
    "new": {
        "roadmap": ("First hundred days: sandbox, two certificates, one joint pitch",),
        "risk": ("First deal depends on one person on each side",),
        "ask": ("A buddy from an experienced partner team",),
        "action": ("Finish the sandbox set-up and show it by {month}",),
        "win": ("First qualified deal {n} weeks after signing",),
    },
}

CERTIFICATES = ("sales", "technical", "delivery", "solutions expert")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def lines(kind: str, partner_type: str, mood: str) -> tuple[str, ...]:
    """What may be written of that kind about such a partner, the particular before the general."""
    of_mood = OF_MOOD.get(mood, {}).get(kind, ())
    return (*of_mood, *OF_TYPE[partner_type][kind], *ANYBODY[kind])


def written(line: str, dice: Ints, months: tuple[int, int], place: tuple[str, str]) -> str:
    """The line about a partner in that region and country.

    `months` (0 = January) are one that has been and one to come.
    """
    region, country = place
    since, month = months
    return line.format(
        trade=names.TRADES[dice[0] % len(names.TRADES)],
        person=names.person_name(400 + int(dice[1]) % 300),
        certificate=CERTIFICATES[dice[1] % len(CERTIFICATES)],
        n=3 + int(dice[2]) % 7,
        since=MONTHS[since % 12],
        month=MONTHS[month % 12],
        region=region,
        area=_with_article(region),
        country=country,
        land=_with_article(country),
    )


def _with_article(place: str) -> str:
    return f"the {place}" if place.startswith(("United", "Americas")) else place


def pick(choices: tuple[str, ...], die: int, heard: dict[str, int], review: int) -> str:
    """One of the lines the partner has not heard for longest, and heard in that review."""
    longest_ago = min(heard.get(line, -1) for line in choices)
    able = [line for line in choices if heard.get(line, -1) == longest_ago]
    line = able[die % len(able)]
    heard[line] = review
    return line


def rolls(rng: np.random.Generator, size: int) -> Ints:
    """The dice that choose and fill so many lines."""
    return rng.integers(0, 1 << 20, (size, 4))
