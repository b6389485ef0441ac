"""Whom a letter goes to: rules that are cleared with the text and become offices on the day of dispatch."""

from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils import timezone

from agencies.models import Office, OfficeKind, Region
from core.dates import DAY, span
from core.workflow import IllegalMove
from taskforce.home.register import completeness
from taskforce.letters import actions, dispatching, relating
from taskforce.letters.addressees import addressees
from taskforce.letters.documents import text_of
from taskforce.letters.groups import Group, GroupKind, shares
from taskforce.letters.models import Clearance, Letter, Recipient
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.factories import RegionFactory
from tests.letters.scene import PLAIN, TEXT, Scene, cleared, dispatched, draft, office

pytestmark = pytest.mark.django_db
COORDINATORS, TEAMS, MISSIONS = (
    Group(kind) for kind in (GroupKind.COORDINATORS, GroupKind.REGIONAL_TEAMS, GroupKind.MISSIONS)
)


@pytest.fixture(autouse=True)
def _offices(scene: Scene) -> None:
    """Two offices in the east of Africa, one in Fiji, a regional team and a mission in Africa."""
    africa = RegionFactory(code="002", name="Africa")
    east = RegionFactory(code="014", name="Eastern Africa")
    Region.objects.filter(pk=east.pk).update(parent=africa)
    for name in ("Kenya", "Uganda", "Fiji", "Team", "Mission"):
        office(name)
    Office.objects.filter(name="Fiji").update(region=RegionFactory(code="054", name="Melanesia"))
    Office.objects.filter(name="Team").update(kind=OfficeKind.REGIONAL_TEAM, region=africa)
    Office.objects.filter(name="Mission").update(kind=OfficeKind.MISSION, region=africa)


def one(name: str, *, excludes: bool = False) -> Group:
    return Group(GroupKind.OFFICE, str(Office.objects.get(name=name).pk), excludes)


def region(name: str, *, excludes: bool = False) -> Group:
    return Group(GroupKind.REGION, str(Region.objects.get(name=name).pk), excludes)


def names(*groups: Group) -> list[str]:
    return [to.office for to in addressees(timezone.localdate(), groups)]


def test_each_rule_gives_its_offices(scene: Scene) -> None:
    assert names() == names(COORDINATORS) == ["Fiji", "Kenya", "Uganda"]
    assert (names(TEAMS), names(MISSIONS)) == (["Team"], ["Mission"])
    assert names(region("Africa")) == names(region("Eastern Africa")) == ["Kenya", "Uganda"]
    assert names(one("Fiji"), one("Mission"), TEAMS) == ["Fiji", "Mission", "Team"]


def test_what_is_left_out_comes_last(scene: Scene) -> None:
    assert names(one("Uganda", excludes=True)) == ["Fiji", "Kenya"]
    assert names(COORDINATORS, MISSIONS, region("Africa", excludes=True)) == ["Fiji"]
    assert names(one("Kenya"), one("Kenya", excludes=True)) == []


def test_an_office_in_several_groups_gets_one_letter_and_the_overlap_is_told(scene: Scene) -> None:
    groups = (COORDINATORS, region("Africa"), one("Mission"), one("Fiji", excludes=True))
    assert names(*groups) == ["Kenya", "Mission", "Uganda"]
    told = [(share.offices, share.overlap, share.excludes) for share in shares(groups, timezone.localdate())]
    assert told == [(3, 2, False), (2, 2, False), (1, 0, False), (1, 0, True)]


def test_a_regional_team_is_not_addressed_as_a_coordinator(scene: Scene) -> None:
    [team] = addressees(timezone.localdate(), [TEAMS])
    assert (team.title, team.salutation) == ("Chair of the regional team", "Dear colleagues")


def test_no_post_of_a_coordinator_is_vacant_in_a_team_or_a_mission(scene: Scene) -> None:
    vacant = Office.objects.vacant_on(timezone.localdate())
    assert sorted(vacant.values_list("name", flat=True)) == ["Fiji", "Kenya", "Uganda"]
    assert completeness(timezone.localdate()).without_coordinator == 3


def test_a_follow_up_goes_to_the_same_groups(scene: Scene) -> None:
    letter = draft(scene, replace(TEXT, groups=(MISSIONS,)))
    assert text_of(relating.follow_up(letter=letter, by=scene.sam)).groups == (MISSIONS,)


def test_a_rule_is_resolved_on_the_day_of_dispatch(scene: Scene) -> None:
    letter = cleared(scene, replace(PLAIN, groups=(region("Africa"),)))
    office("Rwanda")
    dispatch = dispatched(scene, letter=letter)
    assert sorted(dispatch.recipients.values_list("office_name", flat=True)) == ["Kenya", "Rwanda", "Uganda"]


