"""Who may do what: the whole matrix, as plain data.

A role holds its `everywhere` permissions on every object, and its `own` permissions on the objects of the agency of its seat.
Roles of the house (secretariat, administrator, auditor …) are assigned to a person for a time; roles of a seat come from being
a principal, focal point or alternate of an agency.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Role:
    """A named set of permissions."""

    key: str
    label: "str | _StrPromise"
    what: "str | _StrPromise"
    everywhere: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


READ = frozenset(
    {
        "agencies.view_register",
        "letters.view_letter",
        "assessments.view_assessment",
        "briefings.view_pack",
        "briefings.make_pack",
    }
)
CONTRIBUTE = frozenset({"assessments.change_contribution", "assessments.change_cell", "agencies.do_obligation"})

OBSERVER = Role(
    "observer", _("Observer"), _("Reads what is open to every member; changes nothing."), READ - {"briefings.make_pack"}
)
ALTERNATE = Role("alternate", _("Alternate"), _("Stands in for a focal point."), READ, CONTRIBUTE)
FOCAL_POINT = Role(
    "focal_point",
    _("Focal point"),
    _("Does an agency's daily work with the mechanism; clears letters for a co-chair."),
    READ,
    CONTRIBUTE
    | {
        "letters.clear_letter",
        "assessments.change_assessment",
        "assessments.grant_sight",
        "agencies.confirm_contacts",
    },
)
PRINCIPAL = Role(
    "principal",
    _("Principal"),
    _("Answers for an agency; invites its people, hands over and ends its seats."),
    READ,
    FOCAL_POINT.own
    | {
        "agencies.invite_person",
        "agencies.change_focal_point",
        "agencies.nominate_member",
        "agencies.answer_nomination",
        "assessments.clear_assessment",
    },
)
SECRETARIAT = Role(
    "secretariat",
    _("Secretariat"),
    _("Runs the mechanism: letters, schedule, packs."),
    READ
    | CONTRIBUTE
    | {
        "core.view_confidential",
        "core.lower_marking",  # decides on what another one asked to mark lower
        "core.view_job",
        "core.cancel_job",
        "core.view_mail",
        "core.resolve_mail",
        "core.view_components",
        "letters.change_letter",
        "letters.dispatch_letter",  # asks for a dispatch, or releases what another one asked for
        "letters.record_answer",
        "letters.grant_sight",
        "assessments.change_assessment",
        "assessments.change_schedule",
        "assessments.grant_sight",
        "briefings.issue_pack",
        "reminders.view_reminder",
        "reminders.change_rule",
        "agencies.change_obligation",
        "agencies.change_mechanism",
        "agencies.nominate_member",
        "agencies.confirm_contacts",
        "agencies.ask_to_confirm",
    },
)
SECRETARIAT_LEAD = Role(
    "secretariat_lead",
    _("Secretariat lead"),
    _("Secretariat, and clears assessments and reads what is Strictly Confidential."),
    SECRETARIAT.everywhere | {"assessments.clear_assessment", "core.view_strictly_confidential"},
)
ADMINISTRATOR = Role(
    "administrator",
    _("Administrator"),
    _("Keeps agencies, memberships, people and their access; reads no confidential text."),
    READ
    | {
        "core.view_components",
        "core.view_system",
        "core.view_mail",
        "core.release_mail",
        "agencies.change_agency",
        "agencies.change_identity_provider",
        "agencies.change_mechanism",
        "agencies.change_membership",
        "agencies.nominate_member",
        "agencies.answer_nomination",
        "agencies.change_focal_point",
        "agencies.change_office",
        "agencies.invite_person",
        "agencies.confirm_contacts",
        "agencies.ask_to_confirm",
        "accounts.view_person",
        "accounts.change_person",
        "accounts.change_role",
        "accounts.explain_access",
    },
)
AUDITOR = Role(
    "auditor",
    _("Auditor"),
    _("Reads the audit, changes nothing."),
    READ - {"briefings.make_pack"} | {"core.view_audit", "accounts.view_person", "accounts.explain_access"},
)

HOUSE_ROLES = {role.key: role for role in (OBSERVER, SECRETARIAT, SECRETARIAT_LEAD, ADMINISTRATOR, AUDITOR)}
SEAT_ROLES = {role.key: role for role in (PRINCIPAL, FOCAL_POINT, ALTERNATE)}
ROLES = HOUSE_ROLES | SEAT_ROLES
