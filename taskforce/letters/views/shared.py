"""What the pages of a letter share: fetching it, doing something to it, going back to it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.current import person
from core.access import get_or_404
from core.audit import note_reading
from core.workflow import IllegalMove
from taskforce.letters.models import Letter


def get_letter(request: HttpRequest, pk: str, permission: str = "letters.view_letter") -> Letter:
    """The letter, if the person may see it (404) and has the permission on it (403). A look at a restricted one is noted."""
    letters = Letter.objects.select_related("mechanism").prefetch_related("clearances")
    letter: Letter = get_or_404(request.user, permission, letters, pk=pk)
    note_reading(request, letter)
    return letter


def to_page_of(request: HttpRequest, letter: Letter) -> HttpResponse:
    """To its page, or to the list for whoever has marked it so that they see it no more."""
    return redirect(letter if letter.seen_by(request.user) else "letters:list")


def tried(
    request: HttpRequest, letter: Letter, action: Callable[..., object], said: object, *, back: str = ""
) -> HttpResponse:
    """Do it, with the person as `by`, and say so, or say why not; then `back`, or to the letter."""
    try:
        action(by=person(request))
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(said))
    return redirect(back) if back else to_page_of(request, letter)
