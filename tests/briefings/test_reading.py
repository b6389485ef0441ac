"""Who sees and downloads what; a PDF is recognized by its hash."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.files import store
from taskforce.briefings.actions import Chosen, ask_for_edition
from taskforce.briefings.models import Edition
from tests.briefings.scene import assessed, issued, pack_of
from tests.cast import Cast, signed_in
from tests.paper import pages_of
from tests.queries import queries_of


@pytest.fixture
def edition(cast: Cast) -> Edition:
    """For the members, made by Alice."""
    return issued(pack_of(cast, by=cast.alice))


@pytest.fixture
def restricted(cast: Cast) -> Edition:
    """Confidential, for the secretariat."""
    secret = assessed(cast, sensitivity=1)
    return issued(pack_of(cast, Chosen("heat_map", secret.pk), audience="secretariat"))


def test_a_member_downloads_the_pdf_as_an_attachment(cast: Cast, edition: Edition) -> None:
    answer = signed_in(cast.charlie).get(edition.get_absolute_url())
    assert b"".join(answer.streaming_content) == edition.file.read()
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_without_signing_in_nothing_is_shown(edition: Edition) -> None:
    for address in ("/packs/", edition.pack.get_absolute_url(), edition.get_absolute_url(), "/verify/"):
        assert Client().get(address).url.startswith("/accounts/login/")


def test_for_a_stranger_packs_do_not_exist(cast: Cast, edition: Edition) -> None:
    client = signed_in(cast.nobody)
    assert client.get(edition.get_absolute_url()).status_code == 404
    assert client.get(edition.pack.get_absolute_url()).status_code == 404
    assert edition.pack.title not in client.get("/packs/").content.decode()


def test_for_a_member_a_pack_of_the_secretariat_does_not_exist(cast: Cast, restricted: Edition) -> None:
    client = signed_in(cast.charlie)
    assert client.get(restricted.get_absolute_url()).status_code == 404
    assert client.get(restricted.pack.get_absolute_url()).status_code == 404
    assert client.post(f"{restricted.pack.get_absolute_url()}editions/").status_code == 404


def test_who_may_read_it_less_high_does_not_learn_that_there_is_an_edition(cast: Cast) -> None:
    pack = issued(pack_of(cast, Chosen("heat_map", assessed(cast, sensitivity=1).pk), audience="secretariat")).pack
    edition = Edition.objects.create(
        pack=pack,
        number=2,
        content={},
        sensitivity=2,
        tlp="red",
        sha256="0" * 64,
        file=store(name="copy.pdf", content_type="application/pdf", data=b"%PDF-"),
        job=ask_for_edition(pack=pack, by=cast.lea),
        made_by=cast.lea,
    )
    assert signed_in(cast.sam).get(edition.get_absolute_url()).status_code == 404
    shown = signed_in(cast.sam).get(pack.get_absolute_url()).context["editions"]
    assert [one.number for one in shown] == [1]
    listed = signed_in(cast.sam).get(reverse("briefings:list")).context["listing"]
    assert [row.edition_count for row in listed.rows] == [1]
    assert b"".join(signed_in(cast.lea).get(edition.get_absolute_url())) == b"%PDF-"


def test_reading_a_confidential_edition_is_noted(cast: Cast, restricted: Edition) -> None:
    assert b"".join(signed_in(cast.sam).get(restricted.get_absolute_url())) == restricted.file.read()
    noted = restricted.events.filter(pgh_label="downloaded").get()
    assert noted.pgh_context["user"] == str(cast.sam.pk)


def test_the_next_edition_is_asked_for_by_a_post(cast: Cast, edition: Edition) -> None:
    address = f"{edition.pack.get_absolute_url()}editions/"
    assert signed_in(cast.alice).get(address).status_code == 405
    assert signed_in(cast.alice).post(address).url.startswith("/jobs/")


@pytest.mark.parametrize("turned", [str.lower, str.upper, lambda text: f" {text[:32]} {text[32:]} "])
def test_an_edition_is_recognized_by_its_hash(cast: Cast, edition: Edition, turned) -> None:
    page = signed_in(cast.charlie).post("/verify/", {"sha256": turned(edition.sha256)}).content.decode()
    assert "This is an edition of the portal, unchanged" in page
    assert edition.pack.title in page


def test_an_edition_is_recognized_by_its_pdf(cast: Cast, edition: Edition) -> None:
    copy = SimpleUploadedFile("any name.pdf", edition.file.read())
    assert "unchanged" in signed_in(cast.charlie).post("/verify/", {"file": copy}).content.decode()


def test_one_changed_byte_is_noticed(cast: Cast, edition: Edition) -> None:
    copy = SimpleUploadedFile("pack.pdf", edition.file.read()[:-1] + b" ")
    assert "No edition has this hash" in signed_in(cast.charlie).post("/verify/", {"file": copy}).content.decode()


def test_the_hash_of_a_restricted_edition_tells_a_member_nothing(cast: Cast, restricted: Edition) -> None:
    page = signed_in(cast.charlie).post("/verify/", {"sha256": restricted.sha256}).content.decode()
    assert "No edition has this hash" in page
    assert restricted.pack.title not in page


@pytest.mark.parametrize("given", [{"sha256": "xyz"}, {}])
def test_what_is_no_hash_is_refused_with_words(cast: Cast, given: dict) -> None:
    assert signed_in(cast.charlie).post("/verify/", given).status_code == 422


def test_the_list_takes_the_same_queries_for_any_number_of_packs(cast: Cast) -> None:
    def queries(packs: int) -> int:
        for _pack in range(packs):
            pack_of(cast)
        return queries_of(signed_in(cast.alice), "/packs/")

    assert queries(1) == queries(9)


def test_no_number_tells_of_an_edition_that_one_may_not_read(cast: Cast) -> None:
    pack = pack_of(cast)
    made = [issued(pack) for _edition in range(3)]
    page = signed_in(cast.charlie).get(pack.get_absolute_url()).text
    assert made[2].number == 3
    assert not re.search(r"(?i)edition\s+[123]|>\s*[123]\s*<", page)
    assert "-3.pdf" not in made[2].file.name
    assert not re.search(r"Edition\s+3", pages_of(made[2].file.read())[0])
