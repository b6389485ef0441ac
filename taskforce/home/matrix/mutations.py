"""The matrix on trial: known kinds of leak are planted one by one, and the walk over the address must find each of them.

Each plant changes the running portal for the time of one short walk and is taken out again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import RoleAssignment, User
from accounts.roles import HOUSE_ROLES
from agencies.actions import owe
from agencies.models import Agency, FocalPointQuerySet, ObligationKind
from assessments import actions
from assessments.models import Assessment, AssessmentQuerySet, ContributionQuerySet
from assessments.views import shared
from core import outbox
from core.files import download
from taskforce.briefings.models import Edition, EditionQuerySet
from taskforce.home.matrix.walk import Walk
from taskforce.home.matrix.world import World
from taskforce.letters.models import Letter

View = Callable[..., HttpResponse]
Plant = Callable[[World], AbstractContextManager[None]]


@dataclass(frozen=True)
class Mutation:
    """A fault with the address, person and method at which the oracle `kind` must find it."""

    what: str
    kind: str
    address: str
    plant: Plant
    person: str = "charlie"
    method: str = "get"

    def is_found(self, world: World) -> bool:
        """Whether the walk finds it while it is planted, and nothing of its kind without it."""
        return not self._finds(world) and self._planted(world)

    def _planted(self, world: World) -> bool:
        with self.plant(world):
            return self._finds(world)

    def _finds(self, world: World) -> bool:
        compared = (self.person,) if self.kind == "two_world" else ()
        walk = Walk(world, (self.method,), (self.person,), compared, lambda address: address.name == self.address)
        return bool(walk.run().of(self.kind))


def trial(world: World) -> dict[str, bool]:
    """Every mutation by its name, and whether the matrix finds it."""
    return {mutation.what: mutation.is_found(world) for mutation in MUTATIONS}


# ---------------------------------------------------------------- ways to plant


@contextmanager
def swapped(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute that is another one for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def at(address: str, faulty: Callable[[World, View, HttpRequest, dict[str, Any]], HttpResponse]) -> Plant:
    """A plant that answers at an address in place of its view; `faulty` is handed world, view, request and arguments."""

    def plant(world: World) -> AbstractContextManager[None]:
        pattern = _pattern(get_resolver(), address.split(":"))
        view = pattern.callback

        @wraps(view)
        def answered(request: HttpRequest, **arguments: Any) -> HttpResponse:
            return faulty(world, view, request, arguments)

        return swapped(pattern, "callback", answered)

    return plant


def _pattern(resolver: URLResolver, names: list[str]) -> URLPattern:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if [entry.name] == names:
                return entry
        elif entry.namespace in {None, names[0]}:
            try:
                return _pattern(entry, names[1:] if entry.namespace else names)
            except LookupError:
                continue
    raise LookupError(names)


def replaced(owner: Any, name: str, value: Any) -> Plant:
    """A plant that puts something else in the place of an attribute."""
    return lambda world: swapped(owner, name, value)


# ---------------------------------------------------------------- the faults


def _everything(rows: Any, user: Any) -> Any:
    return rows


def _hidden(world: World) -> str:
    """A mark that Charlie may not see."""
    return world.hidden_from("charlie")[0]


def _fetched_blindly(user: Any, permission: str, visible: Any, **lookup: Any) -> Any:
    return visible.get(**lookup)


def _refused_aloud(user: Any, permission: str, visible: Any, **lookup: Any) -> Any:
    """Says that what one may not see is there: 403 where nothing at all should be."""
    try:
        found = visible.get(**lookup)
    except Assessment.DoesNotExist:
        raise Http404 from None
    if not found.seen_by(user):
        raise PermissionDenied
    return found


def _counted(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    response = view(request, **arguments)
    response.content += f"<p>{Letter.objects.count()}</p>".encode()
    return response


def _exported(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    if "format" not in request.GET:
        return view(request, **arguments)
    with swapped(AssessmentQuerySet, "visible_to", _everything):
        return view(request, **arguments)


def _in_header(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    response = view(request, **arguments)
    response.headers["X-About"] = _hidden(world)
    return response


def _in_cookie(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    response = view(request, **arguments)
    response.set_cookie("last_seen", _hidden(world))
    return response


def _in_redirect(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    return HttpResponseRedirect(f"/?from={_hidden(world)}")


def _in_pdf(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    return HttpResponse(a_pdf(_hidden(world)), content_type="application/pdf")


def a_pdf(words: str) -> bytes:
    """A PDF of one page whose words stand in a compressed stream."""
    drawn = zlib.compress(f"BT /F1 10 Tf 20 20 Td ({words}) Tj ET".encode())
    return b"".join(
        [
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 90]/Contents 4 0 R",
            b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n",
            b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(drawn) + drawn + b"\nendstream endobj\n",
            b"trailer<</Root 1 0 R>>\n%%EOF",
        ]
    )


def _suggested(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    return JsonResponse({"suggestions": list(Assessment.objects.values_list("title", flat=True))})


def _downloaded(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> Any:
    return download(Edition.objects.get(pk=arguments["pk"]).file)


def _mailed(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    outbox.enqueue(key="planted", to="charlie@example.org", subject="News", text=_hidden(world))
    return view(request, **arguments)


@contextmanager
def _task_with_title(world: World) -> Iterator[None]:
    """An agency is asked about what it may not see, and its task names it."""

    def loud(contribution: Any) -> Any:
        return owe(
            kind=ObligationKind.CONTRIBUTION,
            what=contribution.assessment.title,
            page=actions.CONTRIBUTION_PAGE,
            subject_id=contribution.pk,
            due_on=contribution.due_on,
            agency=contribution.agency,
        )

    with swapped(actions, "sees", lambda agency, assessment: True), swapped(actions, "announce", loud):
        yield


def _written_though_refused(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    if request.method == "POST":
        Letter.objects.filter(pk=arguments["pk"]).update(body="planted")
    return view(request, **arguments)


def _written_by_looking(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    Agency.objects.filter(pk=arguments["pk"]).update(duty_station="planted")
    return view(request, **arguments)


def _every_seat(rows: Any, user: Any, on: Any) -> Any:
    return rows.filter(person=user.pk)


def _seats_without_membership(rows: Any, user: Any, on: Any) -> Any:
    return rows.on(on).filter(person=user.pk)


def _every_role(user: User, on: Any) -> Any:
    return [HOUSE_ROLES[one.role] for one in RoleAssignment.objects.filter(user=user)]


def _all_contributions(rows: Any, user: Any) -> Any:
    return rows.filter(assessment__in=Assessment.objects.visible_to(user))


def _later(world: World, view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    """An error for what is hidden, a plain 404 for what is not there."""
    Assessment.objects.get(pk=arguments["pk"]).title.index("planted") if _is_hidden(request, arguments) else None
    return view(request, **arguments)


def _is_hidden(request: HttpRequest, arguments: dict[str, Any]) -> bool:
    return not Assessment.objects.visible_to(request.user).filter(pk=arguments["pk"]).exists()


MUTATIONS = (
    Mutation(
        "a list that shows all rows",
        "leak",
        "assessments:list",
        replaced(AssessmentQuerySet, "visible_to", _everything),
    ),
    Mutation(
        "a page that fetches without sight",
        "leak",
        "assessments:detail",
        replaced(shared, "get_or_404", _fetched_blindly),
    ),
    Mutation(
        "parts that are seen with the whole",
        "leak",
        "assessments:contribution",
        replaced(ContributionQuerySet, "visible_to", _all_contributions),
        "alice",
    ),
    Mutation("a count that counts hidden rows", "two_world", "letters:list", at("letters:list", _counted)),
    Mutation(
        "a page that refuses what it should not know",
        "two_world",
        "assessments:detail",
        replaced(shared, "get_or_404", _refused_aloud),
    ),
    Mutation("an error over what is hidden", "error", "assessments:detail", at("assessments:detail", _later)),
    Mutation(
        "a form that tells of a hidden row",
        "two_world",
        "briefings:verify",
        replaced(EditionQuerySet, "visible_to", _everything),
        method="post",
    ),
    Mutation(
        "a choice that offers hidden rows",
        "leak",
        "assessments:plan",
        replaced(AssessmentQuerySet, "visible_to", _everything),
        "sam",
    ),
    Mutation("an autocomplete without sight", "leak", "agencies:list", at("agencies:list", _suggested)),
    Mutation("an export that skips the filter", "leak", "assessments:list", at("assessments:list", _exported)),
    Mutation("a header that names the hidden title", "leak", "agencies:list", at("agencies:list", _in_header)),
    Mutation("a cookie that names the hidden title", "leak", "agencies:list", at("agencies:list", _in_cookie)),
    Mutation("a redirect that names the hidden title", "leak", "agencies:list", at("agencies:list", _in_redirect)),
    Mutation("a PDF that holds hidden text", "leak", "agencies:list", at("agencies:list", _in_pdf)),
    Mutation("a download without sight", "leak", "briefings:download", at("briefings:download", _downloaded)),
    Mutation("a task that names the hidden title", "leak", "assessments:ask", _task_with_title, "lea", "post"),
    Mutation("a mail that names the hidden title", "leak", "home:tasks", at("home:tasks", _mailed)),
    Mutation(
        "a refused write that writes",
        "state",
        "letters:edit",
        at("letters:edit", _written_though_refused),
        method="post",
    ),
    Mutation("a look that writes", "state", "agencies:detail", at("agencies:detail", _written_by_looking)),
    Mutation(
        "a seat that ended and still counts",
        "leak",
        "agencies:list",
        replaced(FocalPointQuerySet, "seats_of", _every_seat),
        "eve",
    ),
    Mutation(
        "an agency that left and keeps its rights",
        "leak",
        "agencies:list",
        replaced(FocalPointQuerySet, "seats_of", _seats_without_membership),
        "mia",
    ),
    Mutation(
        "a role that ended and still counts", "leak", "letters:list", replaced(User, "house_roles", _every_role), "tom"
    ),
)
