from dataclasses import dataclass


@dataclass(frozen=True)
class PolicyError:
    """One thing wrong with the policy, as the person who edits the CSV needs to read it."""

    file: str
    row: int | None
    """Record number in the file, the header being 1; None where the file as a whole is wrong."""
    rule: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        return f"{place}: {self.message} [{self.rule}]"

    @property
    def order(self) -> tuple[str, int, str, str]:
        """Sort key: by file, from its head to its last row."""
        return (self.file, self.row or 0, self.rule, self.message)


class PolicyInvalid(ValueError):
    """The policy breaks its rules; `errors` names every breach."""

    def __init__(self, errors: list[PolicyError]) -> None:
        self.errors = errors
        super().__init__("\n".join(map(str, errors)))
