"""Answers as data: offices × invitations, coverage by place, time to answer, who is late."""

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from agencies.models import Country
from taskforce.letters import answering
from taskforce.letters.answering import Reply
from taskforce.letters.coverage import ACCEPTED, ANSWERED, NOT_REACHED, REACHED_ONLY, coverage_of
from taskforce.letters.models import Dispatch, Letter, Recipient
from tests.cast import signed_in
from tests.letters.scene import Scene, dispatched, handed_over, office
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(scene: Scene) -> Dispatch:
    """A letter that four offices have, and one more lacks for want of an address."""
    for name in ("Chad", "Fiji", "Ghana", "Iran"):
        office(name, countries=2 if name == "Fiji" else 1, person=f"P{name}")
    office("Togo", mailbox=False)
    dispatch = dispatched(scene)
    handed_over(dispatch)
    return dispatch


def say(dispatch: Dispatch, name: str, *choices: str, day: int = 22, comment: str = "") -> Recipient:
    """The office answers on the day of November."""
    row = dispatch.recipients.get(office_name=name)
    at = datetime(2026, 11, day, 12, tzinfo=UTC)
    asked = dispatch.letter.invitations.all()
    replies = {one.pk: Reply(choice, comment) for one, choice in zip(asked, choices, strict=False)}
    return answering.acknowledge(recipient=row, name="Somebody", replies=replies, at=at)


def page(scene: Scene, dispatch: Dispatch, query: str = "", name: str = "matrix") -> list[str]:
    """The offices that the matrix shows."""
    got = signed_in(scene.cast.charlie).get(reverse(f"letters:{name}", args=[dispatch.letter_id]) + query)
    assert got.status_code == 200
    return [row.office_name for row in got.context["listing"].page.object_list]


def test_the_matrix_is_filtered_by_answer_region_and_state(scene: Scene, out: Dispatch) -> None:
    first, second = out.letter.invitations.all()
    say(out, "Chad", "accepted", "declined")
    say(out, "Fiji", "declined", "accepted")
    say(out, "Ghana", "done")
    assert page(scene, out) == ["Chad", "Fiji", "Ghana", "Iran", "Togo"]
    assert page(scene, out, "?choice=accepted") == ["Chad", "Fiji"]
    assert page(scene, out, f"?choice=accepted&invitation={second.pk}") == ["Fiji"]
    assert page(scene, out, f"?choice=none&invitation={second.pk}") == ["Ghana", "Iran", "Togo"]
    assert page(scene, out, f"?choice=none&choice=done&invitation={first.pk}") == ["Ghana", "Iran", "Togo"]
    assert page(scene, out, "?state=unreached") == ["Togo"]
    assert page(scene, out, "?office=ira") == ["Iran"]
    assert page(scene, out, f"?region={out.recipients.get(office_name='Chad').region}&choice=accepted")[0] == "Chad"


def test_the_matrix_comes_as_a_table_that_runs_nothing(scene: Scene, out: Dispatch) -> None:
    say(out, "Chad", "accepted", comment="=HYPERLINK(1)")
    url = reverse("letters:matrix", args=[out.letter_id])
    text = signed_in(scene.cast.charlie).get(f"{url}?format=csv").content.decode("utf-8-sig")
    heads, chad, *rest = csv.reader(io.StringIO(text))
    told = dict(zip(heads, chad, strict=True))
    assert len(rest) == 4
    assert told["1. Brief the regional team"] == "Accepted"
    assert told["1. Comment"] == "'=HYPERLINK(1)"
    assert dict(zip(heads, rest[0], strict=True))["1. Brief the regional team"] == "No answer"
    book = signed_in(scene.cast.charlie).get(f"{url}?format=xlsx")
    assert book.content.startswith(b"PK")


def test_coverage_counts_countries_by_what_their_office_did(out: Dispatch) -> None:
    say(out, "Fiji", "declined", day=22)
    say(out, "Ghana", "under_way", day=27)
    seen = coverage_of(out.letter)
    levels = {line.office: line.level for line in seen.countries}
    assert levels == {
        "Chad": REACHED_ONLY,
        "Fiji": ANSWERED,
        "Ghana": ACCEPTED,
        "Iran": REACHED_ONLY,
        "Togo": NOT_REACHED,
    }
    assert (len(seen.countries), seen.countries_answered) == (6, 3)
    assert sum(row.answered for row in seen.regions) == 3
    assert sum(row.reached for row in seen.regions) == 5


def test_the_map_shows_each_country_with_its_words(scene: Scene, out: Dispatch) -> None:
    say(out, "Ghana", "accepted")
    of_ghana = out.recipients.get(office_name="Ghana").countries[0]
    Country.objects.filter(name=of_ghana).update(m49="288")
    got = signed_in(scene.cast.charlie).get(reverse("letters:coverage", args=[out.letter_id])).content.decode()
    assert f"<title>{of_ghana}: Accepted something, or does it</title>" in got
    assert 'class="area-map__area area-map__area--4"' in got


def test_the_time_to_answer_counts_from_the_hour_of_the_hand_over(out: Dispatch) -> None:
    say(out, "Chad", "accepted", day=21)
    say(out, "Fiji", "accepted", day=24)
    say(out, "Ghana", "accepted", day=30)
    seen = coverage_of(out.letter)
    assert (seen.answers, seen.median_days) == (3, 3)
    assert [step.number for step in seen.times] == [1, 1, 0, 1, 0, 0]


def test_late_is_who_has_the_letter_and_did_not_answer_in_time(out: Dispatch) -> None:
    say(out, "Fiji", "declined")
    letter = Letter.objects.get(pk=out.letter_id)
    assert not coverage_of(letter).overdue
    with time_machine.travel(datetime(2026, 12, 16, 5, 0, tzinfo=UTC)):
        assert [row.office_name for row in coverage_of(letter).overdue] == ["Chad", "Ghana", "Iran"]


def test_pages_of_many_offices_take_no_more_queries(scene: Scene, out: Dispatch) -> None:
    client: Client = signed_in(scene.cast.charlie)
    urls = [reverse(f"letters:{name}", args=[out.letter_id]) for name in ("matrix", "coverage")]
    few = [queries_of(client, url) for url in urls]
    for name in ("Chad", "Fiji", "Ghana", "Iran"):
        say(out, name, "accepted", "declined")
    assert [queries_of(client, url) for url in urls] == few
