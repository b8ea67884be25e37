"""What may be told to a partner: words of others go out only through here.

A pack for a partner is made of numbers about that partner and of sentences written here. Whatever
a person typed elsewhere (an item of a review, the name of a customer) may name another partner or
speak of our own business: it is said only where it does neither.

Words are compared as a reader sees them: without case, accents, width, signs that nobody sees and
what stands between them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

INTERNAL_WORDS: Final = (
    "claw back",
    "clawback",
    "clawed back",
    "commission",
    "cost to serve",
    "internal",
    "kill list",
    "leak",
    "margin",
    "payout",
    "remediation",
)
"""What a partner's pack never says, as a part of a word either; in lower case."""

_LEGAL_FORMS: Final = """
ab ag aps as asa bhd bv co company corp corporation doo eirl ev gk gmbh inc incorporated jsc kft
kg kgaa kk lda limited llc llp lp ltd ltda mbh nv ohg ooo oy oyj pjsc plc private pte pty pvt sa
sab sadecv sarl sas sasu sdn se sl sll slu sp spa spk spol spzoo srl sro ug zoo zrt
"""
"""What companies are by law, as it ends their names; without signs and in lower case."""

_COMMON: Final = """
access account active advance agency alliance alpha america analytics anchor arrow asia atlas
audit balance base beacon bench best beta blue board boost bridge bright broad build business
call capital care cargo case center central centre certificate chain change channel check choice
circle city class clear click close cloud code commerce common compass complete concept connect
consult consulting content contract control core corner course cover craft create credit cross
current custom customer cycle data date deal deliver delivery delta demand design desk
development device devices digital direct discover dock domain drive early east echo edge
education element energy engine enterprise entry equity europe event evolve example exchange
expand expert express factor field file final finance first fit fleet flex flow focus force
forest form forward foundation frame free frontier full function fund future gate general global
goal gold good grand green grid group grow growth guard guide harbor harbour health high holding
home horizon house idea ideal impact index industry info information innovation insight install
institute integral integrated integration international invest island join joint journey jump
junction just key know labs land large later launch lead leader lean learn legal level lift
light line link live local logic logistics long loop machine main major make manage management
map mark market marketing master match matter measure media meeting member merit method metric
micro mind mission mobile mode model modern modular moment month motion move national nature
network news next node nord north note number ocean office one online open operation operations
optimal option orbit order origin other outcome over pace partner partners path people
performance phase pilot pioneer pipeline place plan planet planning platform plus point policy
portal position power practice premium present prime principle priority process product profile
program programme progress project promise proof proposal public pulse pure quality quarter
quick rapid reach ready real record red region register registration release reliable report
research resource response result results retail review right rise risk river road rocket root
round route safe sales scale school scope score search season second secure security select
senior sense series service services shift shop sign signal silver simple single site smart
software solid solution solutions source south space spark spectrum speed sprint square stack
stage standard star start state station step stone store story strategic strategy stream strong
studio success summit supply support sure surface switch system systems table target team tech
technologies technology test think ticket tier time together tool top total touch tower track
trade training transfer transform transit trend trust turn union unit united unity universal
update upgrade urban value vantage vector venture version view village vision vital voice watch
water wave week west white whole wide window wise wonder word work works world year young zero
zone
"""
"""Words that reviews use anyway: none is a partner's name by itself."""

