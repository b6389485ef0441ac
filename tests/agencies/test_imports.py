"""Files that bring the register up to date: read without trust, shown row by row, written all or not at all."""

import csv
import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from agencies.imports.fields import DayField
from agencies.imports.plan import make_plan
from agencies.models import Agency, Import, Office, OfficeCountry, ResidentCoordinator
from core import tables
from core.dates import span, today
from core.history import changes_of
from tests.cast import Cast, signed_in
from tests.factories import (
    AgencyFactory,
    AgencyNameFactory,
    CountryFactory,
    OfficeCountryFactory,
    OfficeFactory,
    RegionFactory,
    ResidentCoordinatorFactory,
)

pytestmark = pytest.mark.django_db
OFFICE = ["Office", "Duty station", "Region", "Serves", "First day"]
TERM = ["Office", "Resident Coordinator", "E-mail address", "First day", "Last day"]


def text(*rows, encoding="utf-8", delimiter=","):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def book(*rows):
    file, made = io.BytesIO(), Workbook()
    for row in rows:
        made.active.append(row)
    made.save(file)
    return file.getvalue()


def plan(kind, *rows):
    return make_plan(kind, tables.read(text(*rows)))


def outcomes(kind, *rows):
    return [row.outcome for row in plan(kind, *rows).rows]


def errors(kind, *rows):
    return [(row.number, label, message) for row in plan(kind, *rows).rows for label, message in row.errors]


def send(person, kind, data, name="file.csv"):
    address = reverse("agencies:send_import", args=[kind])
    return signed_in(person).post(address, {"file": SimpleUploadedFile(name, data)})


def confirm(person, sent, shown=None):
    return signed_in(person).post(sent.get_absolute_url(), {"shown": shown or sent.preview["print"]})


@pytest.fixture
def kenya():
    region = RegionFactory(code="014", name="Eastern Africa")
    country = CountryFactory(name="Kenya", iso2="KE", iso3="KEN", m49="404", region=region)
    office = OfficeFactory(name="Nairobi office", region=region)
    OfficeCountryFactory(office=office, country=country)
    return office


class TestOffices:
    def test_a_row_adds_an_office_with_its_countries(self, kenya, cast: Cast):
        CountryFactory(name="Uganda", iso2="UG", region=kenya.region)
        data = text(OFFICE, ["Kampala office", "Kampala", "Eastern Africa", "UG", "2020-01-01"])
        send(cast.ada, "offices", data)
        assert not Office.objects.filter(name="Kampala office").exists()
        confirm(cast.ada, Import.objects.get())
        office = Office.objects.get(name="Kampala office")
        assert [str(row) for row in office.coverage.all()] == ["Uganda"]
        assert office.first_day == dt.date(2020, 1, 1)

    def test_a_country_moves_on_a_day_and_the_preview_says_so(self, kenya, cast: Cast):
        heads = [*OFFICE[:-1], "Serves since"]
        other = OfficeFactory(name="Kampala office", region=kenya.region)
        made = plan("offices", heads, ["Kampala office", "Kampala", "014", "Kenya", "2026-01-01"])
        assert made.rows[0].outcome == "changed"
        assert any("until 31 December 2025 served by Nairobi office" in after for *_rest, after in made.rows[0].changes)
        send(cast.ada, "offices", text(heads, ["Kampala office", "Kampala", "014", "Kenya", "2026-01-01"]))
        confirm(cast.ada, Import.objects.get())
        served = OfficeCountry.objects.order_by("valid")
        assert [(row.office_id, row.last_day) for row in served] == [
            (kenya.pk, dt.date(2025, 12, 31)),
            (other.pk, None),
        ]

    def test_other_countries_need_a_day(self, kenya):
        CountryFactory(name="Uganda", region=kenya.region)
        found = errors("offices", OFFICE[:-1], ["Nairobi office", "Nairobi", "014", "Kenya; Uganda"])
        assert [(number, label) for number, label, _message in found] == [(2, "Serves")]

    def test_every_error_is_told_with_its_row_and_column(self, kenya):
        heads = [*OFFICE, "Last day", "Time zone", "Office mailbox"]
        good = ["2020-01-01", "", "Africa/Nairobi", ""]
        found = errors(
            "offices",
            heads,
            ["A", "Town", "Eastern Africa", "Kenia", *good],
            ["B", "Town", "Middle Earth", "", *good],
            ["C", "Town", "014", "", "2020-02-30", "", "Africa/Nairobi", ""],
            ["D", "Town", "014", "", "2020-01-01", "2019-01-01", "Africa/Nairobi", ""],
            ["E", "Town", "014", "", "2020-01-01", "", "Mars/Olympus", "nobody"],
            ["", "Town", "014", "", *good],
            ["A", "Town", "014", "", *good],
        )
        assert [(number, label) for number, label, _message in found] == [
            (2, "Serves"),
            (3, "Region"),
            (4, "First day"),
            (5, "Last day"),
            (6, "Time zone"),
            (6, "Office mailbox"),
            (7, "Office"),
            (8, "Office"),
        ]
        assert "Did you mean Kenya?" in found[0][2]
        assert "Row 2" in found[-1][2]

    def test_a_country_that_two_rows_claim_is_refused_in_the_second(self, kenya):
        CountryFactory(name="Uganda", region=kenya.region)
        rows = [[name, "Kampala", "014", "Uganda", "2020-01-01"] for name in ("One", "Two")]
        assert [(number, label) for number, label, _message in errors("offices", OFFICE, *rows)] == [(3, "Serves")]

    def test_two_offices_of_one_name_need_an_id(self, kenya):
        twin = OfficeFactory(name="nairobi OFFICE", region=kenya.region)
        row = ["Nairobi office", "Nairobi", "014", "", ""]
        assert [label for _number, label, _message in errors("offices", OFFICE, row)] == ["Office"]
        assert outcomes("offices", ["Id", *OFFICE[:3]], [str(twin.pk), *row[:3]]) == ["changed"]

    def test_an_unknown_id_is_refused(self, kenya):
        assert errors("offices", ["Id", "Office"], ["no id", "Nairobi office"])[0][1] == "Id"


