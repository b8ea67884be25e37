"""A mail server of the test's own, and names that mean harm."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

HOSTILE = (
    "<script>alert(1)</script>",
    "</a><img src=x onerror=alert(1)>",
    "\u202eevil\r\nBcc: x@y",
)
NAMES = (*HOSTILE, "<!channel> [pay](http://evil)", "שלום " + "N" * 200)


@dataclass
class Post:
    """A mail server on loopback: what it took, and how it behaves."""

    port: int
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """Its answer to an address it does not take."""
    answer: str = "250 OK"
    hangs_up: bool = False
    """Whether it leaves without a word once it has a message."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.taken.append((envelope.rcpt_tos[0], message))
        if self.hangs_up:
            server.transport.close()
        return self.answer
