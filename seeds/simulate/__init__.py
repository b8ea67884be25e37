"""Writes a believable company's extracts, ragged as in life, with its truths beside them.

Ordinary partners hold the tier that their life supports: business that keeps its beat passes the
tier's gates by a margin (`verses.drumbeat`), rates keep within its span (`verses.partners`), and a
gate of the tier above stays shut: too few certified people, or nothing sourced. Beside them plays a
cast (`verses.roles`): partners who must be promoted, warned, demoted, paused, let go or held at the
last quarter end, integrators on every rung of remediation, one of each band of health. Nobody reads
the programme's policy here; what must come out is told from what was meant, never computed.

Operations are planted to the second, the cent and the day (`verses.operations`, `reviews`,
`onboarding`, `trail`): of every line one case that just keeps to it and one a step beyond.

A new case is a role in `verses.roles`, the facts that make it so in the verses that tell them, and
its row in a truth (`verses.standing`).
"""

from seeds.simulate.simulation import DEFAULT_EVENTS, simulate

__all__ = ["DEFAULT_EVENTS", "simulate"]
