"""The register's pages: who may read them, on which day they stand, and that they stay quick."""

import datetime as dt

import pytest
import time_machine
from django.test import TestCase
from django.urls import reverse

from accounts.models import User
from agencies.models import Agency, MemberRole, Office
from agencies.sample import agency, load
from core.charts import Mark
from tests.cast import signed_in
from tests.factories import (
    AgencyFactory,
    AgencyNameFactory,
    CountryFactory,
    FocalPointFactory,
    MechanismFactory,
    MembershipFactory,
    ObligationFactory,
    OfficeCountryFactory,
    OfficeFactory,
    RegionFactory,
    ResidentCoordinatorFactory,
)
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
LISTS = ["list", "mechanisms", "countries", "regions", "offices"]
LETTER_DAY = "2011-09-07"


@pytest.fixture
def objects(cast):
    """One address of each kind of page."""
    country, office = CountryFactory(), OfficeFactory()
    OfficeCountryFactory(office=office, country=country)
    ResidentCoordinatorFactory(office=office)
    return {
        "detail": [cast.agency_a.pk],
        "history": [cast.agency_a.pk],
        "mechanism": [cast.task_force.slug],
        "mechanism_history": [cast.task_force.slug],
        "country": [country.pk],
        "region": [country.region.pk],
        "office": [office.pk],
        "office_history": [office.pk],
    } | {name: [] for name in LISTS}


def _addresses(objects):
    return {name: reverse(f"agencies:{name}", args=arguments) for name, arguments in objects.items()}


def test_a_focal_point_reads_every_page_today_and_in_the_past(cast, objects):
    client = signed_in(cast.alice)
    for address in _addresses(objects).values():
        assert client.get(address).status_code == 200, address
        assert client.get(address, {"as_of": LETTER_DAY}).status_code == 200, address


def test_somebody_without_role_or_seat_reads_none(cast, objects):
    client = signed_in(cast.nobody)
    answers = {address: client.get(address).status_code for address in _addresses(objects).values()}
    assert set(answers.values()) <= {403, 404}


def test_whoever_is_not_signed_in_is_asked_to(client, cast, objects):
    for address in _addresses(objects).values():
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith(reverse("account_login"))


def test_pages_are_read_only(cast, objects):
    client = signed_in(cast.ada)
    for address in _addresses(objects).values():
        assert client.post(address).status_code == 405, address


def test_a_page_that_does_not_exist_is_not_found(cast):
    client = signed_in(cast.alice)
    stranger = "00000000-0000-4000-8000-000000000000"
    for name in ("detail", "country", "region", "office", "history", "office_history"):
        assert client.get(reverse(f"agencies:{name}", args=[stranger])).status_code == 404


def test_an_administrator_finds_the_buttons_today_and_none_in_the_past(cast):
    client, address = signed_in(cast.ada), cast.task_force.get_absolute_url()
    button = reverse("agencies:seat", args=[cast.task_force.slug])
    assert button in client.get(address).text
    past = client.get(address, {"as_of": LETTER_DAY})
    assert button not in past.text
    assert "/end/" not in past.text


def test_a_focal_point_finds_no_buttons(cast):
    page = signed_in(cast.alice).get(cast.task_force.get_absolute_url())
    assert "/add/" not in page.text
    assert "/end/" not in page.text


def test_a_day_that_is_no_date_shows_today_and_says_so(cast):
    page = signed_in(cast.alice).get(reverse("agencies:list"), {"as_of": "yesterday"})
    assert page.status_code == 200
    assert "“yesterday” is not a date" in page.text


def test_an_agency_is_found_by_any_name_it_ever_had(cast):
    body = AgencyFactory(acronym="UNSDG", name="Sustainable Development Group", first=dt.date(2018, 5, 31))
    AgencyNameFactory(agency=body, acronym="UNDG", name="Development Group", last=dt.date(2018, 5, 30))
    page = signed_in(cast.alice).get(reverse("agencies:list"), {"q": "undg"})
    assert "Sustainable Development Group" in page.text
    assert cast.agency_b.get_absolute_url() not in page.text


def test_a_body_that_has_ended_is_listed_in_its_time_and_found_by_name(cast):
    ended = AgencyFactory(acronym="OLD", name="Old Department", last=dt.date(2018, 12, 31))
    client, address = signed_in(cast.alice), reverse("agencies:list")
    assert ended.get_absolute_url() not in client.get(address).text
    assert ended.get_absolute_url() in client.get(address, {"as_of": LETTER_DAY}).text
    assert ended.get_absolute_url() in client.get(address, {"q": "old dep"}).text


