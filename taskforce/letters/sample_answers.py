"""What came of the sample letter: work for an agency, unread mail, an office that owes no reply, a handover before an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accounts.models import User
from agencies.models import PostStatus, ResidentCoordinator
from core.dates import DAY, span
from core.models import MessageState
from taskforce.letters import following
from taskforce.letters.models import Dispatch, Letter, MailedReply, Recipient, Sequel, WorkKind
from taskforce.letters.working import usual_agency


def plan(letter: Letter) -> None:
    """An office that names a contact asks a chair to brief them."""
    agency = usual_agency(letter)
    if agency:
        invitation = letter.invitations.all()[0]
        Sequel.objects.create(invitation=invitation, kind=WorkKind.BRIEFING, agency=agency, days=30)


def load(dispatch: Dispatch) -> None:
    """Of the offices that did not answer one wrote a mail, one is away, and of one no reply is expected."""
    wrote, away, excused, *others = dispatch.recipients.filter(acknowledged_at=None).order_by("pk")
    at = dispatch.started_at + dt.timedelta(days=3)
    _mail(wrote, "Our contact is the Head of Office. We would be glad of a briefing in January.", at, "Re: your letter")
    _mail(
        away, "The office is closed until Monday. Your message is not forwarded.", at, "Out of office", automatic=True
    )
    MailedReply.objects.create(
        sender="registry@example.org",
        sender_name="Registry",
        subject="Your letter to our office",
        text="We cannot tell to which of our offices this letter belongs.",
        sent_at=at,
        received_at=at,
    )
    by = User.objects.filter(role_assignments__role="secretariat").first()
    if by:
        why = "The regional office answers for it, said by telephone."
        following.exempt(recipient=excused, why=why, by=by, at=at)
    _hand_over(others, dispatch.day + dt.timedelta(days=9))


def _hand_over(rows: Sequence[Recipient], first: dt.date) -> None:
    """One of the offices has had somebody ad interim since the day, who has not had the letter."""
    offices = [row.office_id for row in rows if row.message and row.message.state == MessageState.HANDED_OVER]
    leaves = ResidentCoordinator.objects.on(first).filter(office__in=offices).order_by("office__name")
    post = leaves.filter(status=PostStatus.IN_OFFICE).select_related("office").first()
    if post is None:
        return
    post.valid = span(post.first_day, first - DAY)
    post.save()
    title = "Resident Coordinator ad interim"
    ResidentCoordinator.objects.create(
        office=post.office,
        name=f"{title}, {post.office}",
        title=title,
        salutation=post.salutation,
        email=post.email.replace("rc.", "rc.interim."),
        status=PostStatus.AD_INTERIM,
        valid=span(first),
    )


def _mail(row: Recipient, text: str, at: dt.datetime, subject: str, *, automatic: bool = False) -> None:
    MailedReply.objects.create(
        recipient=row,
        sender=row.email,
        sender_name=row.title,
        subject=subject,
        text=text,
        sent_at=at,
        received_at=at,
        automatic=automatic,
    )
