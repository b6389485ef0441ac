"""Lists: what the reader chose stands in the URL, exports hold no live formula, queries do not grow with the rows."""

import csv
import datetime as dt
from io import BytesIO, StringIO
from types import SimpleNamespace
from zipfile import ZipFile

import django_filters
import pytest
from django.contrib.auth.models import Group
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core import export
from core.lists import PER_PAGE, Column, Empty, Listing, list_page

COLUMNS = [
    Column("name", "Name", "name", link=lambda group: f"/groups/{group.pk}/", sort="name"),
    Column("length", "Length", lambda group: len(group.name), numeric=True),
    Column("state", "State", lambda group: "done", tag="task"),
    Column("secret", "Only in the file", "pk", on_page=False),
]


class GroupFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", label="Name contains")
    kind = django_filters.ChoiceFilter(
        field_name="name", lookup_expr="startswith", label="Kind", choices=[("A", "Agencies"), ("B", "Bodies")]
    )
    any_of = django_filters.ModelMultipleChoiceFilter(field_name="pk", queryset=Group.objects.all(), label="Any of")
    number = django_filters.NumberFilter(field_name="pk", label="Number")

    class Meta:
        model = Group
        fields: list[str] = []


@pytest.fixture
def groups(db) -> list[Group]:
    return [Group.objects.create(name=f"{'AB'[n % 2]} group {n:03}") for n in range(120)]


def asked(query: str = ""):
    return RequestFactory().get(f"/groups/{query}")


def page(query: str = "", **options):
    defaults = {"title": "Groups", "queryset": Group.objects.order_by("name"), "columns": COLUMNS}
    return list_page(asked(query), **(defaults | {"filterset": GroupFilter} | options))


def listing(query: str = "") -> Listing:
    request = asked(query)
    rows = Group.objects.all()
    return Listing(request, "Groups", rows, COLUMNS, GroupFilter(request.GET, queryset=rows, request=request), "name")


def names(query: str) -> list[str]:
    return [group.name for group in listing(query).page]


# Sorting


def test_default_order_holds_without_a_wish(groups) -> None:
    assert names("")[0] == "A group 000"


def test_reader_turns_the_order(groups) -> None:
    assert names("?sort=-name")[0] == "B group 119"


@pytest.mark.parametrize("wish", ["permissions__codename", "length", "-pk", "secret", "name;drop", "--name", "?"])
def test_only_declared_columns_sort(groups, wish: str) -> None:
    assert names(f"?sort={wish}") == names("")


def test_heads_say_how_the_list_is_sorted_and_lead_to_the_other_way(groups) -> None:
    head, *others = listing("?sort=name&name=group").headings()
    assert (head.sorted, head.url) == ("ascending", "/groups/?sort=-name&name=group")
    assert not any(other.sorted for other in others)


def test_equal_rows_are_on_one_page_only(db) -> None:
    columns = [Column("first", "First", "name", sort="permissions__content_type_id")]
    made = {group.pk for group in Group.objects.bulk_create(Group(name=str(n)) for n in range(2 * PER_PAGE + 1))}
    seen = []
    for number in (1, 2, 3):
        request = asked(f"?sort=first&page={number}")
        seen += [group.pk for group in Listing(request, "x", Group.objects.all(), columns).page]
    assert sorted(seen) == sorted(made)


# Pages


@pytest.mark.parametrize(("number", "shown"), [("2", 2), ("nonsense", 1), ("-1", 3), ("0", 3), ("999", 3), ("", 1)])
def test_page_number_out_of_nowhere_shows_a_real_page(groups, number: str, shown: int) -> None:
    assert listing(f"?page={number}").page.number == shown


def test_pages_keep_filter_and_order(groups) -> None:
    assert listing("?name=A&sort=-name").next_url() == "/groups/?name=A&sort=-name&page=2"


# Filters and chips


def test_chip_says_the_filter_in_words_and_leads_to_the_list_without_it(groups) -> None:
    (chip,) = listing("?kind=A&sort=-name&page=2").chips
    assert (chip.label, chip.url) == ("Kind: Agencies", "/groups/?sort=-name")


def test_each_of_many_values_has_its_own_chip(groups) -> None:
    one, two = groups[0], groups[1]
    chips = listing(f"?any_of={one.pk}&any_of={two.pk}").chips
    assert [chip.url for chip in chips] == [f"/groups/?any_of={two.pk}", f"/groups/?any_of={one.pk}"]


def test_clearing_keeps_the_day_and_the_order(groups) -> None:
    assert listing("?kind=A&as_of=2011-09-07&sort=-name").cleared_url == "/groups/?as_of=2011-09-07&sort=-name"


def test_filter_that_makes_no_sense_is_explained_and_exports_nothing(groups) -> None:
    for query in ("?number=many", "?number=many&format=csv"):
        answer = page(query)
        assert answer.status_code == 422
        assert "Enter a number." in answer.content.decode()