def test_the_list_is_filtered_by_kind_and_by_mechanism(cast):
    fund = AgencyFactory(acronym="FUND", kind="fund")
    other = MembershipFactory(mechanism=MechanismFactory(slug="other")).agency
    client, address = signed_in(cast.alice), reverse("agencies:list")
    by_kind = client.get(address, {"kind": "fund"}).text
    assert fund.get_absolute_url() in by_kind
    assert cast.agency_a.get_absolute_url() not in by_kind
    by_mechanism = client.get(address, {"mechanism": "other"}).text
    assert other.get_absolute_url() in by_mechanism
    assert cast.agency_a.get_absolute_url() not in by_mechanism


def test_an_export_holds_what_the_filter_finds(cast):
    AgencyFactory(acronym="FUND", name="=A fund", kind="fund")
    answer = signed_in(cast.alice).get(reverse("agencies:list"), {"kind": "fund", "format": "csv"})
    text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
    assert "A fund" in text
    assert "Agency AAA" not in text
    assert not [line for line in text.splitlines() if line.startswith("=")]


def test_the_region_of_a_country_list_takes_in_its_parts(cast):
    africa = RegionFactory(code="002", name="Africa")
    kenya = CountryFactory(name="Kenya", region=RegionFactory(code="014", name="Eastern Africa", parent=africa))
    chile = CountryFactory(name="Chile", region=RegionFactory(code="005", name="South America"))
    page = signed_in(cast.alice).get(reverse("agencies:countries"), {"region": "002"}).text
    assert kenya.get_absolute_url() in page
    assert chile.get_absolute_url() not in page


def test_the_region_of_an_office_list_takes_in_its_parts(cast):
    africa = RegionFactory(code="002", name="Africa")
    OfficeFactory(name="Kenya", region=RegionFactory(code="014", name="Eastern Africa", parent=africa))
    OfficeFactory(name="Chile", region=RegionFactory(code="005", name="South America"))
    rows = signed_in(cast.alice).get(reverse("agencies:offices"), {"region": "002"}).context["listing"].rows
    assert [row.name for row in rows] == ["Kenya"]


def test_a_vacant_post_is_shown_as_vacant_and_found(cast):
    vacant, filled = OfficeFactory(name="Vacantia"), OfficeFactory(name="Fillonia")
    ResidentCoordinatorFactory(office=filled)
    client = signed_in(cast.alice)
    assert "Vacant" in client.get(vacant.get_absolute_url()).text
    found = client.get(reverse("agencies:offices"), {"post": "vacant"}).text
    assert "Vacantia" in found
    assert "Fillonia" not in found


def test_a_vacant_seat_is_counted_on_the_page_of_the_mechanism(cast):
    page = signed_in(cast.alice).get(cast.task_force.get_absolute_url()).text
    assert "2 seats are vacant" in page  # neither agency has a principal


def test_what_another_agency_owes_is_not_on_its_page(cast):
    ObligationFactory(agency=cast.agency_b, what="Contribution of agency B")
    assert "Contribution of agency B" not in signed_in(cast.alice).get(cast.agency_b.get_absolute_url()).text
    assert "Contribution of agency B" in signed_in(cast.charlie).get(cast.agency_b.get_absolute_url()).text


def _grow(number):
    """More rows of everything that a list shows."""
    for _ in range(number):
        body, country, office = AgencyFactory(), CountryFactory(region=RegionFactory()), OfficeFactory()
        MembershipFactory(agency=body)
        FocalPointFactory(agency=body)
        MembershipFactory(mechanism=MechanismFactory(slug=f"forum-{body.pk}"), agency=body, role="chair")
        OfficeCountryFactory(office=office, country=country)
        ResidentCoordinatorFactory(office=office)
        RegionFactory(code=str(body.pk)[:10], name=str(body.pk))


@pytest.mark.parametrize("name", ["list", "mechanisms", "countries", "regions", "offices", "mechanism", "region"])
def test_the_number_of_queries_does_not_grow_with_the_rows(cast, name):
    arguments = {"mechanism": [cast.task_force.slug], "region": [RegionFactory().pk]}.get(name, [])
    client, address = signed_in(cast.alice), reverse(f"agencies:{name}", args=arguments)
    _grow(2)
    few = queries_of(client, address)
    _grow(8)
    assert queries_of(client, address) == few


def test_the_number_of_queries_of_one_agency_does_not_grow_with_its_past(cast):
    client, address = signed_in(cast.alice), cast.agency_a.get_absolute_url()
    FocalPointFactory(agency=cast.agency_a)
    few = queries_of(client, address)
    for year in range(2000, 2009):
        AgencyNameFactory(agency=cast.agency_a, first=dt.date(year, 1, 1), last=dt.date(year, 12, 31))
        FocalPointFactory(agency=cast.agency_a)
        MembershipFactory(mechanism=MechanismFactory(slug=f"forum-{year}"), agency=cast.agency_a)
    assert queries_of(client, address) == few


