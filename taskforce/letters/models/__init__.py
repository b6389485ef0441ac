"""Letters to Resident Coordinators: text, clearance, dispatch, recipients, answers."""

from taskforce.letters.models.answers import Answer, Choice
from taskforce.letters.models.comments import Comment, CommentQuerySet
from taskforce.letters.models.dispatches import (
    FROM_OUTBOX,
    Dispatch,
    DispatchQuerySet,
    Enclosed,
    Recipient,
    RecipientQuerySet,
    RecipientState,
)
from taskforce.letters.models.following import Chase, Exemption
from taskforce.letters.models.former import FormerAttachment, FormerAttachmentQuerySet
from taskforce.letters.models.groups import GroupRule
from taskforce.letters.models.letters import (
    ZONES,
    Clearance,
    ClearanceQuerySet,
    Letter,
    LetterGroupObjectPermission,
    LetterQuerySet,
    Purpose,
)
from taskforce.letters.models.numbering import Numbering
from taskforce.letters.models.parts import (
    Attachment,
    AttachmentQuerySet,
    Contact,
    ContactKind,
    Invitation,
    Note,
    Part,
    Signatory,
)
from taskforce.letters.models.rehearsals import Rehearsal
from taskforce.letters.models.relations import SEEN_FROM_THERE, Relation, RelationKind, RelationQuerySet
from taskforce.letters.models.releases import Release, ReleaseQuerySet
from taskforce.letters.models.replies import MailedReply, MailedReplyQuerySet, ReplyFile
from taskforce.letters.models.signings import Signing, SigningQuerySet, Way
from taskforce.letters.models.silences import Silence, SilenceQuerySet
from taskforce.letters.models.translations import Translation, TranslationQuerySet
from taskforce.letters.models.working import Assignment, Sequel, WorkKind, WorkState

__all__ = [
    "FROM_OUTBOX",
    "SEEN_FROM_THERE",
    "ZONES",
    "Answer",
    "Assignment",
    "Attachment",
    "AttachmentQuerySet",
    "Chase",
    "Choice",
    "Clearance",
    "ClearanceQuerySet",
    "Comment",
    "CommentQuerySet",
    "Contact",
    "ContactKind",
    "Dispatch",
    "DispatchQuerySet",
    "Enclosed",
    "Exemption",
    "FormerAttachment",
    "FormerAttachmentQuerySet",
    "GroupRule",
    "Invitation",
    "Letter",
    "LetterGroupObjectPermission",
    "LetterQuerySet",
    "MailedReply",
    "MailedReplyQuerySet",
    "Note",
    "Numbering",
    "Part",
    "Purpose",
    "Recipient",
    "RecipientQuerySet",
    "RecipientState",
    "Rehearsal",
    "Relation",
    "RelationKind",
    "RelationQuerySet",
    "Release",
    "ReleaseQuerySet",
    "ReplyFile",
    "Sequel",
    "Signatory",
    "Signing",
    "SigningQuerySet",
    "Silence",
    "SilenceQuerySet",
    "Translation",
    "TranslationQuerySet",
    "Way",
    "WorkKind",
    "WorkState",
]
