"""The sample: the facts of the Task Force on two days, the whole world's offices, and sign-ins that sign in."""

import datetime as dt
import json
from io import StringIO

import pycountry
import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory, TestCase

from accounts.models import User
from accounts.sample import PASSWORD
from agencies.models import AgencyName, Country, MemberRole, Membership, Office, OfficeCountry, ResidentCoordinator
from agencies.sample import SIGN_INS, agency, load, mechanism

LETTER_DAY = dt.date(2011, 9, 7)
REMARKS_DAY = dt.date(2019, 6, 24)
TODAY = dt.date(2026, 11, 21)
TEN = {"UNODC", "DPA", "DPKO", "UNDP", "DPI", "PBSO", "OHCHR", "UNICEF", "UN Women", "World Bank"}


@pytest.fixture
def sample(db):
    load()


def _seated(day, slug="task-force", role=None):
    """Acronyms of those who sit in the mechanism on the day."""
    rows = Membership.objects.seated().on(day).filter(mechanism__slug=slug)
    rows = rows.filter(role=role) if role else rows
    return sorted(row.agency.name_on(day).acronym for row in rows)


class FactsTest(TestCase):
    """What the sample says, loaded once for all."""

    @classmethod
    def setUpTestData(cls):
        load()

    def test_ten_bodies_sat_in_the_task_force_on_the_day_of_the_letter(self):
        assert set(_seated(LETTER_DAY)) == TEN
        assert len(_seated(LETTER_DAY)) == 10

    def test_the_co_chairs_of_2011_were_dpa_and_unodc(self):
        assert _seated(LETTER_DAY, role=MemberRole.CO_CHAIR) == ["DPA", "UNODC"]

    def test_the_successors_sit_in_their_places_on_the_day_of_the_remarks(self):
        expected = (TEN - {"DPA", "PBSO", "DPKO", "DPI"}) | {"DPPA", "DPO", "DGC"}
        assert _seated(REMARKS_DAY) == sorted(expected)
        assert _seated(REMARKS_DAY, role=MemberRole.CO_CHAIR) == ["DPPA", "UNODC"]

    def test_both_merged_bodies_lead_to_one_successor(self):
        origins = agency("dppa").origins.values_list("predecessor__names__acronym", "day")
        assert set(origins) == {("DPA", dt.date(2019, 1, 1)), ("PBSO", dt.date(2019, 1, 1))}

    def test_a_body_keeps_the_name_that_was_right_on_the_day(self):
        group = agency("undg")
        assert group.name_on(LETTER_DAY).acronym == "UNDG"
        assert group.name_on(TODAY).acronym == "UNSDG"

    def test_the_global_focal_point_is_as_the_remarks_give_it(self):
        assert _seated(REMARKS_DAY, "global-focal-point", MemberRole.CO_CHAIR) == ["OROLSI", "UNDP"]
        assert _seated(REMARKS_DAY, "global-focal-point", MemberRole.MEMBER) == ["OHCHR", "UN Women", "UNHCR", "UNODC"]

    def test_of_the_compact_groups_only_the_roles_that_the_remarks_give_are_stated(self):
        assert _seated(REMARKS_DAY, "ct-criminal-justice", MemberRole.CHAIR) == ["UNODC"]
        for slug in ("ct-resources", "ct-borders"):
            assert _seated(REMARKS_DAY, slug) == _seated(REMARKS_DAY, slug, MemberRole.CO_CHAIR) == ["UNODC"]
        assert not agency("oct").memberships.exists()

    def test_what_no_source_gives_is_marked_as_to_be_checked(self):
        body = mechanism("global-focal-point")
        assert (body.set_up, body.authority) == (None, "")
        assert "to be checked" in body.source

    def test_a_milestone_is_dated_as_precisely_as_its_source(self):
        set_up = mechanism().milestones.get(what__contains="sets up")
        assert str(set_up.date) == "March 2011"
        assert mechanism().milestones.get(what__startswith="Launch").date is None

    def test_offices_cover_the_world_on_both_days(self):
        for day in (LETTER_DAY, TODAY):
            assert OfficeCountry.objects.on(day).count() >= 160
        assert Office.objects.on(TODAY).count() >= 130

    def test_a_country_moved_to_the_new_office_in_the_north_pacific(self):
        palau = OfficeCountry.objects.filter(country__iso2="PW")
        assert palau.on(LETTER_DAY).get().office.name == "Fiji and the South Pacific"
        assert palau.on(TODAY).get().office.name == "Micronesia (North Pacific)"

    def test_some_posts_are_vacant_and_some_filled_ad_interim(self):
        filled = ResidentCoordinator.objects.on(TODAY)
        assert Office.objects.on(TODAY).filter(kind="coordinator").exclude(coordinators__in=filled).count() == 4
        assert filled.filter(status="ad_interim").count() == 5

    def test_every_country_of_m49_is_in_one_region_under_its_un_name(self):
        without = {"AQ", "TW"}  # M49 puts neither in a region of countries
        assert (
            set(Country.objects.values_list("iso2", flat=True))
            == {one.alpha_2 for one in pycountry.countries} - without
        )
        names = dict(Country.objects.values_list("iso2", "name"))
        assert (names["KR"], names["VN"], names["IR"], names["TR"]) == (
            "Republic of Korea",
            "Viet Nam",
            "Iran (Islamic Republic of)",
            "Türkiye",
        )
        assert not [name for name in names.values() if "," in name and not name.startswith(("Bonaire", "China,"))]

    def test_every_office_has_a_zone_and_a_working_language(self):
        dakar = Office.objects.get(name="Senegal")
        assert (dakar.time_zone, dakar.language) == ("Africa/Dakar", "fr")
        assert not Office.objects.filter(time_zone__in=("", "UTC")).exists()

    def test_each_sample_sign_in_signs_in(self):
        request = RequestFactory().post("/")
        people = [authenticate(request, email=one.email, password=PASSWORD) for one in SIGN_INS]
        assert [person.email for person in people] == [one.email for one in SIGN_INS]
        assert all(person.is_sample for person in people)

    def test_nobody_else_of_the_sample_can_sign_in(self):
        others = User.objects.filter(is_sample=False)
        assert others.exists()
        assert not [person for person in others if person.has_usable_password()]


