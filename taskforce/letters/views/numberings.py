"""The reference numbers of letters, for each mechanism."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.actions import keep
from agencies.models import Mechanism
from agencies.views.edits import answered
from core.access import get_or_404, require
from core.dates import today
from core.forms import posted
from core.lists import Column, Empty, list_page
from taskforce.letters import numbering
from taskforce.letters.forms.numberings import NumberingForm
from taskforce.letters.models import Numbering

MAY_NUMBER = "agencies.change_mechanism"
COLUMNS = [
    Column(
        "name",
        gettext_lazy("Mechanism"),
        "name",
        link=lambda mechanism: reverse("letters:numbering", args=[mechanism.slug]),
        sort="name",
    ),
    Column("pattern", gettext_lazy("Pattern"), numbering.pattern_of, code=True),
]


@require_safe
def numbering_list(request: HttpRequest) -> HttpResponse:
    """The pattern of each mechanism's reference numbers."""
    require(request.user, MAY_NUMBER)
    mechanisms = Mechanism.objects.visible_to(request.user).on(today())
    return list_page(
        request,
        title=_("Reference numbers"),
        queryset=numbering.with_patterns(mechanisms),
        columns=COLUMNS,
        default_sort="name",
        empty=Empty(_("No mechanism exists today"), _("Letters are numbered within a mechanism.")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def numbering_change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the pattern of a mechanism's reference numbers; letters that have one keep it."""
    rows = numbering.with_patterns(Mechanism.objects)
    mechanism: Mechanism = get_or_404(request.user, MAY_NUMBER, rows, slug=slug)
    row = getattr(mechanism, "numbering", None) or Numbering(
        mechanism=mechanism, pattern=numbering.pattern_of(mechanism)
    )
    upcoming = numbering.next_reference(mechanism, today())
    form = NumberingForm(posted(request), instance=row)
    return answered(
        request,
        form,
        lambda by: keep(row=form.instance, by=by),
        title=_("Reference numbers"),
        lead=_("%(mechanism)s: the next letter gets %(reference)s.")
        % {"mechanism": mechanism.name, "reference": upcoming},
        back=reverse("letters:numberings"),
        done=_("The pattern is changed."),
        warning=lambda: (
            _("The next letter gets %(reference)s. Letters that have a number keep it.")
            % {"reference": numbering.next_reference(mechanism, today(), form.cleaned_data["pattern"])}
        ),
    )
