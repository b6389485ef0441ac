"""Nobody sees or does what is not theirs, at any address."""

import io
import zipfile

import pytest
from django.http import HttpResponse
from django.urls import path

from taskforce.home.matrix import walk
from taskforce.home.matrix.addresses import every_address
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.world import World

pytestmark = pytest.mark.django_db


# The quick form; `manage.py access_matrix` walks as everybody, by every method.
SOME = ("visitor", "stranger", "alice", "charlie", "sam", "ada")


@pytest.fixture
def world(settings) -> World:
    settings.TRIAL = True
    return build()


def test_every_address_is_reached_and_shows_nobody_what_is_not_theirs(world: World) -> None:
    result = walk.walk(world, methods=("get", "post"), people=SOME)
    assert result.unreached == []
    assert result.findings == []
    assert result.requests > result.urls * len(SOME)


def test_no_two_addresses_share_a_name() -> None:
    names = [address.name for address in every_address()]
    assert sorted(names) == sorted(set(names))


class Leaky:
    """Addresses with one planted fault each."""

    def __init__(self, world: World) -> None:
        self.mark = next(mark for mark, readers in world.marks.items() if readers == {"charlie", "lea"})
        self.urlpatterns = [
            path("accounts/login/", lambda request: HttpResponse(), name="account_login"),
            path("body/", lambda request: HttpResponse(self.mark), name="body"),
            path("header/", self.header, name="header"),
            path("zip/", self.spreadsheet, name="zip"),
            path("unreached/<uuid:thing>/", self.header, name="unreached"),
        ]

    def header(self, request) -> HttpResponse:
        return HttpResponse(headers={"X-Note": self.mark})

    def spreadsheet(self, request) -> HttpResponse:
        with zipfile.ZipFile(packed := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("sheet.xml", self.mark)
        return HttpResponse(packed.getvalue())


def test_the_matrix_finds_planted_leaks(world: World, settings) -> None:
    settings.ROOT_URLCONF = Leaky(world)
    settings.MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    result = walk.walk(world, methods=("get",))
    found = {finding.url for finding in result.leaks if finding.person == "alice"}
    assert {"/body/", "/header/", "/zip/"} <= found
    assert not [finding for finding in result.leaks if finding.person in {"charlie", "lea"}]
    assert result.unreached == ["unreached"]
