"""Who sees which letters."""

import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.access import agencies_of, groups_of
from core.access import can, granted_to
from core.dates import today
from core.grounds import Ground, any_of
from core.sensitivity import Sensitivity
from taskforce.letters.workflow import ASKED_TO_SIGN, CURRENT, GONE_OUT, Status

if TYPE_CHECKING:
    from taskforce.letters.models import LetterQuerySet

VIEW, KEEP = "letters.view_letter", "letters.change_letter"
L = TypeVar("L", bound="LetterQuerySet")


def grounds(user: Any) -> list[Ground]:
    """On what grounds a person sees letters; none where they read no letters at all.

    The secretariat sees all; everyone who may read letters sees those that went out; an agency sees those whose text,
    as it stands, it is asked to clear or to sign, and those of which it was given sight. A restricted letter is seen by holders of its
    level and by these agencies.
    """
    if not can(user, VIEW):
        return []
    open_to_them = Q(sensitivity__lte=_level(user))
    asked = Q(clearances__agency__in=agencies_of(user, today()), clearances__state__in=CURRENT)
    reviews = Q(status=Status.IN_REVIEW, mechanism__in=_chaired_by(user))
    signs = Q(signings__agency__in=agencies_of(user, today()), signings__state__in=ASKED_TO_SIGN)
    named = Q(pk__in=granted_to(groups_of(user, today()), VIEW, apps.get_model("letters", "Letter")))
    found = [
        Ground(_("Their agency is named as one that may see it."), named, parties=_named, granted=True),
        Ground(_("Their agency is asked to clear its text."), asked, parties=lambda letter: letter.party_ids()),
        Ground(_("Their agency chairs the mechanism, and the text is in review."), reviews, parties=_chairs),
        Ground(_("Somebody of their agency is asked to sign it."), signs, parties=_signing),
        Ground(_("It went out, and they read letters so restricted."), Q(status__in=GONE_OUT) & open_to_them, VIEW),
    ]
    if can(user, KEEP):
        found.append(Ground(_("They look after letters so restricted."), open_to_them, KEEP))
    return found


def _named(letter: Any) -> set[uuid.UUID]:
    return {agency.pk for agency in letter.named_agencies()}


def reviewed_by(letters: L, user: Any) -> L:
    """Those among the letters whose comments a person reads: those they look after, or that their agency reviews or clears."""
    if can(user, KEEP):
        return letters
    cleared = Q(clearances__agency__in=agencies_of(user, today()))
    reviewed = Q(status=Status.IN_REVIEW, mechanism__in=_chaired_by(user))
    return letters.filter(pk__in=letters.model._default_manager.filter(cleared | reviewed).values("pk"))


def _chaired_by(user: Any) -> Any:
    """The ids of the mechanisms that an agency of this person chairs, as a subquery."""
    chairs = apps.get_model("agencies", "Membership")._default_manager.chairs().on(today())
    return chairs.filter(agency__in=agencies_of(user, today())).values("mechanism_id")


def _chairs(letter: Any) -> set[uuid.UUID]:
    return {agency.pk for agency in letter.co_chairs(today())}


def _signing(letter: Any) -> set[uuid.UUID]:
    asked = letter.signings.filter(state__in=ASKED_TO_SIGN, agency__isnull=False)
    return set(asked.values_list("agency_id", flat=True))


def visible_letters(letters: L, user: Any) -> L:
    """Letters a person may see."""
    found = grounds(user)
    if not found:
        return letters.none()
    return letters.filter(pk__in=letters.model._default_manager.filter(any_of(found)).values("pk"))


def _level(user: Any) -> Sensitivity:
    if can(user, "core.view_strictly_confidential"):
        return Sensitivity.STRICTLY_CONFIDENTIAL
    return Sensitivity.CONFIDENTIAL if can(user, "core.view_confidential") else Sensitivity.UNCLASSIFIED
