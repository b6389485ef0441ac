"""Letters in each state, one of them gone out with an answer, one confidential."""

from django.utils import timezone

from agencies.models import (
    Mechanism,
    Office,
)
from core.dates import today
from core.files import store
from core.sensitivity import Sensitivity
from core.uploads import Upload
from taskforce.home.matrix.world import A_TEAM, HOUSE, MEMBERS, World, group
from taskforce.letters.addressees import addressee
from taskforce.letters.answering import Reply, acknowledge
from taskforce.letters.dispatching import row_of
from taskforce.letters.documents import frozen, text_of
from taskforce.letters.following import owe_answer
from taskforce.letters.links import token_of
from taskforce.letters.models import (
    Assignment,
    Chase,
    Clearance,
    Comment,
    Dispatch,
    Exemption,
    FormerAttachment,
    Letter,
    MailedReply,
    Recipient,
    Relation,
    Release,
    ReplyFile,
    Sequel,
    Signing,
    Way,
    WorkKind,
)
from taskforce.letters.models import Attachment as LetterAttachment
from taskforce.letters.models import Invitation as LetterInvitation
from taskforce.letters.wording import Wording, words_of
from taskforce.letters.workflow import Status as LetterStatus


def letters(world: World) -> None:
    """Drafts of two levels, one that agency A is asked to clear, one that went out, and a confidential one that A cleared."""
    draft = _letter(world, "draft", LetterStatus.DRAFT, HOUSE)
    asked = _letter(world, "asked", LetterStatus.IN_CLEARANCE, A_TEAM | HOUSE)
    out = _letter(world, "out", LetterStatus.DISPATCHED, MEMBERS)
    secret = _letter(world, "secret", LetterStatus.DISPATCHED, A_TEAM | HOUSE, Sensitivity.CONFIDENTIAL)
    strict = _letter(world, "strict", LetterStatus.DRAFT, {"lea"}, Sensitivity.STRICTLY_CONFIDENTIAL)
    world.opens("letters:", draft, asked, out, secret, strict)
    world.opens("home:why", draft, asked, out, secret, strict, kind="letter")
    for letter in (draft, asked, out, secret, strict):
        _in_french(world, letter)
    office = Office.objects.get(email="office@example.org")
    world.opens("letters:sample", draft, secret, strict, office=office.pk)
    for letter in (asked, secret):
        world.opens("letters:clearance", _clearance(letter))
    for letter in (draft, out, secret, strict):
        readers = world.marks[letter.subject]
        mark = world.mark(f"attachment-{letter.reference}", *readers)
        file = store(name=f"{mark}.txt", content_type="text/plain", data=mark.encode())
        world.opens("letters:attachment", LetterAttachment.objects.create(letter=letter, title=mark, file=file))
    for letter in (out, secret):
        _gone(world, letter, office)
    running = _letter(world, "running", LetterStatus.DISPATCHING, MEMBERS)
    for family in ("letters:stop", "letters:pause", "letters:resume", "letters:progress"):
        world.opens(family, out, running)
    world.opens("letters:groups", draft, asked, out, secret)
    world.opens("letters:rehearse", draft, out, secret)
    world.opens("letters:reissue", draft, out, secret)
    _dispatch(running, finished=False)
    _waits(world)
    world.subjects["letters:numbering"] = [{"slug": "matrix"}]
    _signs(world)
    _reviews(world)
    stray = MailedReply.objects.create(subject=world.mark("stray", *HOUSE), received_at=timezone.now())
    world.opens("letters:reply", stray)
    _related(world, out, secret, draft)
    world.bodies["letters:move"] = {"move": "withdraw"}


def _letter(
    world: World, word: str, status: str, readers: set[str], level: Sensitivity = Sensitivity.UNCLASSIFIED
) -> Letter:
    return Letter.objects.create(
        mechanism=Mechanism.objects.get(slug="matrix"),
        reference=word,
        subject=world.mark(f"letter-{word}", *readers),
        body=world.mark(f"body-{word}", *readers),
        status=status,
        sensitivity=level,
    )


