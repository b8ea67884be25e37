"""Invented names. Any likeness to a real company or person is chance."""

import re

import numpy as np

from seeds.simulate.draws import Ints


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_WORDS = _words(
    """Lumen Orchard Cedar Emberly Northwind Saffron Quarry Halcyon Bramble Tideline Copperfield
    Juniper Meridian Alder Foxglove Kestrel Larkspur Marlow Nimbus Oakhurst Pebble Quill Rowan
    Sable Thistle Umber Vesper Willow Yarrow Zephyr Anchor Basalt Cobalt Drift Elmwood Falcon
    Garnet Harbour Indigo Jasper Kindle Lantern Mosaic Nectar Opal Prism Quarter Ridgeline Summit
    Timber Upland Verdant Wharf Zenith Amber Beacon Cinder Delta Ember Fathom Glacier Hollow Iris
    Juno Keystone Lattice Magnolia Northstar Ochre Parallel Quartz Ripple Silver Tandem Ultra
    Vantage Wren Acorn Birch Clover Dune Echo Fern Grove Heather Inlet Jetty Kite Lagoon Maple
    Nettle Otter Pinnacle Reef Sorrel Tern Vale Weald Aspen Bluff Canopy Dapple Estuary Flint
    Gantry Hazel Isle Jade Knoll Linden Mistral Nook Orbit Plume Rill Sierra Trellis Vista Wicker
    Apex Brook Crest Dorado Everglow Fjord Gable Harrow Ironwood Jubilee Kelp Loom Mantle Nova
    Osprey Petrel Rune Solace Tarn Violet Wander Axle Bellwether Cairn Dovetail Eddy Fable Grain
    Helm Ivory Joist Kiln Latitude Mill Notch Oxbow Pollen Rook Spindle Thicket Vellum
    Waypoint"""
)
SECOND_WORDS = {
    "platform": ("Platform", "Cloud", "Systems", "Works", "Stack", "Suite", "Exchange", "Base"),
    "si": ("Consulting", "Advisory", "Integration", "Services", "Delivery", "Practice", "Labs"),
    "reseller": ("Group", "Trading", "Supply", "Distribution", "Channel", "Resale", "Partners"),
    "oem": ("Devices", "Instruments", "Industries", "Engineering", "Controls", "Machines"),
    "data_provider": ("Data", "Insights", "Signals", "Metrics", "Index", "Intelligence", "Feeds"),
    "referral": (
        "Network",
        "Associates",
        "Ventures",
        "Collective",
        "Connect",
        "Circle",
        "Alliance",
    ),
}
THIRD_WORDS = _words(
    """Nordics Iberia Pacific Atlantic Benelux Alpine Baltic Gulf Midwest Northern Southern Eastern
    Western Central Coastal Global International Digital Prime One Plus Hub Co Studio"""
)
TRADES = _words(
    """Foods Logistics Energy Health Retail Motors Textiles Media Banking Insurance Travel Mining
    Chemicals Shipping Farms Hotels Airlines Pharma Telecom Robotics Paper Glass Steel Water Sports
    Furniture Games Legal Education Housing"""
)
GIVEN_NAMES = _words(
    """Ada Bela Cem Dana Elif Femi Greta Hugo Ines Jonas Keiko Lena Mateo Nadia Omar Petra Quentin
    Rosa Sven Tara Uma Viktor Wanda Xenia Yusuf Zofia Anders Bruna Chidi Dilek"""
)
FAMILY_NAMES = _words(
    """Abara Brandt Castel Duarte Eriksen Falk Grau Hadid Iversen Jansen Kovac Lindqvist Moreau
    Nakata Okafor Pereira Quist Rossi Sato Tamm Ueda Varga Weiss Yilmaz Zeman Achterberg"""
)

HOSTILE_PARTNERS = (
    '=HYPERLINK("http://example.com","x")',
    "<script>alert(1)</script>",
    "شركة النور للتقنية",
    "The Honourable Company of " + "Very " * 50 + "Patient Integrators",
)
HOSTILE_ACCOUNTS = (
    "=1+2;+cmd",
    '<img src=x onerror="alert(1)">',
    "מגדל אור בע״מ",
    'Line one\nline two, "quoted"; and a\ttab',
)


def partner_name(partner_type: str, number: int) -> str:
    """The `number`-th name of that type; no two numbers or types share one."""
    seconds = SECOND_WORDS[partner_type]
    rest, first = divmod(number, len(FIRST_WORDS))
    third, second = divmod(rest, len(seconds))
    words = [FIRST_WORDS[(first * 37 + 11 * second) % len(FIRST_WORDS)], seconds[second]]
    if third:
        words.append(THIRD_WORDS[(third - 1) % len(THIRD_WORDS)])
    if third > len(THIRD_WORDS):
        words.append(str(third // len(THIRD_WORDS) + 1))
    return " ".join(words)


NAMESAKES_FROM = 20_000
"""Accounts beyond so many bear a number after their name."""


def account_names(numbers: Ints) -> list[str]:
    """Names of accounts; large companies have namesakes, as in life."""
    first = np.array(FIRST_WORDS, dtype=object)[(numbers * 53) % len(FIRST_WORDS)]
    family = np.array(FAMILY_NAMES, dtype=object)[(numbers * 7 // 5) % len(FAMILY_NAMES)]
    trade = np.array(TRADES, dtype=object)[(numbers * 11 + numbers // 31) % len(TRADES)]
    plain = np.where(numbers % 3 == 0, family + " " + trade, first + " " + trade)
    # Else a company of this size would run out of names, and its own audit refuse it.
    branch = (numbers // NAMESAKES_FROM + 1).astype(str).astype(object)
    return list(np.where(numbers >= NAMESAKES_FROM, plain + " " + branch, plain))


def person_name(number: int) -> str:
    """A person; the first 780 numbers are different people."""
    given = GIVEN_NAMES[number % len(GIVEN_NAMES)]
    return f"{given} {FAMILY_NAMES[(number * 7 + number // len(GIVEN_NAMES)) % len(FAMILY_NAMES)]}"


def email_of(person: str) -> str:
    """Their address at a domain that is reserved for examples."""
    return f"{person.lower().replace(' ', '.')}@example.com"


def domain_of(name: str, number: int) -> str:
    """A domain nobody can register."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{slug or 'partner'}-{number}.example"
