"""Answers are private, and the small pages of the shell keep their promises."""

import logging

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from core.middleware import PrivateByDefault
from tests.cast import Cast, signed_in


def answer(**headers: str) -> HttpResponse:
    return PrivateByDefault(lambda request: HttpResponse(headers=headers))(HttpRequest())


def test_no_cache_keeps_an_answer() -> None:
    assert answer()["Cache-Control"] == "private, no-store"
    assert answer()["X-Robots-Tag"] == "noindex, nofollow"


def test_a_view_may_say_otherwise() -> None:
    assert answer(**{"Cache-Control": "max-age=60"})["Cache-Control"] == "max-age=60"


def test_the_headers_of_a_real_page(cast: Cast) -> None:
    page = signed_in(cast.sam).get(reverse("components"))
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert "style=" not in page.content.decode()


def test_the_browsers_report_is_logged_and_answered_with_nothing(client, caplog) -> None:
    with caplog.at_level(logging.WARNING, "portal.csp"):
        answer = client.post(reverse("csp_report"), b'{"csp-report": {}}', content_type="application/csp-report")
    assert answer.status_code == 204
    assert "csp-report" in caplog.text


def test_a_report_is_kept_short_and_on_one_line(client, caplog) -> None:
    with caplog.at_level(logging.WARNING, "portal.csp"):
        client.post(reverse("csp_report"), b"x\nforged line\n" + b"y" * 50_000, content_type="text/plain")
    assert len(caplog.messages[0]) < 9000
    assert "\n" not in caplog.messages[0]


def test_reports_are_only_posted(client) -> None:
    assert client.get(reverse("csp_report")).status_code == 405


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_the_theme_is_kept(cast: Cast, theme: str) -> None:
    sam = signed_in(cast.sam)
    sam.post(reverse("theme"), {"theme": theme, "next": "/"})
    assert f'data-theme="{theme}"' in sam.get(reverse("components")).content.decode()


def test_a_theme_that_does_not_exist_is_not_kept(client) -> None:
    assert "theme" not in client.post(reverse("theme"), {"theme": '"><script>'}).cookies


def test_a_forged_theme_cookie_changes_nothing(cast: Cast) -> None:
    sam = signed_in(cast.sam)
    sam.cookies["theme"] = "neon"
    assert 'data-theme="auto"' in sam.get(reverse("components")).content.decode()


@pytest.mark.parametrize("away", ["https://evil.example.org/", "//evil.example.org", "javascript:alert(1)"])
def test_the_way_back_never_leaves_the_portal(client, away: str) -> None:
    assert client.post(reverse("theme"), {"theme": "dark", "next": away})["Location"] == "/"


def test_form_without_its_token_is_explained(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("theme"), {"theme": "dark"})
    assert answer.status_code == 403
    assert "nothing has been changed" in answer.content.decode()


def test_chosen_language_is_remembered_for_the_person(cast: Cast) -> None:
    signed_in(cast.sam).post(reverse("language"), {"language": "ar"})
    cast.sam.refresh_from_db()
    assert cast.sam.language == "ar"


def test_language_that_the_portal_does_not_speak_is_ignored(cast: Cast) -> None:
    signed_in(cast.sam).post(reverse("language"), {"language": "tlh"})
    cast.sam.refresh_from_db()
    assert cast.sam.language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["raw_unicode_escape", "zip", "utf-7"])
def test_a_form_is_written_in_utf8(charset: str) -> None:
    """Half a character, or a codec that gives no text, would break what comes after."""
    body = b'--b\r\nContent-Disposition: form-data; name="theme"\r\n\r\n\\ud800\r\n--b--\r\n'
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    request = RequestFactory().generic("POST", reverse("theme"), body, content_type=kind)
    assert WSGIHandler().get_response(request).status_code == 400