class TestCoordinators:
    def test_whoever_is_there_leaves_the_day_before(self, kenya, cast: Cast):
        before = ResidentCoordinatorFactory(office=kenya, first=dt.date(2020, 1, 1))
        row = ["Nairobi office", "New Person", "new@example.org", "2026-03-01", ""]
        assert plan("coordinators", TERM, row).rows[0].outcome == "added"
        send(cast.ada, "coordinators", text(TERM, row))
        confirm(cast.ada, Import.objects.get())
        before.refresh_from_db()
        assert before.last_day == dt.date(2026, 2, 28)
        assert ResidentCoordinator.objects.on(today()).get().name == "New Person"

    def test_terms_that_overlap_in_the_file_are_refused(self, kenya):
        rows = [
            ["Nairobi office", name, "a@example.org", day, ""]
            for name, day in (("A", "2020-01-01"), ("B", "2024-01-01"))
        ]
        found = errors("coordinators", TERM, *rows)
        assert [(number, label) for number, label, _message in found] == [(3, "First day")]

    def test_a_term_that_overlaps_one_of_the_register_is_refused(self, kenya):
        ResidentCoordinatorFactory(office=kenya, name="Later", first=dt.date(2024, 1, 1))
        row = ["Nairobi office", "A", "a@example.org", "2020-01-01", ""]
        assert "Later" in errors("coordinators", TERM, row)[0][2]

    def test_an_unknown_office_is_told_at_its_column(self, kenya):
        row = ["Nairoby office", "A", "a@example.org", "2020-01-01", ""]
        found = errors("coordinators", TERM, row)
        assert (found[0][:2], "Did you mean Nairobi office?" in found[0][2]) == ((2, "Office"), True)

    def test_an_entry_is_corrected_by_its_first_day(self, kenya):
        ResidentCoordinatorFactory(office=kenya, name="Mispelt", email="a@example.org", first=dt.date(2020, 1, 1))
        made = plan("coordinators", TERM, ["Nairobi office", "Misspelt", "a@example.org", "2020-01-01", ""])
        assert made.rows[0].changes == [("Resident Coordinator", "Mispelt", "Misspelt")]


