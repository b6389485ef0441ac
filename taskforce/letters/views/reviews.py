"""The review of a letter: its paragraphs, and what is said to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.current import person
from core.access import get_or_404
from core.forms import form_page, posted
from taskforce.letters import reviewing
from taskforce.letters.access import VIEW, reviewed_by
from taskforce.letters.models import Comment, Letter
from taskforce.letters.views.shared import get_letter, tried
from taskforce.letters.workflow import Status


class CommentForm(forms.Form):
    """What somebody says."""

    body = forms.CharField(label=gettext_lazy("Comment"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class ParagraphForm(CommentForm):
    """What somebody says to a paragraph of the text they read."""

    place = forms.TypedChoiceField(label=gettext_lazy("Paragraph"), coerce=int)
    version = forms.IntegerField(widget=forms.HiddenInput)

    field_order = ("place", "body")

    def __init__(self, *args: Any, letter: Letter, **options: Any) -> None:
        super().__init__(*args, **{"initial": {"version": letter.version}, **options})
        count = len(reviewing.paragraphs_of(letter.body))
        numbered = [(number, _("Paragraph %(n)d") % {"n": number}) for number in range(1, count + 1)]
        self.fields["place"].choices = [*numbered, (0, _("The whole letter"))]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def letter_review(request: HttpRequest, pk: str) -> HttpResponse:
    """The text paragraph by paragraph with its comments."""
    letter = get_letter(request, pk)
    if not reviewed_by(Letter.objects.filter(pk=letter.pk), request.user).exists():
        raise Http404
    form = ParagraphForm(posted(request), letter=letter)
    if request.method == "POST" and form.is_valid():
        comment = partial(reviewing.comment, letter=letter, at=timezone.now(), **form.cleaned_data)
        return _done(request, letter, comment, _("Your comment is kept."))
    context = {
        "letter": letter,
        "review": reviewing.review_of(letter),
        "may_comment": reviewing.may_comment(letter, person(request)),
    }
    return form_page(request, "letters/letter_review.html", form, context)


@require_http_methods(["GET", "POST"])
def comment_reply(request: HttpRequest, pk: str) -> HttpResponse:
    """Answer a comment."""
    thread = _thread(request, pk)
    form = CommentForm(posted(request))
    letter, by = thread.letter, person(request)
    if request.method == "POST" and form.is_valid():
        reply = partial(reviewing.reply, to=thread, at=timezone.now(), **form.cleaned_data)
        return _done(request, letter, reply, _("Your reply is kept."))
    context = {"letter": letter, "thread": thread, "may_comment": reviewing.may_comment(letter, by)}
    return form_page(request, "letters/comment_reply.html", form, context)


@require_POST
def comment_resolve(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that a comment is settled."""
    thread = _thread(request, pk)
    return _done(request, thread.letter, partial(reviewing.resolve, thread=thread, at=timezone.now()), _("Resolved."))


def _done(request: HttpRequest, letter: Letter, action: Callable[..., object], said: str) -> HttpResponse:
    return tried(request, letter, action, said, back=reverse("letters:review", args=[letter.pk]))


def _thread(request: HttpRequest, pk: str) -> Comment:
    rows = Comment.objects.threads().select_related("letter__mechanism", "author")
    thread: Comment = get_or_404(request.user, VIEW, rows, pk=pk)
    return thread


def open_comments(user: Any, letter: Letter) -> int | None:
    """How many threads of the review are open; none for whoever does not take part, or where nothing is or was in review."""
    taken = letter.status == Status.IN_REVIEW or letter.comments.exists()
    takes_part = taken and reviewed_by(Letter.objects.filter(pk=letter.pk), user).exists()
    return letter.comments.open().count() if takes_part else None
