"""Who may see and do what: the roles, the pages and deeds that are theirs, and whose rows.

Rules alone. Who is there is asked in `signin`, rows are kept apart in `queries.own_rows`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Role = Literal["admin", "head", "finance", "ops", "exec", "partner-manager"]
Audience = Role | Literal["everyone"]
Deed = Literal["decide_tiers", "judge_leaks", "run_reviews", "make_packs", "make_internal_packs"]

ROLES: tuple[Role, ...] = get_args(Role)
"""In the order in which the first counts of somebody who is given several."""

ROLE_WORDS: Mapping[Role, str] = {
    "admin": "administrator",
    "head": "head of partnerships",
    "finance": "finance",
    "ops": "partner operations",
    "exec": "executive",
    "partner-manager": "partner manager",
}

_DEEDS: Mapping[Deed, frozenset[Role]] = {
    "decide_tiers": frozenset({"head"}),
    "judge_leaks": frozenset({"finance"}),
    "run_reviews": frozenset({"head", "ops", "partner-manager"}),
    "make_packs": frozenset({"head", "ops", "partner-manager"}),
    "make_internal_packs": frozenset({"head", "ops"}),
}
"""Whose each deed is; an administrator may do them all."""


@dataclass(frozen=True)
class Viewer:
    """Who looks at the pages, and as what."""

    role: Role
    name: str | None = None
    email: str | None = None
    """None where nobody signs in."""

    @property
    def is_signed_in(self) -> bool:
        """Whether a provider vouches for the person."""
        return self.email is not None

    @property
    def signature(self) -> str:
        """The person as the ledger names them: a name alone may be anybody's."""
        if self.name is None or self.name == self.email:
            return self.email or ""
        return f"{self.name} ({self.email})"

    @property
    def manages(self) -> str | None:
        """The address of whom only their own partners are shown to, else None."""
        return (self.email or "") if self.role == "partner-manager" else None

    def may(self, deed: Deed) -> bool:
        """Whether a deed is this person's."""
        return self.role == "admin" or self.role in _DEEDS[deed]


LOCAL = Viewer("admin")
"""Whoever sits at this machine, where nobody signs in."""


@dataclass(frozen=True)
class Refused:
    """Somebody whom the pages are not for, and why, in a sentence."""

    because: str
    is_signed_in: bool = True


def may_open(role: Role, audience: Sequence[Audience]) -> bool:
    """Whether a page of this audience is for somebody of the role."""
    return role == "admin" or "everyone" in audience or role in audience


def for_whom(audience: Sequence[Audience]) -> str:
    """The roles of an audience in words, and the administrators."""
    named = [ROLE_WORDS[role] for role in ROLES if role in audience and role != "admin"]
    return " and ".join(filter(None, [", ".join(named), "administrators"]))


def admit(
    claims: Mapping[str, Any], listed: Mapping[str, Role] | None, role_claim: str
) -> Viewer | Refused:
    """Who somebody is by what their provider says of them.

    Roles come from `listed`, by address in lower case, where there is a list, and then from
    nowhere else; without one from the claim of this name. An address that the provider says it
    has not verified is nobody's.
    """
    email = str(claims.get("email") or "").strip()
    if not email:
        return Refused("Your provider does not tell your e-mail address, by which you are known.")
    if claims.get("email_verified") in {False, "false"}:
        return Refused(f"Your provider has not verified that {email} is yours.")
    role = _told(claims, role_claim) if listed is None else listed.get(email.lower())
    if role is None:
        return Refused(f"{email} has no role here. Ask an administrator to give you one.")
    name = str(claims.get("name") or "").strip()
    return Viewer(role, name or None, email)


def _told(claims: Mapping[str, Any], role_claim: str) -> Role | None:
    """The first of our roles that the claim names; `a.b` is the claim b within a."""
    value: Any = claims.get(role_claim)
    if value is None:
        value = claims
        for part in role_claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    named = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return next((role for role in ROLES if role in named), None)
