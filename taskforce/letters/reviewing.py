"""The review of a draft: comments anchored to paragraphs, which keep their place while the text changes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from agencies.access import agencies_of
from agencies.models import Agency, Capacity, FocalPoint
from core.access import can
from core.audit import signed
from core.dates import today
from core.richtext import to_html
from core.workflow import IllegalMove, move
from taskforce.letters.access import KEEP
from taskforce.letters.emails import tell
from taskforce.letters.models import Comment, Letter
from taskforce.letters.workflow import LETTER, Status

if TYPE_CHECKING:
    from accounts.models import User

COMMENTING = frozenset({Status.IN_REVIEW, Status.IN_CLEARANCE})
SAMPLE = 2_000  # characters of a paragraph that are held against another one, which takes time by the square
ALIKE = 0.6  # how much of a paragraph must be left for a comment to stay with it


@dataclass
class Paragraph:
    """A paragraph of the text with its threads. Number 0 is the whole letter."""

    number: int
    text: str
    threads: list[Thread] = field(default_factory=list)

    @property
    def html(self) -> SafeString:
        """The text, with its merge fields as they were typed."""
        return to_html(self.text)


@dataclass(frozen=True)
class Thread:
    """A comment with its replies; `changed` when the paragraph says something else by now."""

    comment: Comment
    replies: Sequence[Comment]
    changed: bool


@dataclass(frozen=True)
class Review:
    """The text paragraph by paragraph with what is said to it; `lost` is what was said to paragraphs that are gone."""

    whole: Paragraph
    paragraphs: list[Paragraph]
    lost: list[Thread]


def paragraphs_of(body: str) -> list[str]:
    """The paragraphs of a text in Markdown: what stands between empty lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", body.strip()) if part.strip()]


def place_of(comment: Comment, texts: Sequence[str]) -> int | None:
    """The number of the paragraph that a comment is about by now: the same words, else the most alike; None when it is gone."""
    if not comment.place:
        return 0
    same = [number for number, text in enumerate(texts, start=1) if text == comment.quote]
    if same:
        return min(same, key=lambda number: abs(number - comment.place))
    alike = [
        (_alike(comment.quote[:SAMPLE], text[:SAMPLE]), -abs(number - comment.place), number)
        for number, text in enumerate(texts, start=1)
    ]
    ratio, _near, number = max(alike, default=(0.0, 0, 0))
    return number if ratio >= ALIKE else None


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def review_of(letter: Letter) -> Review:
    """The text with all threads; a constant number of queries."""
    texts = paragraphs_of(letter.body)
    whole = Paragraph(0, "")
    found = Review(whole, [Paragraph(number, text) for number, text in enumerate(texts, start=1)], [])
    for thread in _threads(letter, texts):
        number = place_of(thread.comment, texts)
        if number is None:
            found.lost.append(thread)
        else:
            (whole, *found.paragraphs)[number].threads.append(thread)
    return found


def _threads(letter: Letter, texts: Sequence[str]) -> list[Thread]:
    agency = Prefetch("agency", Agency.objects.named_on(today()))
    rows = letter.comments.select_related("author", "resolved_by").prefetch_related(agency)
    replies: dict[object, list[Comment]] = {}
    for row in rows:
        replies.setdefault(row.parent_id, []).append(row)
    return [
        Thread(row, replies.get(row.pk, []), bool(row.place) and row.quote not in texts)
        for row in replies.get(None, [])
    ]


# ---------------------------------------------------------------- taking part


def speaks_for(letter: Letter, user: User) -> Agency | None:
    """The co-chair for which a person comments; none for others."""
    chairs = letter.co_chairs(today())
    own = set(agencies_of(user, today()).filter(agency__in=chairs).values_list("agency_id", flat=True))
    return next((agency for agency in chairs if agency.pk in own), None)


def may_comment(letter: Letter, user: User) -> bool:
    """Whether the person may say something now: people of the co-chairs, and those who look after the letter."""
    if letter.status not in COMMENTING:
        return False
    return can(user, KEEP, letter) or speaks_for(letter, user) is not None


@transaction.atomic
def begin(*, letter: Letter, by: User, note: str = "") -> Letter:
    """Put a draft before the co-chairs, and tell the people who speak for them. Raises IllegalMove, PermissionDenied."""
    letter = move(LETTER, letter, "review", by=by, note=note)
    seats = FocalPoint.objects.seated(today()).filter(
        mechanism=letter.mechanism_id,
        agency__in=letter.co_chairs(today()),
        capacity__in=(Capacity.PRINCIPAL, Capacity.FOCAL_POINT),
        person__is_active=True,
    )
    for seat in seats.select_related("person").order_by("person__name", "pk"):
        with override(seat.person.language):
            said = _("Letter %(letter)s is in review: your comments are asked for.") % {"letter": letter.reference}
            url = letter.get_absolute_url()
            tell(seat.person, key=f"review:{letter.pk}:{letter.version}", said=said, url=url)
    return letter


@transaction.atomic
def comment(*, letter: Letter, place: int, version: int, body: str, by: User, at: dt.datetime) -> Comment:
    """Say something to a paragraph of the version that was read; 0 is the whole letter. Raises IllegalMove, PermissionDenied."""
    letter = _open(letter, by)
    texts = ["", *paragraphs_of(letter.body)]
    if version != letter.version or place >= len(texts):
        raise IllegalMove(_("The text changed while you wrote. Your comment is not kept: see what stands there now."))
    return _say(letter, by, at, body, place=place, quote=texts[place])


@transaction.atomic
def reply(*, to: Comment, body: str, by: User, at: dt.datetime) -> Comment:
    """Answer in a thread; it is open again if it was resolved. Raises IllegalMove, PermissionDenied."""
    letter = _open(to.letter, by)
    with signed(user=str(by.pk)):
        Comment.objects.filter(pk=to.pk).update(resolved_by=None, resolved_at=None)
    return _say(letter, by, at, body, parent=to, place=to.place, quote=to.quote)


@transaction.atomic
def resolve(*, thread: Comment, by: User, at: dt.datetime) -> None:
    """The matter is settled. Raises IllegalMove, PermissionDenied."""
    _open(thread.letter, by)
    with signed(user=str(by.pk)):
        Comment.objects.open().filter(pk=thread.pk).update(resolved_by=by, resolved_at=at)


def _say(letter: Letter, by: User, at: dt.datetime, body: str, **anchor: object) -> Comment:
    facts = {"letter": letter, "text_version": letter.version, "author": by, "agency": speaks_for(letter, by)}
    with signed(user=str(by.pk)):
        return Comment.objects.create(**facts, **anchor, body=body, at=at)


def _open(letter: Letter, by: User) -> Letter:
    """The letter, locked, if comments are open and this person may say something."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.status not in COMMENTING:
        raise IllegalMove(_("Comments are closed: they are kept as they are."))
    if not may_comment(letter, by):
        raise PermissionDenied
    return letter