class TestAgencies:
    HEADS = ("Agency", "Acronym", "Kind", "Name since")

    def test_a_row_adds_an_agency_with_its_group(self, cast: Cast):
        send(cast.ada, "agencies", text(self.HEADS, ["New Body", "NB", "Fund or programme", ""]))
        confirm(cast.ada, Import.objects.get())
        agency = Agency.objects.get(names__name="New Body")
        assert agency.group.name == f"agency {agency.pk}"
        assert agency.kind == "fund"

    def test_a_new_name_of_a_known_agency_needs_a_day(self):
        agency = AgencyFactory(name="Old Name", acronym="ON")
        heads, row = ["Id", *self.HEADS], [str(agency.pk), "New Name", "NN", "fund"]
        assert errors("agencies", heads, [*row, ""])[0][:2] == (2, "Agency")
        assert outcomes("agencies", heads, [*row, "2026-01-01"]) == ["changed"]

    def test_a_new_name_ends_the_one_before_it(self, cast: Cast):
        agency = AgencyFactory(name="Old Name", acronym="ON")
        row = [str(agency.pk), "New Name", "NN", "fund", "2026-01-01"]
        send(cast.ada, "agencies", text(["Id", *self.HEADS], row))
        confirm(cast.ada, Import.objects.get())
        assert [(one.name, one.last_day) for one in agency.names.all()] == [
            ("Old Name", dt.date(2025, 12, 31)),
            ("New Name", None),
        ]

    def test_the_name_in_another_language_is_no_change(self):
        agency = AgencyFactory(name="Office", acronym="O", kind="fund")
        AgencyNameFactory(agency=agency, language="fr", name="Bureau", acronym="B")
        assert outcomes("agencies", ["Id", *self.HEADS], [str(agency.pk), "Bureau", "B", "fund", ""]) == ["unchanged"]

    def test_the_days_of_a_known_agency_are_not_changed_by_a_file(self):
        agency = AgencyFactory(name="Office", acronym="O", kind="fund")
        heads = ["Id", "Agency", "Acronym", "First day"]
        assert errors("agencies", heads, [str(agency.pk), "Office", "O", "1999-01-01"])[0][1] == "First day"