_FORMS: Final = frozenset(_LEGAL_FORMS.split())
_ORDINARY: Final = frozenset(_COMMON.split())
_WORD = re.compile(r"[^\W_]+")
_HYPHEN = re.compile(r"(?<=\w)[-_\u2010-\u2015](?=\w)")
_WITHOUT_BLANKS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put nothing between words: a name in them stands anywhere."""

_UNSAID: Final = dict.fromkeys(map(ord, "©®™℠"))
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me"})
_ARTICLE: Final = "the"
_INITIALS: Final = 3
"""A name of so few letters counts only where it is written with a capital."""

_RUN_TOGETHER: Final = 8
"""A name of several words and so many letters is found also where it is written as one."""

_FIGURES: Final = 6
"""A key of figures alone has so many of them: fewer are a number of something."""


@dataclass(frozen=True)
class _Called:
    """What a partner may be called by: its name, that without its legal form, its key."""

    partner_id: str
    parts: tuple[str, ...]
    is_open: bool = False
    """Whether its end may be the beginning of a longer word."""
    is_capital: bool = False
    """Whether it counts only where it is written with a capital."""

    @property
    def letters(self) -> str:
        """All in one."""
        return "".join(self.parts)


class Discretion:
    """Judges words for a partner: neither another partner's name nor a word of our own business."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._by_first: dict[str, list[_Called]] = {}
        self._as_one: dict[str, list[_Called]] = {}
        self._signs: list[tuple[str, str]] = []
        """Names that are not made of words, which can only be looked for as they stand."""
        for partner_id, name in names.items():
            for called in _called(partner_id, name):
                self._by_first.setdefault(called.parts[0], []).append(called)
                letters = called.letters
                if len(called.parts) > 1 and len(letters) >= _RUN_TOGETHER:
                    self._as_one.setdefault(letters[:_RUN_TOGETHER], []).append(called)
            seen = _seen(name).strip()
            if seen and (_WITHOUT_BLANKS.search(seen) or not _WORD.search(seen)):
                self._signs.append((partner_id, seen))

    def reason(self, text: str, own_id: str) -> str | None:
        """Why a text is not for the partner, None where nothing speaks against it."""
        seen = _seen(text)
        found = _of_our_business(seen)
        if found is not None:
            return f"speaks of {found}"
        if self._names_another(seen, own_id):
            return "names another partner"
        return None

    def _names_another(self, seen: str, own_id: str) -> bool:
        mentions = list(self._mentions(_WORD.findall(seen)))
        own = [(start, end) for partner_id, start, end in mentions if partner_id == own_id]
        return any(
            partner_id != own_id and not any(a <= start and end <= b for a, b in own)
            for partner_id, start, end in mentions
        ) or any(sign in seen for partner_id, sign in self._signs if partner_id != own_id)

    def _mentions(self, written: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """Who is named, and where among the letters of the text that begins and ends."""
        said = [word.casefold() for word in written]
        start = 0
        for place, word in enumerate(said):
            for called in self._by_first.get(word, ()):
                if _begins(said, place, called) and not (
                    called.is_capital and written[place].islower()
                ):
                    yield called.partner_id, start, start + len(called.letters)
            for called in self._as_one.get(word[:_RUN_TOGETHER], ()):
                if word == called.letters or (called.is_open and word.startswith(called.letters)):
                    yield called.partner_id, start, start + len(called.letters)
            start += len(word)


def _begins(said: Sequence[str], start: int, called: _Called) -> bool:
    """Whether the words stand there in a row, the last one perhaps as the beginning of a word."""
    there, parts = said[start : start + len(called.parts)], called.parts
    return (
        len(there) == len(parts)
        and tuple(there[:-1]) == parts[:-1]
        and (there[-1] == parts[-1] or (called.is_open and there[-1].startswith(parts[-1])))
    )


def _called(partner_id: str, name: str) -> Iterator[_Called]:
    whole = _words(name)
    if whole:
        yield _Called(partner_id, whole, is_open=len(whole) > 1)
    core = _without_form(whole)
    if core != whole and (len(core) > 1 or _is_distinctive(core[0])):
        is_capital = len(core) == 1 and len(core[0]) <= _INITIALS
        yield _Called(partner_id, core, is_open=len(core) > 1, is_capital=is_capital)
    key = _words(partner_id)
    if key and key not in {whole, core} and _is_key(key):
        yield _Called(partner_id, key)


def _without_form(name: tuple[str, ...]) -> tuple[str, ...]:
    """A company as it is spoken of: no legal form behind its name, and no article before it."""
    core = name[1:] if name[:1] == (_ARTICLE,) and len(name) > 1 else name
    while len(core) > 1:
        ends = [n for n in range(1, len(core)) if "".join(core[-n:]) in _FORMS]
        if not ends:
            break
        core = core[: -max(ends)]
    return core


def _is_distinctive(word: str) -> bool:
    return len(word) > 1 and word not in _ORDINARY and not word.isdecimal()


def _is_key(parts: tuple[str, ...]) -> bool:
    """Whether a key is one for the eye: a bare 12 or gold would be found in every other line."""
    letters = "".join(parts)
    if letters.isdecimal():
        return len(letters) >= _FIGURES
    if letters.isalpha():
        return len(letters) >= _FIGURES and (len(parts) > 1 or letters not in _ORDINARY)
    return True


def _of_our_business(seen: str) -> str | None:
    low = seen.casefold()
    told = f"{' '.join(_WORD.findall(low))} {_HYPHEN.sub('', low)}"
    return next((word for word in INTERNAL_WORDS if word in told), None)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(_seen(text)))


def _seen(text: str) -> str:
    """A text without what sets equal words apart: accents, width, signs that nobody sees."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_UNSAID))
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _UNSEEN)