def test_the_sample_twice_adds_nothing(sample):
    models = [model for model in apps.get_models() if model._meta.app_label in {"agencies", "accounts", "auth"}]
    before = {model: model.objects.count() for model in models if not model.__name__.startswith("Custom")}
    load()
    assert {model: model.objects.count() for model in before} == before


def test_a_change_made_by_a_person_survives_the_next_load(sample):
    Office.objects.filter(name="Kenya").update(duty_station="Mombasa")
    load()
    assert Office.objects.get(name="Kenya").duty_station == "Mombasa"


def test_more_data_leaves_the_facts_alone(sample):
    load(scale=3)
    assert Office.objects.on(TODAY).count() >= 390
    assert AgencyName.objects.filter(acronym__startswith="MUA").count() == 60
    assert set(_seated(LETTER_DAY)) == TEN


def test_the_command_writes_the_sign_ins_for_the_local_run(db, tmp_path, settings, monkeypatch):
    settings.TRIAL = True
    target = tmp_path / "sign-ins.json"
    monkeypatch.setenv("PORTAL_SIGN_INS", str(target))
    call_command("sample", stdout=StringIO())
    written = json.loads(target.read_text())
    assert [one["role"] for one in written] == [one.title for one in SIGN_INS]


def test_the_command_refuses_outside_the_local_run(db, settings):
    settings.TRIAL = False
    with pytest.raises(CommandError, match="local run only"):
        call_command("sample")
    assert not User.objects.exists()


def test_places_are_loaded_without_any_sample_and_renewed_by_the_next_load(db):
    said = StringIO()
    call_command("places", stdout=said)
    Country.objects.filter(iso2="VN").update(name="Vietnam")
    call_command("places", stdout=StringIO())
    assert "247 countries and territories" in said.getvalue()
    assert Country.objects.get(iso2="VN").name == "Viet Nam"
    assert not User.objects.exists()