def _in_french(world: World, letter: Letter) -> None:
    """The letter's text in French, with a mark of its own."""
    words = Wording("fr", world.mark(f"french-{letter.reference}", *world.marks[letter.subject]), "")
    main = words_of(text_of(letter)).kept()
    letter.translations.create(
        language="fr", words=words.kept(), source=main, source_version=letter.version, changed_at=timezone.now()
    )
    for family in ("translation", "translate", "translation_clear", "translation_remove"):
        world.opens(f"letters:{family}", letter, language="fr")


def _clearance(letter: Letter) -> Clearance:
    cleared = letter.status == LetterStatus.DISPATCHED
    return Clearance.objects.create(
        letter=letter,
        agency=group("A").agency,
        text_version=1,
        due_on=today(),
        state=Clearance.State.CLEARED if cleared else Clearance.State.ASKED,
        decided_at=timezone.now() if cleared else None,
    )


def _dispatch(letter: Letter, *, finished: bool) -> Dispatch:
    now = timezone.now()
    return Dispatch.objects.create(
        letter=letter,
        number=1,
        day=today(),
        started_at=now,
        finished_at=now if finished else None,
        frozen=frozen(text_of(letter)),
        sha256="0" * 64,
    )


def _waits(world: World) -> None:
    """A cleared letter whose dispatch somebody of the secretariat asked for."""
    letter = _letter(world, "waits", LetterStatus.READY, HOUSE)
    Release.objects.create(
        letter=letter, asked_by=world.person("sam"), asked_at=timezone.now(), day=today(), sha256="0" * 64, offices={}
    )
    for family in ("letters:detail", "letters:dispatch", "letters:release", "letters:take_back"):
        world.opens(family, letter)


def _reviews(world: World) -> None:
    """A letter before its co-chairs, with a comment of one of them, and one that is out, whose comments stay with them."""
    letter = _letter(world, "reviewed", LetterStatus.IN_REVIEW, A_TEAM | HOUSE)
    thread = _comment(world, letter, "said")
    for family in ("letters:detail", "letters:review"):
        world.opens(family, letter)
    for family in ("letters:comment", "letters:comment_resolve"):
        world.opens(family, thread)
    out = _letter(world, "was-reviewed", LetterStatus.DISPATCHED, MEMBERS)
    _clearance(out)
    for family in ("letters:detail", "letters:review"):
        world.opens(family, out)
    world.opens("letters:comment", _comment(world, out, "said-then"))
    file = store(name="former.pdf", content_type="application/pdf", data=world.mark("former", *A_TEAM, *HOUSE).encode())
    former = FormerAttachment.objects.create(
        letter=out,
        title=world.mark("former-title", *A_TEAM, *HOUSE),
        file=file,
        text_version=1,
        replaced_by=world.person("sam"),
        replaced_at=timezone.now(),
    )
    world.opens("letters:former", former)


def _related(world: World, out: Letter, secret: Letter, draft: Letter) -> None:
    """What a draft is to a letter that everybody reads and to a confidential one: each end hides what one may not see."""
    to_out, to_secret = (Relation.objects.create(letter=draft, kind="reply", earlier=one) for one in (out, secret))
    Relation.objects.create(letter=secret, kind="follow_up", earlier=out)
    world.opens("letters:relation_remove", to_out, to_secret)
    for family in ("letters:relation_new", "letters:write_follow_up"):
        world.opens(family, draft, out, secret)


def _comment(world: World, letter: Letter, word: str) -> Comment:
    return Comment.objects.create(
        letter=letter,
        place=1,
        quote=world.mark(f"quote-{word}", *A_TEAM, *HOUSE),
        text_version=1,
        body=world.mark(word, *A_TEAM, *HOUSE),
        author=world.person("alice"),
        at=timezone.now(),
    )


