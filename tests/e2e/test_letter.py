"""The whole life of a letter in a browser, by two co-chairs, three signatories, a worker, a relay and a mailbox."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

import core.tasks  # noqa: F401  registers who files what comes back, as Celery does in a worker
from accounts.models import User
from agencies.models import Office, OfficeKind
from core import mailbox
from core.models import MessageState
from taskforce.letters import dispatching
from taskforce.letters.documents import Signature
from taskforce.letters.models import Letter, Recipient
from tests.cast import make_cast, signed_in
from tests.e2e.desk import Desk
from tests.imap_server import ImapServer, delivery_report
from tests.letters.scene import WITH_ANNEX, Scene, draft, make_scene, office
from tests.smtp_sink import Sink
from tests.worker import Worker, celery_worker, eventually

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
OFFICES = {"frank", "gina", "grace", "hana"}
THIRD = Signature("Chair", "Group C")
SCAN = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 signed by hand"}


@pytest.fixture
def scene(transactional_db, settings, live_server) -> Scene:
    """Two offices, one of which serves five countries, and a mission."""
    settings.PORTAL_URL = live_server.url
    office("Fiji", person="Frank", countries=5)
    office("Ghana", person="Gina")
    office("Haiti", person="Hana")
    Office.objects.filter(name="Haiti").update(kind=OfficeKind.MISSION)
    return make_scene(make_cast())


@pytest.fixture
def worker(transactional_db, sink: Sink, inbox: ImapServer) -> Iterator[Worker]:
    """A worker whose messages come back to the mailbox."""
    with celery_worker(PORTAL_MAILBOX_DOMAIN=settings.MAILBOX_DOMAIN) as running:
        yield running


def become(page: Page, person: User) -> None:
    """Go on as this person."""
    name = settings.SESSION_COOKIE_NAME
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": name, "value": signed_in(person).cookies[name].value, "url": settings.PORTAL_URL}]
    )


def look(page: Page) -> None:
    """Nothing stands in anybody's way here."""
    assert Desk(page, settings.PORTAL_URL).look() == []


def test_the_life_of_a_letter(
    page: Page, chromium: Browser, scene: Scene, sink: Sink, inbox: ImapServer, worker: Worker
) -> None:
    letter = draft(scene, replace(WITH_ANNEX, signatories=(*WITH_ANNEX.signatories, THIRD)))
    _edit(page, scene, letter)
    _choose_groups(page)
    _submit(page)
    for person in (scene.alice, scene.dora):
        _clear(page, person, letter)
    _sign(page, scene, letter)
    _dispatch(page, scene, letter, "3 offices")
    _arrived(sink, "frank@example.org", "gina@example.org", "hana@example.org")
    _bounce(page, letter, sink, inbox)
    _correct(page, scene)
    _dispatch(page, scene, letter, "1 office")
    _arrived(sink, "grace@example.org")
    _answer(chromium, next(mail for [address], mail in sink.taken if address == "frank@example.org"))
    _chase(page, scene, letter, sink)
    _follow_up(page, letter)


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


def _choose_groups(page: Page) -> None:
    """It went to all Resident Coordinators; now missions get it too."""
    page.get_by_role("link", name="Change who gets it").click()
    expect(page.get_by_label("All offices of Resident Coordinators")).to_be_checked()
    page.get_by_label("Missions").check()
    look(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Missions")).to_be_visible()


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
    """Two sign on the portal, one after the other; the third has signed on paper, which the secretariat records."""
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Ask for signatures").click()
    page.get_by_label("Under-Secretary-General, Department A").select_option(label="Alice, Focal point of AAA")
    page.get_by_label("Executive Director, Office B").select_option(label="Dora, Focal point of CCC")
    page.get_by_role("button", name="Ask for signatures").click()
    become(page, scene.dora)
    page.goto(f"/letters/{letter.pk}/")
    expect(page.get_by_role("link", name="Read and sign")).to_have_count(0)
    for person in (scene.alice, scene.dora):
        become(page, person)
        page.goto(f"/letters/{letter.pk}/")
        page.get_by_role("link", name="Read and sign").click()
        page.get_by_label("Sign the text as it stands").check()
        page.get_by_role("button", name="Record your decision").click()
        expect(page.get_by_text("Signed electronically on").first).to_be_visible()
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name="Record signatures").click()
    page.get_by_label("Scan of the signed letter").set_input_files(SCAN)
    page.get_by_role("button", name="Record signatures").click()
    expect(page.get_by_text("Ready to send").first).to_be_visible()


