"""The register on another day: the same facts wherever one looks, nothing that began later, nothing to change."""

import datetime as dt
import re

import pytest
from django.test import TestCase
from django.urls import Resolver404, resolve, reverse

from accounts.models import User
from agencies.models import Agency, AgencyName, Mechanism, Membership, Milestone, Nomination
from agencies.sample import agency, load, mechanism
from taskforce.home.matrix.addresses import every_address
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.walk import urls_of
from tests.cast import signed_in

LETTER_DAY = "2011-09-07"
REMARKS_DAY = "2019-06-24"
PAST = dt.date(2011, 9, 7)
TEN = ["DPA", "UNODC", "DPKO", "DPI", "OHCHR", "PBSO", "UNICEF", "UNDP", "UN Women", "World Bank"]


def main(response):
    """What stands in the page itself, without the shell around it and the control that chooses the day."""
    text = response.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r'<div class="portal-as-of.*?</form>', "", text, flags=re.DOTALL)


def body_rows(page):
    """Acronym and role of each body in the table of those who sit."""
    table = page.partition("Who sits in it, and who speaks for them</caption>")[2].partition("</table>")[0]
    return re.findall(r"<bdi>([^<@]+)</bdi></span></th>\s*<td>([^<]+)</td>", table)


class FactsTest(TestCase):
    """The two days that the sources describe, as the pages show them."""

    @classmethod
    def setUpTestData(cls):
        load()
        cls.reader = User.objects.get(email="administrator@example.org")

    def page(self, url, day):
        return main(signed_in(self.reader).get(url, {"as_of": day}))

    def test_on_the_day_of_the_letter_ten_bodies_sit_with_dpa_and_unodc_as_co_chairs(self):
        rows = body_rows(self.page("/mechanisms/task-force/", LETTER_DAY))
        assert sorted(name for name, _role in rows) == sorted(TEN)
        assert {name for name, role in rows if role == "Co-chair"} == {"DPA", "UNODC"}

    def test_on_the_day_of_the_remarks_the_successors_sit_in_their_places_dppa_once(self):
        rows = body_rows(self.page("/mechanisms/task-force/", REMARKS_DAY))
        names = [name for name, _role in rows]
        assert {"DPPA", "DPO", "DGC"} <= set(names)
        assert not {"DPA", "PBSO", "DPKO", "DPI"} & set(names)
        assert names.count("DPPA") == 1
        assert {name for name, role in rows if role == "Co-chair"} == {"DPPA", "UNODC"}

    def test_the_list_of_mechanisms_and_the_page_agree_on_the_day(self):
        assert "DPA, UNODC" in self.page("/mechanisms/", LETTER_DAY)
        assert "DPPA, UNODC" in self.page("/mechanisms/", REMARKS_DAY)

    def test_no_page_of_the_past_shows_what_began_later(self):
        later = {name.name for name in AgencyName.objects.filter(valid__startswith__gt=PAST)}
        later |= {step.what for step in Milestone.objects.filter(day__gt=PAST)} | {"DPPA", "UNSDG", "A/RES/72/262 C"}
        bodies = [*Agency.objects.begun_by(PAST), *Mechanism.objects.begun_by(PAST), *Membership.objects.begun_by(PAST)]
        urls = [one.get_absolute_url() for one in bodies]
        urls += ["/agencies/", "/agencies/?q=dp", "/mechanisms/"]
        for url in urls:
            page = main(signed_in(self.reader).get(f"{url}{'&' if '?' in url else '?'}as_of={LETTER_DAY}"))
            assert "<h1" in page
            assert not [words for words in later if words in page], url

    def test_what_had_not_begun_says_so_and_nothing_else(self):
        for url in (agency("dppa").get_absolute_url(), mechanism("global-focal-point").get_absolute_url()):
            page = self.page(url, LETTER_DAY)
            assert "Not yet on this day" in page
            assert "<table" not in page


@pytest.fixture
def world(db, settings):
    settings.TRIAL = True
    return build()


def test_no_address_of_the_register_can_be_changed_in_the_past(world):
    """Every page of a past day says so; it has no form and no link to anything that takes a change; forms refuse the past."""
    client = signed_in(world.person("ada"))
    told = 0
    for address in every_address():
        for url in urls_of(address, world)[:1] if address.name.startswith("agencies:") else []:
            answer = client.get(url, {"as_of": "2015-01-01"})
            text = b"".join(answer).decode(errors="replace")
            if answer.status_code != 200 or "portal-as-of" not in text:
                continue
            told += 1
            assert "portal-as-of--past" in text, url
            page = main(answer)
            assert 'method="post"' not in page, url
            assert not [link for link in re.findall(r'href="(/[^"?#]*)', page) if takes_changes(client, link)], url
    assert told > 10


def takes_changes(client, link):
    """Whether something behind a link of the register takes a POST."""
    try:
        if resolve(link).namespace != "agencies":
            return False
    except Resolver404:
        return False
    return client.post(link).status_code != 405


def test_a_form_refuses_the_past(world):
    client, before = signed_in(world.person("ada")), Nomination.objects.count()
    for name in ("seat", "nominate", "change_mechanism", "add_milestone"):
        url = reverse(f"agencies:{name}", args=["matrix"])
        assert client.get(f"{url}?as_of=2015-01-01").status_code == 403, name
        assert client.post(f"{url}?as_of=2015-01-01", {"step": "confirm"}).status_code == 403, name
    assert Nomination.objects.count() == before