class TestTheWay:
    ROW = ("Kampala office", "Kampala", "Eastern Africa", "", "2020-01-01")

    def test_nothing_is_written_while_a_row_is_wrong(self, kenya, cast: Cast):
        send(cast.ada, "offices", text(OFFICE, self.ROW, ["Bad", "Town", "nowhere", "", ""]))
        sent = Import.objects.get()
        page = confirm(cast.ada, sent)
        assert (page.status_code, sent.state, Office.objects.count()) == (422, "wrong", 1)

    def test_a_register_that_changed_meanwhile_is_shown_anew_and_not_written(self, kenya, cast: Cast):
        send(cast.ada, "offices", text(OFFICE, self.ROW, ["Nairobi office", "Mombasa", "014", "Kenya", "2010-01-01"]))
        sent = Import.objects.get()
        Office.objects.filter(pk=kenya.pk).update(duty_station="Kisumu")
        page = confirm(cast.ada, sent)
        assert page.status_code == 409
        assert "The register has changed since you looked" in page.text
        assert Office.objects.count() == 1
        sent.refresh_from_db()
        confirm(cast.ada, sent)
        assert set(Office.objects.values_list("duty_station", flat=True)) == {"Kampala", "Mombasa"}

    def test_an_import_is_done_once(self, kenya, cast: Cast):
        send(cast.ada, "offices", text(OFFICE, self.ROW))
        sent = Import.objects.get()
        confirm(cast.ada, sent)
        confirm(cast.ada, sent)
        assert Office.objects.filter(name="Kampala office").count() == 1

    def test_the_history_names_who_and_the_file(self, kenya, cast: Cast):
        send(cast.ada, "offices", text(OFFICE, self.ROW), name="offices of May.csv")
        confirm(cast.ada, Import.objects.get())
        change = changes_of(Office.objects.get(name="Kampala office"))[0]
        assert change.by == cast.ada.name
        assert change.note.startswith("Imported from “offices of May.csv” (SHA-256 ")

    def test_the_file_is_kept_as_it_was_sent(self, kenya, cast: Cast):
        data = text(OFFICE, self.ROW)
        send(cast.ada, "offices", data)
        answer = signed_in(cast.ada).get(reverse("agencies:import_file", args=[Import.objects.get().pk]))
        assert b"".join(answer) == data

    def test_a_stored_file_that_was_touched_is_not_imported(self, kenya, cast: Cast):
        send(cast.ada, "offices", text(OFFICE, self.ROW))
        sent = Import.objects.get()
        with sent.file.blob.storage.open(sent.file.blob.name, "wb") as stored:
            stored.write(text(OFFICE, ["Another", *self.ROW[1:]]))
        assert confirm(cast.ada, sent).status_code == 409
        assert Office.objects.count() == 1

    def test_only_those_who_keep_the_register_import(self, kenya, cast: Cast):
        for person in (cast.alice, cast.sam, cast.lea):
            assert send(person, "offices", text(OFFICE, self.ROW)).status_code == 403
        send(cast.ada, "offices", text(OFFICE, self.ROW))
        assert signed_in(cast.alice).get(Import.objects.get().get_absolute_url()).status_code == 404

    @pytest.mark.parametrize("kind", ["agencies", "offices", "coordinators"])
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_what_the_register_holds_imports_unchanged(self, kenya, cast: Cast, kind, form):
        ResidentCoordinatorFactory(office=kenya, name="=HYPERLINK(1)")
        AgencyFactory(name="+Plus", acronym="@A")
        file = signed_in(cast.ada).get(reverse("agencies:import_current", args=[kind]), {"format": form}).content
        assert {row.outcome for row in make_plan(kind, tables.read(file)).rows} == {"unchanged"}

    @pytest.mark.parametrize(("kind", "name"), [("agencies", "list"), ("offices", "offices")])
    @pytest.mark.parametrize("language", ["en", "ar", "fr"])
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_the_export_of_a_list_imports_unchanged(self, kenya, cast: Cast, kind, name, language, form):
        OfficeFactory(name="'Quoted", region=kenya.region, email="", valid=span(None))
        AgencyFactory(name="–Dash", acronym="")
        cast.ada.language = language
        cast.ada.save()
        file = signed_in(cast.ada).get(reverse(f"agencies:{name}"), {"format": form}).content
        made = make_plan(kind, tables.read(file))
        assert [row for row in made.rows if row.outcome != "unchanged"] == []
        assert len(made.rows) >= 2

    def test_the_template_has_every_column_and_explains_it(self, cast: Cast):
        answer = signed_in(cast.ada).get(reverse("agencies:import_template", args=["offices"]), {"format": "xlsx"})
        sheets = load_workbook(io.BytesIO(answer.content)).worksheets
        heads = [cell.value for cell in sheets[0][1]]
        assert heads == [row[0].value for row in sheets[1].iter_rows(min_row=2)]
        assert {"Office", "Serves", "Serves since"} <= set(heads)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "neither"),
        (b"PK\x03\x04 broken", "cannot be read"),
        (text(["Office"], ["A"]), "missing: Duty station, Region"),
        (text([*OFFICE, "Office"], []), "twice"),
        (text(OFFICE), "no rows"),
        (b'Office,Region\n"never closed', "no CSV"),
        (b"\x81\x8d\x8f\x90", "encoding"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(cast: Cast, data: bytes, said: str):
    page = send(cast.ada, "offices", data)
    assert page.status_code == 422
    assert said in page.text
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2011-09-07", dt.date(2011, 9, 7)),
        ("7 September 2011", dt.date(2011, 9, 7)),
        ("21/11/2026", dt.date(2026, 11, 21)),
        ("07/07/2011", dt.date(2011, 7, 7)),
        (dt.date(2011, 9, 7), dt.date(2011, 9, 7)),
    ],
)
def test_a_day_of_one_meaning_is_read(written, day):
    assert DayField().clean(written) == day


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("07/09/2011", "may be 7 September 2011 or 9 July 2011"),
        ("2011-02-30", "no such date"),
        ("11/21/2026", "no such date"),
        ("soon", "is no date"),
    ],
)
def test_a_day_of_two_meanings_or_none_is_refused(written, said):
    with pytest.raises(ValidationError, match=said):
        DayField().clean(written)


def test_a_formula_is_told_at_its_column(kenya):
    made = make_plan("offices", tables.read(book(OFFICE, ["Nairobi office", '="Nairobi"', "014", "Kenya", ""])))
    assert [label for row in made.rows for label, _message in row.errors] == ["Duty station"]


def test_a_column_that_is_left_out_stays_as_it_is_and_an_empty_cell_empties(kenya):
    Office.objects.filter(pk=kenya.pk).update(source="A letter", email="a@example.org")
    made = plan("offices", ["Id", "Office", "Office mailbox"], [str(kenya.pk), "Nairobi office", ""])
    assert made.rows[0].changes == [("Office mailbox", "a@example.org", "")]


def test_many_rows_ask_the_database_as_often_as_few(kenya):
    def asked(number):
        rows = [[f"Office {n}", "Town", "014", "", "2020-01-01"] for n in range(number)]
        table = tables.read(text(OFFICE, *rows))
        with CaptureQueriesContext(connection) as captured:
            assert make_plan("offices", table).counts["added"] == number
        return len(captured)

    assert asked(5) == asked(300)
