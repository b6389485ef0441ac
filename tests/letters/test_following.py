"""Follow-up: who is reminded, chased once a day at most, excused, and never who answered."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.models import Obligation
from core import outbox
from core.models import MessageState, OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import answering, following
from taskforce.letters.models import Chase, Dispatch, Exemption, Recipient
from taskforce.reminders import actions as reminders
from taskforce.reminders.models import Reminder, Rule
from tests.cast import signed_in
from tests.letters.scene import NOW, Scene, dispatched, handed_over, office
from tests.letters.test_acknowledge import answer, page_of
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(scene: Scene) -> Dispatch:
    """A letter that Chad, Fiji and Ghana have, with answers by 15 December."""
    for name in ("Chad", "Fiji", "Ghana"):
        office(name, person=f"P{name}")
    dispatch = dispatched(scene)
    handed_over(dispatch)
    return dispatch


def row(dispatch: Dispatch, name: str) -> Recipient:
    return dispatch.recipients.get(office_name=name)


def say(dispatch: Dispatch, name: str) -> Recipient:
    return answering.acknowledge(recipient=row(dispatch, name), name="Somebody", replies={}, at=timezone.now())


def owing() -> list[str]:
    """The offices that owe an answer."""
    found = Obligation.objects.open().filter(kind="answer").order_by("office__name")
    return list(found.values_list("office__name", flat=True))


def chased(dispatch: Dispatch) -> list[str]:
    now = following.waiting(dispatch.letter, timezone.now()).now
    return [one.office_name for one in now]


def post_chase(scene: Scene, dispatch: Dispatch, **more: str) -> object:
    return signed_in(scene.sam).post(reverse("letters:chase", args=[dispatch.letter_id]), {"note": "Please.", **more})


# ---------------------------------------------------------------- chasing


def test_all_who_have_not_answered_are_chased_after_a_look(scene: Scene, out: Dispatch) -> None:
    say(out, "Fiji")
    look = post_chase(scene, out)
    assert not Chase.objects.exists()
    (heading, who), (_reads, text), *_rest = look.context["effects"]
    assert heading == "2 e-mails go out"
    assert [line.partition(",")[0] for line in who] == ["Chad", "Ghana"]
    assert "Please." in text
    assert not any("/a/" in line and "…" not in line for line in text)
    done = post_chase(scene, out, step="confirm", seen=dict(look.context["typed"])["seen"])
    made = Chase.objects.get()
    mails = OutgoingMessage.objects.filter(batch=made.pk).order_by("to")
    assert done.status_code == 302
    assert [mail.to for mail in mails] == ["pchad@example.org", "pghana@example.org"]
    assert all(page_of(one) in mail.text for one, mail in zip(made.recipients.order_by("email"), mails, strict=True))


def test_an_answer_between_the_look_and_the_button_shows_the_list_again(scene: Scene, out: Dispatch) -> None:
    look = post_chase(scene, out)
    say(out, "Ghana")
    again = post_chase(scene, out, step="confirm", seen=dict(look.context["typed"])["seen"])
    assert (again.context["changed"], Chase.objects.count()) == (True, 0)


def test_nobody_is_chased_twice_a_day(scene: Scene, out: Dispatch) -> None:
    following.chase(letter=out.letter, note="", by=scene.sam, at=timezone.now())
    with pytest.raises(IllegalMove):
        following.chase(letter=out.letter, note="", by=scene.lea, at=timezone.now() + timedelta(hours=8))
    assert OutgoingMessage.objects.filter(key__startswith="chase:").count() == 3
    following.chase(letter=out.letter, note="", by=scene.lea, at=timezone.now() + timedelta(days=1))


def test_whom_a_rule_reminded_this_morning_is_not_chased_today(scene: Scene, out: Dispatch) -> None:
    with time_machine.travel(datetime(2026, 12, 1, 13, tzinfo=UTC)):
        assert reminders.sweep(timezone.now()) == 3
        assert chased(out) == []
    with time_machine.travel(datetime(2026, 12, 2, 13, tzinfo=UTC)):
        assert chased(out) == ["Chad", "Fiji", "Ghana"]


@pytest.mark.parametrize("state", [MessageState.REFUSED, MessageState.UNCERTAIN, MessageState.BOUNCED])
def test_who_may_lack_the_letter_is_not_chased(out: Dispatch, state: MessageState) -> None:
    OutgoingMessage.objects.filter(pk=row(out, "Chad").message_id).update(state=state)
    assert chased(out) == ["Fiji", "Ghana"]


def test_a_focal_point_chases_nobody(scene: Scene, out: Dispatch) -> None:
    assert signed_in(scene.alice).get(reverse("letters:chase", args=[out.letter_id])).status_code == 403


# ---------------------------------------------------------------- no reply expected


def test_no_reply_is_expected_and_expected_again(scene: Scene, out: Dispatch) -> None:
    client, fiji = signed_in(scene.sam), row(out, "Fiji")
    assert client.post(reverse("letters:exempt", args=[fiji.pk]), {"why": ""}).status_code == 422
    client.post(reverse("letters:exempt", args=[fiji.pk]), {"why": "Suva answers"})
    assert (owing(), chased(out)) == (["Chad", "Ghana"], ["Chad", "Ghana"])
    assert "Suva answers" in client.get(reverse("letters:follow_up", args=[out.letter_id])).content.decode()
    client.post(reverse("letters:expect", args=[fiji.pk]))
    assert (owing(), Exemption.objects.count()) == (["Chad", "Fiji", "Ghana"], 0)
    history = client.get(reverse("letters:recipient", args=[fiji.pk])).context["changes"]
    assert history.lines


def test_an_office_that_answered_owes_nothing_when_a_reply_is_expected_again(scene: Scene, out: Dispatch) -> None:
    fiji = row(out, "Fiji")
    following.exempt(recipient=fiji, why="Suva answers", by=scene.sam, at=timezone.now())
    say(out, "Fiji")
    following.expect_again(recipient=fiji, by=scene.sam)
    assert owing() == ["Chad", "Ghana"]


def test_nobody_owes_an_answer_to_a_letter_that_came_back_until_it_arrived(out: Dispatch) -> None:
    chad = row(out, "Chad").message_id
    outbox.came_back(chad, "5.1.1 no such user")
    assert following.match_deliveries(timezone.now()) == 1
    assert (owing(), following.match_deliveries(timezone.now())) == (["Fiji", "Ghana"], 0)
    OutgoingMessage.objects.filter(pk=chad).update(state=MessageState.HANDED_OVER)
    assert following.match_deliveries(timezone.now()) == 1
    assert owing() == ["Chad", "Fiji", "Ghana"]


# ---------------------------------------------------------------- by rule


def reminded(at: datetime) -> list[str]:
    """The offices that a sweep reminds."""
    before = set(Reminder.objects.values_list("pk", flat=True))
    reminders.sweep(at)
    new = Reminder.objects.exclude(pk__in=before).order_by("obligation__office__name")
    return list(new.values_list("obligation__office__name", flat=True))


def test_the_house_reminds_before_on_and_after_the_day_up_to_a_cap(scene: Scene, out: Dispatch) -> None:
    say(out, "Fiji")
    following.exempt(recipient=row(out, "Ghana"), why="Not needed", by=scene.sam, at=timezone.now())
    days = [datetime(2026, 11, 22, 13, tzinfo=UTC) + timedelta(days=day) for day in range(90)]
    told = [day.date() for day in days if reminded(day)]
    far = [(day - datetime(2026, 12, 15, tzinfo=UTC).date()).days for day in told]
    assert far == [-14, -7, -1, 0, 7, 14, 21, 28]
    assert set(Reminder.objects.values_list("obligation__office__name", flat=True)) == {"Chad"}


def test_a_letter_with_rules_of_its_own_is_left_alone_by_the_house(scene: Scene, out: Dispatch) -> None:
    client = signed_in(scene.sam)
    own = reverse("reminders:own_rules", args=[out.letter_id])
    assert "The rules of the house hold" in client.get(own).content.decode()
    client.post(reverse("reminders:part_rules", args=[out.letter_id]))
    client.post(reverse("reminders:part_rules", args=[out.letter_id]))
    rules = Rule.objects.of(out.letter_id)
    assert sorted(rules.values_list("days", flat=True)) == [-14, -7, -1, 0, 7]
    rules.exclude(days=-7).update(active=False)
    Rule.objects.of(None).update(since=NOW.date())
    assert reminded(datetime(2026, 12, 1, 13, tzinfo=UTC)) == []
    assert reminded(datetime(2026, 12, 8, 13, tzinfo=UTC)) == ["Chad", "Fiji", "Ghana"]
    listed = client.get(reverse("reminders:rules")).context["listing"].page.object_list
    assert not any(rule.topic for rule in listed)


def test_a_letter_goes_back_to_the_rules_of_the_house_and_may_have_its_own_again(scene: Scene, out: Dispatch) -> None:
    client = signed_in(scene.sam)
    own, part, join = (reverse(f"reminders:{name}_rules", args=[out.letter_id]) for name in ("own", "part", "join"))
    Rule.objects.of(None).update(since=NOW.date())
    client.post(part)
    assert reminded(datetime(2026, 12, 1, 13, tzinfo=UTC)) == ["Chad", "Fiji", "Ghana"]
    with time_machine.travel(datetime(2026, 12, 9, 12, tzinfo=UTC)):
        later = signed_in(scene.sam)
        assert "Back to the rules of the house" in later.get(own).content.decode()
        former = Rule.objects.of(out.letter_id).first()
        later.post(join)
        assert "The rules of the house hold." in later.get(own).content.decode()
        assert later.get(reverse("reminders:rule", args=[former.pk])).status_code == 404
    # The house reminds on 8 December, which was before; its next day is the one before the deadline.
    assert reminded(datetime(2026, 12, 9, 13, tzinfo=UTC)) == []
    assert reminded(datetime(2026, 12, 14, 13, tzinfo=UTC)) == ["Chad", "Fiji", "Ghana"]
    client.post(part)
    assert Rule.objects.of(out.letter_id).count() == 5


def test_a_late_first_answer_is_taken_and_then_stands(out: Dispatch) -> None:
    chad = row(out, "Chad")
    with time_machine.travel(datetime(2026, 12, 20, tzinfo=UTC)):
        assert "still welcome" in Client().get(page_of(chad)).content.decode()
        assert Client().post(page_of(chad), answer(chad, "accepted")).status_code == 200
        assert Client().post(page_of(chad), answer(chad, "declined")).status_code == 409
    assert chad.answers.first().choice == "accepted"


def test_the_follow_up_of_many_takes_no_more_queries(scene: Scene, out: Dispatch) -> None:
    client, url = signed_in(scene.sam), reverse("letters:follow_up", args=[out.letter_id])
    following.chase(letter=out.letter, note="", by=scene.sam, at=timezone.now() - timedelta(days=2))
    following.exempt(recipient=row(out, "Chad"), why="One", by=scene.sam, at=timezone.now())
    few = queries_of(client, url)
    following.chase(letter=out.letter, note="", by=scene.sam, at=timezone.now() - timedelta(days=1))
    following.exempt(recipient=row(out, "Fiji"), why="Two", by=scene.sam, at=timezone.now())
    assert queries_of(client, url) == few
