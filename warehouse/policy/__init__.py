"""The programme's rules as data: reading a policy folder and judging it before a build."""

from warehouse.policy.errors import PolicyError, PolicyInvalid
from warehouse.policy.validation import load_policy, policy_hash, validate_policy

__all__ = ["PolicyError", "PolicyInvalid", "load_policy", "policy_hash", "validate_policy"]
