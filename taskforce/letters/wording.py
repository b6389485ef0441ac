"""The words of a letter in one language, and a letter in other words than its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from taskforce.letters.documents import LetterText


@dataclass(frozen=True)
class Wording:
    """What is said in a language. Parts stand in the order of the letter's own; an empty one is said as in the main text.

    A signatory is (functional title, office), an attachment (title, text), the text empty for a file.
    """

    language: str
    subject: str
    body: str
    invitations: tuple[str, ...] = ()
    signatories: tuple[tuple[str, str], ...] = ()
    attachments: tuple[tuple[str, str], ...] = ()
    contacts: tuple[str, ...] = ()

    @classmethod
    def thawed(cls, data: dict[str, Any]) -> Self:
        """The words that were kept as JSON."""
        return cls(**{name: _tuples(value) for name, value in data.items()})

    def kept(self) -> dict[str, Any]:
        """The words as JSON."""
        return asdict(self)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def words_of(text: LetterText) -> Wording:
    """The words of a letter's main text."""
    return Wording(
        language=text.language,
        subject=text.subject,
        body=text.body,
        invitations=text.invitations,
        signatories=tuple((row.title, row.office) for row in text.signatories),
        attachments=tuple((row.title, row.text) for row in text.attachments),
        contacts=tuple(row.role for row in text.contacts),
    )


def worded(text: LetterText, words: Wording) -> LetterText:
    """The letter in these words: everything else is as in its main text."""
    main = words_of(text)
    titles = _else(words.signatories, main.signatories)
    annexes = _else(words.attachments, main.attachments)
    roles = _else(words.contacts, main.contacts)
    return replace(
        text,
        language=words.language,
        wordings=(),
        subject=words.subject or main.subject,
        body=words.body or main.body,
        invitations=_else(words.invitations, main.invitations),
        signatories=tuple(
            replace(row, title=title, office=office)
            for row, (title, office) in zip(text.signatories, titles, strict=True)
        ),
        attachments=tuple(
            replace(row, title=title, text=said) for row, (title, said) in zip(text.attachments, annexes, strict=True)
        ),
        contacts=tuple(replace(row, role=role) for row, role in zip(text.contacts, roles, strict=True)),
    )


def _else(said: tuple[Any, ...], main: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is said, part by part; where nothing is, the main text."""
    pairs = list(zip_longest(said, main))[: len(main)]
    return tuple(_else(own or (), other) if isinstance(other, tuple) else own or other for own, other in pairs)
