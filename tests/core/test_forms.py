"""Forms: one look for all, errors that lead to their field, dates that keep what was typed."""

import datetime as dt

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from accounts.models import User
from core.forms import DatePartsField, form_page


class Choice(forms.Form):
    name = forms.CharField(help_text="In full.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    region = forms.ChoiceField(choices=[("ea", "Eastern Africa")])
    answer = forms.ChoiceField(widget=forms.RadioSelect, choices=[("yes", "Yes"), ("no", "No")])
    sure = forms.BooleanField(label="I am sure")
    several = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=[("one", "One"), ("two", "Two")])
    due = DatePartsField()


def drawn(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


def page_of(form: forms.Form):
    return form_page(RequestFactory().get("/"), "form.html", form, {"title": "A form"})


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("name", 'class="govuk-input"'),
        ("note", 'class="govuk-textarea"'),
        ("region", 'class="govuk-select"'),
        ("answer", 'class="govuk-radios__input"'),
        ("sure", 'class="govuk-checkboxes__input"'),
        ("several", 'class="govuk-checkboxes__input"'),
        ("due", "govuk-date-input__input"),
    ],
)
def test_every_widget_has_its_look_without_asking(name: str, look: str) -> None:
    assert look in drawn("{% field field %}", field=Choice()[name])


def test_class_of_the_form_is_kept_beside_the_look() -> None:
    widget = forms.TextInput(attrs={"class": "govuk-input--width-5"})
    form = forms.Form()
    form.fields["code"] = forms.CharField(widget=widget)
    assert 'class="govuk-input--width-5 govuk-input"' in str(form["code"])


def test_optional_field_says_so_and_required_does_not() -> None:
    assert "(optional)" in drawn("{% field field %}", field=Choice()["note"])
    assert "(optional)" not in drawn("{% field field %}", field=Choice()["name"])


def test_hint_and_error_are_tied_to_the_control() -> None:
    html = drawn("{% field field %}", field=Choice({})["name"])
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("name", "anchor"), [("name", "id_name"), ("answer", "id_answer_0"), ("due", "id_due_0"), ("sure", "id_sure")]
)
def test_summary_leads_to_a_control_that_exists(name: str, anchor: str) -> None:
    form = Choice({})
    assert f'href="#{anchor}"' in drawn("{% error_summary form %}", form=form)
    assert f'id="{anchor}"' in str(form[name])


def test_summary_of_an_unsent_form_is_empty() -> None:
    assert drawn("{% error_summary form %}", form=Choice()).strip() == ""


@pytest.mark.parametrize(
    ("label", "said"), [("Name", "Name: Fill"), ("What for?", "What for? Fill"), ("لماذا؟", "لماذا؟ Fill")]
)
def test_summary_puts_no_colon_after_a_question(label: str, said: str) -> None:
    form = Choice({})
    form.fields["name"].label = label
    assert f'<a href="#id_name">{said}' in drawn("{% error_summary form %}", form=form)


def test_wrong_form_is_422_with_error_in_the_title_and_what_was_typed() -> None:
    answer = page_of(Choice({"name": "UNODC"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: A form" in page
    assert 'value="UNODC"' in page


def test_unsent_form_is_200() -> None:
    answer = page_of(Choice())
    assert answer.status_code == 200
    assert "<title>A form" in answer.content.decode()


def test_typed_markup_comes_back_as_text() -> None:
    assert "<script>" not in page_of(
        Choice({"name": '"><script>', "note": "</textarea><script>"})
    ).content.decode().replace('<script type="module"', "")


# Dates in three boxes


def date_of(day: str, month: str, year: str, **options) -> dt.date | None:
    field = DatePartsField(**options)
    return field.clean(field.widget.value_from_datadict({"d_day": day, "d_month": month, "d_year": year}, {}, "d"))


def test_three_boxes_make_a_date() -> None:
    assert date_of("7", "9", "2011") == dt.date(2011, 9, 7)


@pytest.mark.parametrize("parts", [("31", "2", "2012"), ("x", "9", "2011"), ("1", "13", "2011"), ("0", "1", "2011")])
def test_date_that_does_not_exist_is_refused(parts: tuple[str, str, str]) -> None:
    with pytest.raises(forms.ValidationError, match="no such date"):
        date_of(*parts)


def test_missing_part_is_named() -> None:
    with pytest.raises(forms.ValidationError, match="day, month and year"):
        date_of("7", "", "2011")


def test_no_part_at_all_is_none_where_the_date_is_optional() -> None:
    assert date_of("", "", "", required=False) is None
    with pytest.raises(forms.ValidationError):
        date_of("", "", "")


def test_boxes_show_a_date_and_keep_nonsense() -> None:
    shown = str(Choice(initial={"due": dt.date(2011, 9, 7)})["due"])
    assert all(f'value="{part}"' in shown for part in ("7", "9", "2011"))
    assert 'value="99"' in str(Choice({"due_day": "99", "due_month": "1", "due_year": "2011"})["due"])


def test_an_empty_field_says_what_to_do() -> None:
    class Asked(Choice):
        paper = forms.FileField()

    errors = Asked({}).errors
    assert errors["name"] == ["Fill this in."]
    assert errors["region"] == errors["answer"] == ["Choose one."]
    assert errors["paper"] == ["Choose a file."]
    assert errors["due"] == ["Fill in day, month and year."]


def test_an_empty_choice_is_a_word_and_no_line(db) -> None:
    class Of(forms.Form):
        mechanism = forms.ModelChoiceField(User.objects.all())

    assert "---------" not in str(Of())
    assert '<option value="" selected>Choose …</option>' in str(Of())