def test_another_group_takes_the_clearances_back(scene: Scene) -> None:
    letter = cleared(scene)
    before = dispatching.plan_of(letter, timezone.localdate(), timezone.localdate()).sha256
    text = replace(text_of(letter), groups=(COORDINATORS, MISSIONS))
    letter = actions.change_letter(letter=letter, version=letter.version, text=text, by=scene.sam)
    assert (letter.status, letter.clearances.current().exists()) == (Status.DRAFT, False)
    assert Clearance.objects.filter(letter=letter).count() == 2
    assert dispatching.plan_of(letter, timezone.localdate(), timezone.localdate()).sha256 != before


def test_the_rules_alone_change_the_fingerprint(scene: Scene) -> None:
    """Also where they give the same offices today: another rule is another letter."""
    day, letter = timezone.localdate(), draft(scene)
    before = dispatching.plan_of(letter, day, day)
    everybody = (one("Fiji"), one("Kenya"), one("Uganda"))
    actions.change_letter(letter=letter, version=1, text=replace(TEXT, groups=everybody), by=scene.sam)
    after = dispatching.plan_of(Letter.objects.get(), day, day)
    assert (before.roll, before.sha256 == after.sha256) == (after.roll, False)


def test_groups_that_give_nobody_are_not_dispatched(scene: Scene) -> None:
    letter = cleared(scene, replace(TEXT, groups=(one("Fiji"), one("Fiji", excludes=True))))
    with pytest.raises(IllegalMove, match="no office"):
        dispatched(scene, letter=letter)
    assert not Recipient.objects.exists()


def test_they_are_chosen_on_a_page_and_shown_with_the_letter(scene: Scene) -> None:
    letter, client = draft(scene), signed_in(scene.sam)
    address = reverse("letters:groups", args=[letter.pk])
    assert client.get(address).context["form"]["kinds"].value() == ["coordinators"]
    nobody = client.post(address, {"version": 1})
    assert (nobody.status_code, "Choose at least one group" in nobody.content.decode()) == (422, True)
    client.post(
        address,
        {
            "version": 1,
            "kinds": ["missions"],
            "regions": [region("Africa").subject],
            "but_offices": [one("Kenya").subject],
        },
    )
    expected = (MISSIONS, region("Africa"), one("Kenya", excludes=True))
    assert text_of(Letter.objects.get()).groups == expected
    page = client.get(letter.get_absolute_url())
    assert page.context["groups"].included == ("Missions", "Region: Africa")
    assert page.context["groups"].left_out == ("Kenya",)
    client.post(address, {"version": 1, "kinds": ["missions"]})
    assert text_of(Letter.objects.get()).groups == expected


def test_an_office_that_closed_stays_chosen_until_somebody_takes_it_out(scene: Scene) -> None:
    groups = (MISSIONS, one("Fiji"), one("Kenya", excludes=True))
    letter = draft(scene, replace(TEXT, groups=groups))
    Office.objects.filter(name__in=["Fiji", "Kenya"]).update(valid=span(None, timezone.localdate() - DAY))
    address = reverse("letters:groups", args=[letter.pk])
    client = signed_in(scene.sam)
    form = client.get(address).context["form"]
    kept = {name: form[name].value() for name in ("kinds", "offices", "but_offices")}
    assert client.post(address, {"version": 1} | kept).status_code == 302
    assert text_of(Letter.objects.get()).groups == groups
    client.post(address, {"version": Letter.objects.get().version, "kinds": ["missions"]})
    assert text_of(Letter.objects.get()).groups == (MISSIONS,)


def test_editing_the_text_keeps_the_groups(scene: Scene) -> None:
    letter = draft(scene, replace(TEXT, groups=(MISSIONS,)))
    same = replace(text_of(letter), body="Something else")
    actions.change_letter(letter=letter, version=1, text=same, by=scene.sam)
    assert text_of(Letter.objects.get()).groups == (MISSIONS,)


def test_the_check_page_says_what_each_rule_gives(scene: Scene) -> None:
    letter = cleared(scene, replace(TEXT, groups=(COORDINATORS, region("Africa"), one("Fiji", excludes=True))))
    page = signed_in(scene.sam).get(reverse("letters:dispatch", args=[letter.pk])).content.decode()
    for words in ("Region: Africa: 2 offices", "2 of them in another group", "Fiji: 1 office"):
        assert words in page