class SamplePagesTest(TestCase):
    """The sample as its focal point of UNODC sees it, loaded once for all."""

    @classmethod
    def setUpTestData(cls):
        load()
        cls.reader = User.objects.get(email="focal-point.unodc@example.org")

    def setUp(self):
        self.client = signed_in(self.reader)

    def test_the_task_force_of_the_day_of_the_letter(self):
        page = self.client.get(reverse("agencies:mechanism", args=["task-force"]), {"as_of": LETTER_DAY})
        seated = [row.membership for row in page.context["speakers"]]
        assert sorted(row.acronym for row in seated if row.role == MemberRole.CO_CHAIR) == ["DPA", "UNODC"]
        assert len(seated) == page.context["seats"].count == 10
        assert "As it was on" in page.text

    def test_the_task_force_of_today_has_one_successor_of_the_two_merged_bodies(self):
        page = self.client.get(reverse("agencies:mechanism", args=["task-force"]))
        acronyms = [row.membership.acronym for row in page.context["speakers"]]
        assert acronyms.count("DPPA") == 1
        assert not {"DPA", "PBSO", "DPKO", "DPI"} & set(acronyms)

    def test_the_picture_over_the_years_names_the_successor(self):
        page = self.client.get(reverse("agencies:mechanism", args=["task-force"]))
        stretches = {row.label: row for row in page.context["timeline"].rows}
        assert "DPPA" in stretches["DPA"].note
        assert stretches["DPA"].current_text == "1 March 2011 – 31 December 2018"
        assert "UNDG" in stretches["UNSDG"].note
        assert stretches["DPPA"].note == "follows DPA (1 January 2019); follows PBSO (1 January 2019)"

    def test_the_picture_over_the_years_marks_new_names_and_successions(self):
        page = self.client.get(reverse("agencies:mechanism", args=["task-force"]))
        marks = {row.label: row.marks for row in page.context["timeline"].rows}
        reform = [Mark(dt.date(2019, 1, 1), "followed")]
        assert [marks[body] for body in ("DPA", "PBSO", "DPPA")] == [reform] * 3
        assert marks["UNSDG"] == [Mark(dt.date(2018, 5, 31), "renamed")]
        assert marks["UNODC"] == []
        assert page.text.count('<polygon class="gantt__followed"') == 7

    def test_a_bar_begins_where_the_name_of_its_year_stands(self):
        chart = self.client.get(reverse("agencies:mechanism", args=["task-force"])).context["timeline"]
        years = {tick.label: tick.x for tick in chart.ticks()}
        (bar,) = next(bars for row in chart.rows if row.label == "DPPA" and (bars := list(chart.bars(row))))
        assert bar.x == years["2019"]

    def test_the_picture_of_a_day_knows_nothing_of_later_successions(self):
        page = self.client.get(reverse("agencies:mechanism", args=["task-force"]), {"as_of": LETTER_DAY})
        assert not [row.label for row in page.context["timeline"].rows if row.marks or row.note]
        assert "gantt__followed" not in page.text

    def test_a_page_of_the_past_keeps_its_day_in_its_links(self):
        page = self.client.get(reverse("agencies:mechanism", args=["task-force"]), {"as_of": LETTER_DAY})
        assert f"{agency('dpa').get_absolute_url()}?as_of={LETTER_DAY}" in page.text

    def test_the_list_of_offices_counts_them(self):
        page = self.client.get(reverse("agencies:offices"))
        counts = page.context["counts"]
        assert counts["offices"] == Office.objects.filter(valid__endswith=None).count() >= 130
        assert counts["countries"] >= 160

    def test_names_are_in_the_readers_language_where_there_is_one(self):
        page = self.client.get(agency("unodc").get_absolute_url(), headers={"accept-language": "fr"})
        assert "Office des Nations Unies contre la drogue et le crime" in page.text
        named = Agency.objects.named_on(dt.date(2020, 1, 1), "fr").get(pk=agency("undp").pk)
        assert named.name == "United Nations Development Programme"


def test_what_is_owed_is_counted_at_the_place_of_its_deadline(cast):
    ObligationFactory(agency=cast.agency_b, due_on=dt.date(2030, 6, 1), time_zone="Asia/Bangkok")
    with time_machine.travel("2030-06-01T18:00Z", tick=False):
        text = signed_in(cast.charlie).get(cast.agency_b.get_absolute_url()).content.decode()
    assert "1 day late" in text
    assert "(UTC+07:00, Bangkok)" in text


def test_only_who_may_change_an_agency_finds_the_links_to_do_so(cast):
    change = reverse("agencies:change", args=[cast.agency_b.pk])
    assert signed_in(cast.ada).get(cast.agency_b.get_absolute_url()).content.decode().count(change) == 4
    assert change not in signed_in(cast.charlie).get(cast.agency_b.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("page", "target"), [("list", "add"), ("offices", "add_office")])
def test_a_list_of_the_register_leads_to_its_new_row(cast, page, target):
    text = signed_in(cast.ada).get(reverse(f"agencies:{page}")).content.decode()
    assert f'href="{reverse(f"agencies:{target}")}"' in text
