"""Sample data of the register: the Task Force of 2011 and what became of it, offices all over the world, sample sign-ins.

Every row has an id made from its name in the data files, so that loading twice adds nothing and other samples find it.
"""

from django.db import transaction

from agencies.models import Agency, Mechanism
from agencies.places import ident, load_places
from agencies.sample.bodies import load_bodies
from agencies.sample.contacts import load_contacts
from agencies.sample.more import load_more
from agencies.sample.offices import load_offices
from agencies.sample.people import SIGN_INS, load_people

__all__ = ["SIGN_INS", "agency", "load", "mechanism"]


@transaction.atomic
def load(scale: int = 1) -> None:
    """Everything once, and `scale - 1` times as many made-up agencies, people and offices."""
    load_places()
    load_bodies()
    load_people()
    load_offices()
    load_contacts()
    if scale > 1:
        load_more(scale)


def agency(key: str) -> Agency:
    """A sample agency by its key in bodies.toml: `agency("unodc")`."""
    return Agency.objects.get(pk=ident("agency", key))


def mechanism(slug: str = "task-force") -> Mechanism:
    """A sample mechanism."""
    return Mechanism.objects.get(slug=slug)
