"""The life of a letter in a browser: written, cleared by two, dispatched by a worker, answered without script on a narrow screen."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from taskforce.letters import dispatching
from taskforce.letters.models import Letter
from tests.cast import make_cast, signed_in
from tests.letters.scene import WITH_ANNEX, Scene, draft, make_scene, office
from tests.smtp_sink import Sink
from tests.worker import Worker, eventually

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db, settings, live_server) -> Scene:
    """Two offices, one of which serves five countries."""
    settings.PORTAL_URL = live_server.url
    office("Fiji", person="Frank", countries=5)
    office("Ghana", person="Gina")
    return make_scene(make_cast())


def become(page: Page, person: User) -> None:
    """Go on as this person."""
    name = settings.SESSION_COOKIE_NAME
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": name, "value": signed_in(person).cookies[name].value, "url": settings.PORTAL_URL}]
    )


def test_from_draft_to_answer(page: Page, chromium: Browser, scene: Scene, sink: Sink, worker: Worker) -> None:
    letter = draft(scene, WITH_ANNEX)
    _edit(page, scene, letter)
    _submit(page)
    for person in (scene.alice, scene.dora):
        _clear(page, person, letter)
    _sign(page, scene, letter)
    _dispatch(page, scene, letter)
    eventually(lambda: sink.addresses()[-2:] == ["frank@example.org", "gina@example.org"])
    eventually(dispatching.finish_dispatches)
    _answer(chromium, next(mail for [address], mail in sink.taken if address == "frank@example.org"))
    page.goto(f"/letters/{letter.pk}/")
    expect(page.get_by_text("1 acknowledged (50 per cent of those reached).")).to_be_visible()
    expect(page.get_by_text("serving 6 countries")).to_be_visible()


def _edit(page: Page, scene: Scene, letter: Letter) -> None:
    """The preview follows what is typed and names an unknown field."""
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/edit/")
    text = page.locator("textarea[name=body]")
    text.fill("Dear {{ nobody }}")
    expect(page.get_by_text("“{{ nobody }}” is not a merge field.")).to_be_visible()
    text.fill("{{ salutation }},\n\nA greeting to {{ office }}. {{ link }}")
    expect(page.get_by_text("A greeting to Fiji.")).to_be_visible()
    page.get_by_role("button", name="Save").click()


def _submit(page: Page) -> None:
    page.get_by_role("link", name="Submit for clearance").click()
    page.get_by_role("button", name="Submit for clearance").click()
    expect(page.get_by_text("In clearance").first).to_be_visible()


def _clear(page: Page, person: User, letter: Letter) -> None:
    become(page, person)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Read and decide").click()
    page.get_by_label("Clear the text as it stands").check()
    page.get_by_role("button", name="Record the decision").click()


def _sign(page: Page, scene: Scene, letter: Letter) -> None:
    """One signs on the portal; the other has signed on paper, which the secretariat records."""
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Ask for signatures").click()
    page.get_by_label("Executive Director, Office B").select_option(label="Dora, Focal point of CCC")
    page.get_by_label("All at once").check()
    page.get_by_role("button", name="Ask for signatures").click()
    become(page, scene.dora)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Read and sign").click()
    page.get_by_label("Sign the text as it stands").check()
    page.get_by_role("button", name="Record your decision").click()
    expect(page.get_by_text("Signed electronically on")).to_be_visible()
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Record signatures").click()
    page.get_by_role("button", name="Record signatures").click()
    expect(page.get_by_text("Ready to send").first).to_be_visible()


def _dispatch(page: Page, scene: Scene, letter: Letter) -> None:
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Check and dispatch").click()
    page.get_by_role("button", name="Ask for the dispatch to 2 offices").click()
    expect(page.get_by_text("You asked for this dispatch: somebody else must release it.")).to_be_visible()
    become(page, scene.lea)
    page.goto("/")
    page.get_by_role("link", name="Release a dispatch").click()
    page.get_by_role("button", name="Release to 2 offices").click()
    expect(page.get_by_text("It is on its way to 2 offices.")).to_be_visible()


def _answer(chromium: Browser, mail) -> None:
    """By the link in the mail, on a narrow screen, without script and without a cookie."""
    path = re.search(r"/a/\S+", mail.get_body().get_content())[0]
    narrow = {"width": 320, "height": 640}
    context = chromium.new_context(base_url=settings.PORTAL_URL, java_script_enabled=False, viewport=narrow)
    page = context.new_page()
    page.goto(path)
    page.get_by_label("Your name and functional title").fill("Frank")
    page.get_by_role("group", name="1. Brief the regional team").get_by_label("Accepted").check()
    page.get_by_role("button", name="Acknowledge and answer").click()
    expect(page.get_by_text("Your answer is recorded, given by Frank.")).to_be_visible()
    assert context.cookies() == []
    context.close()
