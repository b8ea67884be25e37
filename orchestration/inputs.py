"""Whether there is anything to refresh from, and by rules that hold."""

from pathlib import Path

from warehouse.contracts import load_contracts
from warehouse.settings import Settings


class UnusableInputError(Exception):
    """Nothing can be built from this; `problems` are lines that say what and where."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def require_usable(settings: Settings) -> None:
    """Pass where there are extracts and a valid policy; raise UnusableInputError where not."""
    problems = [*extract_problems(settings.extracts), *policy_problems(settings.policy)]
    if problems:
        raise UnusableInputError(problems)


def policy_problems(policy: Path) -> list[str]:
    """What is wrong with the policy, a line each."""
    from warehouse.policy import validate_policy  # noqa: PLC0415 - it brings pandas

    return [f"{policy}: {error}" for error in validate_policy(policy)]


def extract_problems(extracts: Path) -> list[str]:
    """Why nothing can be landed from this folder; empty where something may."""
    if not extracts.is_dir():
        return [f"{extracts}: no such folder of extracts; name one with --extracts"]
    if not has_extracts(extracts):
        return [
            f"{extracts}: no extract in it; expected <system>/<entity>.csv or <system>/<entity>/"
        ]
    return []


def has_extracts(extracts: Path) -> bool:
    """Whether any file stands where an extract of a contract would."""
    return any(
        path.is_file()
        for contract in load_contracts().values()
        for pattern in (f"{contract.entity}.*", f"{contract.entity}/*")
        for path in (extracts / contract.system).glob(pattern)
    )
