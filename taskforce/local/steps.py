"""The steps of `run.py check`: the portal's main job, walked once as each kind of user.

A step is a function that takes the walk, raises when something is not as it must be, and returns what it saw. The
first line of its docstring is its name. STEPS holds them in the order of the job.
"""

import hashlib
import json
import re
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from taskforce.local.portal import Place, manage
from taskforce.local.visitor import Page, Visitor

SECRETARIAT, LEAD, ADMINISTRATOR = "Secretariat", "Secretariat lead", "Administrator"
CO_CHAIRS = ["Focal point of UNODC", "Focal point of DPPA"]
LETTER = "Joining forces against transnational organized crime"
PACK = "Pack of the check"
DISPATCH_WITHIN = 180.0  # seconds for all letters
PACK_WITHIN = 180.0


Mail = dict[str, Any]  # as the mail catcher's messages.json gives it


class NotSoError(Exception):
    """Something is not as it must be."""


@dataclass
class Walk:
    """The portal under check and the people in it; steps leave here what later steps need."""

    place: Place
    env: Mapping[str, str]  # for commands of manage.py
    people: dict[str, Visitor] = field(default_factory=dict)  # by role, as the sign-ins name them

    pack: str = ""  # its address
    letters: list[Mail] = field(default_factory=list)

    def mail(self, subject: str) -> list[Mail]:
        """The caught messages with these words in their subject, the newest first."""
        with urllib.request.urlopen(f"{self.place.mail_url}messages.json", timeout=60) as answer:  # noqa: S310
            return [message for message in json.load(answer) if subject in message["subject"]]


def must(holds: bool, otherwise: str) -> None:
    """Fail the step with these words unless it holds."""
    if not holds:
        raise NotSoError(otherwise)


def must_open(page: Page, *words: str) -> None:
    """The page must be there and say these words."""
    must(page.status == 200, f"{page.url} answered {page.status}")
    for word in words:
        must(word in page.text, f"{page.url} does not say {word!r}")


def health(walk: Walk) -> str:
    """The portal is alive, both engines answer and the tables are up to date"""
    visitor = Visitor(walk.place.url)
    must_open(visitor.get("/healthz"))
    ready = visitor.get("/readyz")
    must(ready.status == 200, f"/readyz says {ready.content.decode()}")
    return ready.content.decode()


def stranger(walk: Walk) -> str:
    """A stranger gets the sign-in page, and no further with a wrong password"""
    visitor = Visitor(walk.place.url)
    must("/accounts/login/" in visitor.get("/").url, "the dashboard opened without a sign-in")
    email = walk.place.sign_ins()[0]["email"]
    page = visitor.sign_in(email, "not the password")
    must("/accounts/login/" in page.url, "a wrong password opened the portal")
    return "refused"


def links(walk: Walk) -> str:
    """Every link on each person's dashboard opens"""
    opened = set()
    for role, person in walk.people.items():
        for address in person.get("/").parsed.links:
            if address.startswith("/") and (role, address) not in opened:
                page = person.get(address)
                must(page.status == 200, f"{role}: {address} answered {page.status}")
                opened.add((role, address))
    return f"{len(opened)} pages"


def pack_made(walk: Walk) -> str:
    """The secretariat chooses a briefing pack, checks the choice and has it made"""
    person = walk.people[SECRETARIAT]
    choose = person.get("/packs/new/")
    must_open(choose)
    form = choose.form("title", "audience")
    subjects = {
        name: offered[1] for name, offered in form.options.items() if name.startswith("subject_") and offered[1:]
    }
    checked = person.submit(choose, form, title=PACK, **subjects)
    must_open(checked, PACK)
    page = person.submit(checked, checked.form("title", "step"), step="make")
    end = time.monotonic() + PACK_WITHIN
    while not (done := [link for link in page.parsed.links if re.match(r"/packs/[0-9a-f-]{36}/", link)]):
        must(time.monotonic() < end, f"the pack was not made: {page.text[:400]}")
        time.sleep(1)
        page = person.get(page.url)
    walk.pack = done[0]
    return "made"


def pack_read(walk: Walk) -> str:
    """A focal point downloads the pack and verifies its hash"""
    person = walk.people[CO_CHAIRS[1]]
    page = person.get(walk.pack)
    must_open(page, PACK)
    pdf = person.get(next(link for link in page.parsed.links if "/packs/editions/" in link))
    must(pdf.content.startswith(b"%PDF-"), f"{pdf.url} is no PDF")
    verify = person.get("/verify/")
    hashed = hashlib.sha256(pdf.content).hexdigest()
    must_open(person.submit(verify, verify.form("sha256"), sha256=hashed), PACK)
    return f"{len(pdf.content):,} bytes"


def reminders(walk: Walk) -> str:
    """What is due leads to a reminder, once, however often is swept"""
    sweep = (
        "from django.utils import timezone as t; from taskforce.reminders.actions import sweep; print(sweep(t.now()))"
    )
    counts = [int(manage(walk.env, "shell", "--no-imports", "-c", sweep).split()[-1]) for _ in range(2)]
    must(counts[0] > 0 and counts[1] == 0, f"the sweeps wrote {counts} mails")
    return f"{counts[0]} mails"


def beat(walk: Walk) -> str:
    """Beat has set off the sweeps"""
    ready = json.loads(Visitor(walk.place.url).get("/readyz").content)
    must(ready["beat"], "nothing was swept since the start")
    return "swept"


def worker(walk: Walk) -> str:
    """The worker takes work from the queue and makes a PDF"""
    return manage(walk.env, "first_pdf")