def test_text_of_the_url_is_never_markup(groups) -> None:
    assert "<script>" not in page("?name=<script>alert(1)</script>").content.decode()


# Empty states


def test_empty_list_says_what_to_do(db) -> None:
    answer = page(empty=Empty("No groups yet", "Make the first one.", "/groups/new/", "New group")).content.decode()
    assert "No groups yet" in answer
    assert 'href="/groups/new/"' in answer


def test_filter_without_result_offers_to_clear_it(groups) -> None:
    answer = page("?name=nothing+like+it").content.decode()
    assert "Nothing fits this filter" in answer
    assert 'href="/groups/"' in answer


# Cells


def test_state_is_shown_as_tag_and_exported_as_word(groups) -> None:
    assert '<strong class="govuk-tag govuk-tag--green">Done</strong>' in page().content.decode()
    assert COLUMNS[2].exported(groups[0]) == "Done"


def test_column_kept_for_exports_is_not_on_the_page(groups) -> None:
    assert "Only in the file" not in page().content.decode()
    assert b"Only in the file" in page("?format=csv").content


def test_path_that_ends_early_gives_nothing_and_a_wrong_one_fails_loudly() -> None:
    office = SimpleNamespace(name="Office", region=None)
    assert Column("region", "Region", "region.name").exported(office) is None
    with pytest.raises(AttributeError):
        Column("nmae", "Name", "nmae").exported(office)


# Queries


@pytest.mark.parametrize("query", ["", "?kind=A&sort=-name", "?format=csv", "?format=xlsx"])
def test_queries_do_not_grow_with_the_rows(db, django_assert_max_num_queries, query: str) -> None:
    for n in range(3):
        Group.objects.create(name=f"A{n}")
    with django_assert_max_num_queries(4):
        page(query)
    Group.objects.bulk_create(Group(name=f"A more {n}") for n in range(200))
    with django_assert_max_num_queries(4):
        page(query)


# Exports


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


def test_export_holds_all_that_the_filter_finds_in_its_order(groups) -> None:
    answer = page("?format=csv&kind=A&sort=-name&page=2")
    rows = rows_of(answer)
    assert rows[0] == ["Name", "Length", "State", "Only in the file"]
    assert len(rows) == 61
    assert rows[1][0] == "A group 118"
    assert answer["Content-Disposition"].startswith('attachment; filename="groups-')


def test_unknown_format_is_just_the_page(groups) -> None:
    assert page("?format=pdf")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "－1"])
def test_live_text_is_made_plain_in_both_formats(name: str) -> None:
    assert export.safe(name) == f"'{name}"
    workbook = ZipFile(BytesIO(export.to_xlsx(["Name"], [[name]]))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in workbook


@given(st.text())
def test_no_text_whatever_begins_like_a_formula(text: str) -> None:
    written = export.to_csv(["Head"], [[text]]).decode("utf-8-sig")
    cell = next(csv.reader(StringIO(written.partition("\n")[2], newline="")), [""])
    assert not (cell[0] if cell else "").lstrip().startswith(export.LIVE)


def test_numbers_and_dates_stay_numbers_and_dates() -> None:
    assert [export.safe(export.plain(value)) for value in (-3, 2.5, dt.date(2012, 5, 30))] == [
        -3,
        2.5,
        dt.date(2012, 5, 30),
    ]


def test_times_are_written_in_utc() -> None:
    bangkok = dt.timezone(dt.timedelta(hours=7))
    assert export.plain(dt.datetime(2012, 5, 30, 7, tzinfo=bangkok)) == dt.datetime(2012, 5, 30, tzinfo=dt.UTC).replace(
        tzinfo=None
    )


def test_heads_are_made_plain_too() -> None:
    assert b"'=head" in export.to_csv(["=head"], [])


def test_a_moment_in_a_file_names_its_zone_and_no_parts_of_a_second() -> None:
    moment = dt.datetime(2026, 11, 22, 16, 31, 5, 123456, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    written = export.to_csv(["At"], [[moment]]).decode("utf-8-sig").splitlines()[1]
    assert written == "2026-11-22 09:31:05Z"
    assert dt.datetime.fromisoformat(written) == moment.replace(microsecond=0)
    sheet = load_workbook(BytesIO(export.to_xlsx(["At"], [[moment]]))).active
    assert str(sheet["A2"].value) == "2026-11-22 09:31:05"
    assert sheet["A2"].number_format == 'yyyy-mm-dd hh:mm:ss "UTC"'
    assert sheet.column_dimensions["A"].width > len(written)  # a spreadsheet shows a date that is too wide as ####


def test_workbook_holds_text_as_text_and_numbers_as_numbers() -> None:
    book = ZipFile(BytesIO(export.to_xlsx(["A", "B"], [["007", 7]]))).read("xl/worksheets/sheet1.xml").decode()
    assert "<v>7</v>" in book
    assert "007" in book
