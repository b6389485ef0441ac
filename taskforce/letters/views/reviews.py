"""The review of a letter: its paragraphs, and what is said to them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.access import get_or_404
from core.forms import form_page
from core.workflow import IllegalMove
from taskforce.letters import reviewing
from taskforce.letters.access import VIEW, reviewed_by
from taskforce.letters.models import Comment, Letter
from taskforce.letters.views.letters import get_letter, signed_in_user


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
    form = ParagraphForm(request.POST or None, letter=letter)
    by = signed_in_user(request)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        return _done(
            request,
            letter,
            lambda: reviewing.comment(
                letter=letter,
                place=said["place"],
                version=said["version"],
                body=said["body"],
                by=by,
                at=timezone.now(),
            ),
            _("Your comment is kept."),
        )
    context = {
        "letter": letter,
        "review": reviewing.review_of(letter),
        "may_comment": reviewing.may_comment(letter, by),
    }
    return form_page(request, "letters/letter_review.html", form, context)


@require_http_methods(["GET", "POST"])
def comment_reply(request: HttpRequest, pk: str) -> HttpResponse:
    """Answer a comment."""
    thread = _thread(request, pk)
    form = CommentForm(request.POST or None)
    by = signed_in_user(request)
    if request.method == "POST" and form.is_valid():
        body = form.cleaned_data["body"]
        return _done(
            request,
            thread.letter,
            lambda: reviewing.reply(to=thread, body=body, by=by, at=timezone.now()),
            _("Your reply is kept."),
        )
    context = {"letter": thread.letter, "thread": thread, "may_comment": reviewing.may_comment(thread.letter, by)}
    return form_page(request, "letters/comment_reply.html", form, context)


@require_POST
def comment_resolve(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that a comment is settled."""
    thread = _thread(request, pk)
    by = signed_in_user(request)
    return _done(
        request, thread.letter, lambda: reviewing.resolve(thread=thread, by=by, at=timezone.now()), _("Resolved.")
    )


def _thread(request: HttpRequest, pk: str) -> Comment:
    rows = Comment.objects.threads().select_related("letter__mechanism", "author")
    thread: Comment = get_or_404(request.user, VIEW, rows, pk=pk)
    return thread


def _done(request: HttpRequest, letter: Letter, action: Any, said: str) -> HttpResponse:
    try:
        action()
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("letters:review", pk=letter.pk)