def sign_ins(walk: Walk) -> str:
    """Each sample user signs in and sees the dashboard"""
    for sign_in in walk.place.sign_ins():
        visitor = Visitor(walk.place.url)
        page = visitor.sign_in(sign_in["email"], sign_in["password"])
        must("/accounts/" not in page.url, f"{sign_in['role']} could not sign in: {page.text[:300]}")
        must_open(page)
        walk.people[sign_in["role"]] = visitor
    return ", ".join(walk.people)


def letter_page(walk: Walk, role: str) -> Page:
    """The letter of 2011, as this person sees it."""
    person = walk.people[role]
    page = person.get(person.get("/letters/").link(LETTER))
    must_open(page, LETTER)
    return page


def letter_submitted(walk: Walk) -> str:
    """The secretariat submits the letter of 2011 for clearance"""
    person, page = walk.people[SECRETARIAT], letter_page(walk, SECRETARIAT)
    form_page = person.get(page.link("Submit for clearance"))
    form = form_page.form("clear_by_day", "clear_by_month", "clear_by_year")
    must_open(person.submit(form_page, form), "In clearance")
    return (
        f"to be cleared by {form.values['clear_by_year']}-{form.values['clear_by_month']}-{form.values['clear_by_day']}"
    )


def letter_cleared(walk: Walk) -> str:
    """Each co-chair clears it, and one alone is not enough"""
    for role in CO_CHAIRS:
        must("In clearance" in letter_page(walk, role).text, "the letter is cleared too early")
        person, page = walk.people[role], letter_page(walk, role)
        address = next(link for link in page.parsed.links if "/letters/clearances/" in link)
        form_page = person.get(address)
        must_open(person.submit(form_page, form_page.form("comment"), decision="clear"))
    must("In signature" in letter_page(walk, SECRETARIAT).text, "both co-chairs cleared it, yet it is not cleared")
    return " and ".join(CO_CHAIRS)


def letter_signed(walk: Walk) -> str:
    """The secretariat records who signed it on paper, and it is ready when all have"""
    person, count = walk.people[SECRETARIAT], 0
    while "In signature" in (page := letter_page(walk, SECRETARIAT)).text:
        record_page = person.get(page.link("Record signatures"))
        must_open(person.submit(record_page, record_page.form("rows")), "The signatures are recorded.")
        count += 1
    must("Ready to send" in page.text, "all have signed it, yet it is not ready")
    return f"{count} signatures"


def dispatch_asked_for(walk: Walk) -> str:
    """The secretariat checks the answers and asks for the dispatch, which sends nothing yet"""
    person, page = walk.people[SECRETARIAT], letter_page(walk, SECRETARIAT)
    check_page = person.get(page.link("Check and dispatch"))
    must_open(person.submit(check_page, check_page.form("approved")), "waits for a second person")
    must(not walk.mail("TF/2011/1"), "a letter left before it was released")
    return "asked for, nothing sent"


def letter_dispatched(walk: Walk) -> str:
    """A second person checks what was asked for and releases it"""
    person, page = walk.people[LEAD], letter_page(walk, LEAD)
    check_page = person.get(page.link("Check and release"))
    must_open(check_page)
    answer = person.submit(check_page, check_page.form("approved"))
    must_open(answer)
    found = re.search(r"on its way to (\d+) offices", answer.text)
    must(found is not None, f"it was not dispatched: {answer.text[:300]}")
    return found[0] if found else ""


def letters_arrive(walk: Walk) -> str:
    """Every office gets its own letter by mail, with a PDF"""
    end = time.monotonic() + DISPATCH_WITHIN
    while "Dispatched" not in letter_page(walk, LEAD).text:
        must(time.monotonic() < end, f"the dispatch did not end within {DISPATCH_WITHIN:.0f} s")
        time.sleep(1)
    walk.letters = walk.mail("TF/2011/1")
    addresses = {letter["recipients"][0] for letter in walk.letters}
    must(len(addresses) == len(walk.letters) > 100, f"{len(walk.letters)} letters for {len(addresses)} addresses")
    must(all(letter["attachments"] for letter in walk.letters), "a letter came without its PDF")
    return f"{len(walk.letters)} letters, {len(walk.letters[0]['attachments'])} PDFs each"


def letter_acknowledged(walk: Walk) -> str:
    """An office opens its link, which answers nothing, and acknowledges with the button"""
    found = re.search(r"https?://\S+/a/[^\s/]+/", walk.letters[0]["text"])
    must(found is not None, "the letter holds no link")
    office = Visitor(walk.place.url)
    page = office.get(urlsplit(found[0]).path if found else "")
    must_open(page)
    again = office.get(page.url)
    must("name" in again.form("name").values, "looking at the page has answered the letter")
    must_open(office.submit(again, again.form("name"), name="Resident Coordinator"), "Resident Coordinator")
    page = letter_page(walk, LEAD)
    must_open(walk.people[LEAD].get(page.link("Recipients")), "Acknowledged")
    return str(walk.letters[0]["recipients"][0])


def nothing_twice(walk: Walk) -> str:
    """After the next sweep of the outbox nobody has got the letter twice"""
    manage(walk.env, "shell", "--no-imports", "-c", "from core.outbox import reap, wake; reap(); wake()")
    time.sleep(3)
    must(len(walk.mail("TF/2011/1")) == len(walk.letters), "a letter left twice")
    return f"still {len(walk.letters)} letters"


Step = Callable[[Walk], str]
STEPS: list[Step] = [
    health,
    stranger,
    sign_ins,
    links,
    worker,
    letter_submitted,
    letter_cleared,
    letter_signed,
    dispatch_asked_for,
    letter_dispatched,
    letters_arrive,
    letter_acknowledged,
    nothing_twice,
    pack_made,
    pack_read,
    reminders,
    beat,
]