def _dispatch(page: Page, scene: Scene, letter: Letter, offices: str) -> None:
    """One asks, the other releases; a second time it goes to those alone who lack it."""
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("link", name=re.compile("Check and dispatch|Send to those who lack it")).click()
    look(page)
    page.get_by_role("button", name=f"Ask for the dispatch to {offices}").click()
    expect(page.get_by_text("You asked for this dispatch: somebody else must release it.")).to_be_visible()
    become(page, scene.lea)
    page.goto("/")
    page.get_by_role("link", name="Release a dispatch").click()
    page.get_by_role("button", name=f"Release to {offices}").click()
    expect(page.get_by_text(f"It is on its way to {offices}.")).to_be_visible()


def _written_to(sink: Sink) -> list[str]:
    """The offices that the relay took a message for, in its order; colleagues who are asked for something are left out."""
    return [address for address in sink.addresses() if address.partition("@")[0] in OFFICES]


def _arrived(sink: Sink, *addresses: str) -> None:
    """The worker set the letters, and the relay took one for each address."""
    eventually(dispatching.finish_dispatches)
    assert sorted(_written_to(sink)[-len(addresses) :]) == list(addresses)


def _bounce(page: Page, letter: Letter, sink: Sink, inbox: ImapServer) -> None:
    """The mail system of Ghana knows no Gina; its report comes back to the mailbox of the portal."""
    back = next(path for path, [[address], _mail] in zip(sink.senders, sink.taken, strict=True) if "gina" in address)
    inbox.receive(delivery_report(back))
    assert mailbox.poll() == 1
    lost = Recipient.objects.get(dispatch__letter=letter, office_name="Ghana")
    assert lost.message.state == MessageState.BOUNCED
    page.goto(f"/letters/recipients/{lost.pk}/")
    expect(page.get_by_text("This message came back")).to_be_visible()
    look(page)


def _correct(page: Page, scene: Scene) -> None:
    """From the recipient into the register, where an administrator corrects the address."""
    page.get_by_role("link", name="Open the office in the register").click()
    become(page, scene.cast.ada)
    page.reload()
    page.get_by_role("link", name="Change Gina").click()
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("grace@example.org")).to_be_visible()


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


def _chase(page: Page, scene: Scene, letter: Letter, sink: Sink) -> None:
    """The answer is counted, and those who have not answered are written to: nobody else, each at the right address."""
    become(page, scene.sam)
    page.goto(f"/letters/{letter.pk}/")
    expect(page.get_by_text("1 acknowledged (33 per cent of those reached).")).to_be_visible()
    expect(page.get_by_text("serving 7 countries")).to_be_visible()
    page.get_by_role("link", name="Follow-up").click()
    expect(page.get_by_role("heading", name="2 offices to chase")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Chase them all").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Ghana, grace@example.org")).to_be_visible()
    page.get_by_role("button", name="Confirm").click()
    eventually(lambda: len(_written_to(sink)) >= 6)
    assert sorted(_written_to(sink)[4:]) == ["grace@example.org", "hana@example.org"]


def _follow_up(page: Page, letter: Letter) -> None:
    """A follow-up letter is begun, for the same groups, and both letters say so."""
    page.goto(f"/letters/{letter.pk}/")
    page.get_by_role("button", name="Write a follow-up").click()
    look(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("Missions")).to_be_visible()
    page.get_by_role("link", name=str(letter)).click()
    expect(page.get_by_text("Followed up by")).to_be_visible()