def _signs(world: World) -> None:
    """A cleared letter that somebody of agency A is asked to sign, with one signature recorded from paper."""
    letter = _letter(world, "signs", LetterStatus.IN_SIGNATURE, A_TEAM | HOUSE)
    file = store(name="scan.pdf", content_type="application/pdf", data=world.mark("scan", *HOUSE).encode())
    facts = {"letter": letter, "text_version": 1, "office": "Office", "due_on": today()}
    asked, paper = (
        Signing.objects.create(
            title=world.mark("signatory-1", *A_TEAM, *HOUSE),
            order=1,
            state=Signing.State.ASKED,
            person=world.person("alice"),
            agency=group("A").agency,
            **facts,
        ),
        Signing.objects.create(
            title=world.mark("signatory-2", *A_TEAM, *HOUSE),
            order=2,
            state=Signing.State.SIGNED,
            way=Way.PAPER,
            signed_on=today(),
            sha256="0" * 64,
            scan=file,
            **facts,
        ),
    )
    for family in ("letters:detail", "letters:signings_ask", "letters:signings_record"):
        world.opens(family, letter)
    world.opens("letters:signing", asked, paper)
    world.opens("letters:scan", paper)


def _gone(world: World, letter: Letter, office: Office) -> None:
    """The letter's dispatch to the one office, with its PDF and a commented answer; its public page is open to the visitor too."""
    readers, word = world.marks[letter.subject], letter.reference
    invitation = LetterInvitation.objects.create(letter=letter, text=world.mark(f"invites-{word}", *readers))
    Sequel.objects.create(invitation=invitation, kind=WorkKind.BRIEFING, agency=group("A").agency)
    dispatch = _dispatch(letter, finished=True)
    recipient = row_of(dispatch, addressee(Office.objects.open_on(today()).select_related("region").get(pk=office.pk)))
    recipient.file = store(name="letter.pdf", content_type="application/pdf", data=letter.subject.encode())
    recipient.save()
    comment = world.mark(f"comment-{word}", *readers)
    evidence = Upload("evidence.pdf", "application/pdf", world.mark(f"evidence-{word}", *readers).encode())
    replies = {invitation.pk: Reply("accepted", comment, evidence)}
    acknowledge(recipient=recipient, name="Somebody", replies=replies, at=timezone.now())
    Recipient.objects.filter(pk=recipient.pk).update(document=recipient.file)
    Exemption.objects.create(
        recipient=recipient, why=world.mark(f"excused-{word}", *readers), by=world.person("sam"), at=timezone.now()
    )
    Chase.objects.create(
        letter=letter, note=world.mark(f"chased-{word}", *readers), by=world.person("sam"), at=timezone.now()
    )
    owed = owe_answer(recipient, dispatch)
    for family in ("reminders:own_rules", "reminders:part_rules", "reminders:join_rules"):
        world.subjects.setdefault(family, []).append({"topic": owed.topic})
    mail = MailedReply.objects.create(
        recipient=recipient, text=world.mark(f"mail-{word}", *(HOUSE & readers)), received_at=timezone.now()
    )
    ReplyFile.objects.create(reply=mail, order=1, file=recipient.file)
    for family in ("letters:reply", "letters:reply_settle"):
        world.opens(family, mail)
    world.opens("letters:reply_file", mail, number=1)
    for family in ("letters:exempt", "letters:expect"):
        world.opens(family, recipient)
    for family in (
        "letters:recipient",
        "letters:answer",
        "letters:pdf",
        "letters:resolve",
        "letters:came_back",
        "letters:document",
    ):
        world.opens(family, recipient)
    world.opens("letters:follow", recipient, invitation=invitation.pk)
    answer = recipient.answers.get()
    world.opens("letters:answer_file", answer)
    Assignment.objects.filter(answer=answer).update(note=world.mark(f"note-{word}", *readers))
    world.opens("letters:assignment", answer.assignment)
    link = token_of(recipient)
    about = (
        "mechanism",
        "office",
        "coordinator",
        "country",
        f"letter-{word}",
        f"body-{word}",
        f"invites-{word}",
        f"comment-{word}",
        f"evidence-{word}",
    )
    world.holds_link(f"/a/{link}/", *about)
    for family in ("letters:acknowledge", "letters:acknowledge_file", "letters:acknowledge_answer_file"):
        world.subjects.setdefault(family, []).append({"token": link, "number": 0, "pk": answer.pk})
