"""Sample objects for tests: the fewest words that make a legal one."""

import datetime as dt
import uuid

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from accounts.models import RoleAssignment, User
from agencies.models import (
    Agency,
    AgencyKind,
    AgencyName,
    Capacity,
    Country,
    FocalPoint,
    Mechanism,
    MemberRole,
    Membership,
    Obligation,
    ObligationKind,
    Office,
    OfficeCountry,
    Region,
    ResidentCoordinator,
)
from core.dates import span

PASSWORD = "correct horse battery staple"
LONG_AGO = dt.date(2010, 1, 1)


class DatedFactory(DjangoModelFactory):
    """A row that holds from `first` to `last`, both included; from 2010 on, unless said otherwise."""

    class Meta:
        abstract = True

    class Params:
        first = LONG_AGO
        last = None

    valid = factory.LazyAttribute(lambda made: span(made.first, made.last))


class UserFactory(DjangoModelFactory):
    """A person who can sign in with PASSWORD once `password` is given; signing in by force needs none."""

    class Meta:
        model = User

    name = factory.Sequence(lambda number: f"Person {number}")
    email = factory.Sequence(lambda number: f"person-{number}@example.org")
    password = "!"


class RoleAssignmentFactory(DatedFactory):
    """A role of the house."""

    class Meta:
        model = RoleAssignment

    user = factory.SubFactory(UserFactory)
    role = "secretariat"


class GroupFactory(DjangoModelFactory):
    """The group of an agency."""

    class Meta:
        model = Group

    name = factory.Sequence(lambda number: f"agency group {number}")


class AgencyFactory(DatedFactory):
    """An agency with one English name that holds as long as the agency: `acronym`, `name`."""

    class Meta:
        model = Agency

    acronym = factory.Sequence(lambda number: f"AG{number}")
    name = factory.LazyAttribute(lambda made: f"Agency {made.acronym}")
    kind = AgencyKind.SECRETARIAT
    group = factory.SubFactory(GroupFactory)

    @classmethod
    def _create(cls, model_class, *args, acronym, name, **fields):
        agency = super()._create(model_class, *args, **fields)
        AgencyName.objects.create(agency=agency, acronym=acronym, name=name, valid=agency.valid)
        return agency


class AgencyNameFactory(DatedFactory):
    """A further name of an agency."""

    class Meta:
        model = AgencyName

    agency = factory.SubFactory(AgencyFactory)
    acronym = factory.Sequence(lambda number: f"NAME{number}")
    name = factory.LazyAttribute(lambda made: f"Agency {made.acronym}")


class MechanismFactory(DatedFactory):
    """A mechanism; the address `task-force` gives the one there is."""

    class Meta:
        model = Mechanism
        django_get_or_create = ("slug",)

    slug = "task-force"
    name = factory.LazyAttribute(lambda made: made.slug.replace("-", " ").title())


class MembershipFactory(DatedFactory):
    """An agency sits in the Task Force."""

    class Meta:
        model = Membership

    agency = factory.SubFactory(AgencyFactory)
    mechanism = factory.SubFactory(MechanismFactory)
    role = MemberRole.MEMBER


class FocalPointFactory(DatedFactory):
    """A person speaks for an agency in the Task Force; their rights need a membership of the agency too."""

    class Meta:
        model = FocalPoint

    person = factory.SubFactory(UserFactory)
    agency = factory.SubFactory(AgencyFactory)
    mechanism = factory.SubFactory(MechanismFactory)
    capacity = Capacity.FOCAL_POINT


class RegionFactory(DjangoModelFactory):
    """A region."""

    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = "014"
    name = "Eastern Africa"


class CountryFactory(DjangoModelFactory):
    """A country with made-up codes."""

    class Meta:
        model = Country

    iso2 = factory.Sequence(lambda number: f"{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}")
    iso3 = factory.LazyAttribute(lambda made: f"{made.iso2}Z")
    m49 = factory.Sequence(lambda number: f"{number % 1000:03}")
    name = factory.LazyAttribute(lambda made: f"Country {made.iso2}")
    region = factory.SubFactory(RegionFactory)


class OfficeFactory(DatedFactory):
    """The office of a Resident Coordinator, without country or coordinator."""

    class Meta:
        model = Office

    name = factory.Sequence(lambda number: f"Office {number}")
    duty_station = "Nairobi"
    time_zone = "Africa/Nairobi"
    email = factory.Sequence(lambda number: f"office-{number}@example.org")
    region = factory.SubFactory(RegionFactory)


class OfficeCountryFactory(DatedFactory):
    """An office serves a country."""

    class Meta:
        model = OfficeCountry

    office = factory.SubFactory(OfficeFactory)
    country = factory.SubFactory(CountryFactory)


class ResidentCoordinatorFactory(DatedFactory):
    """The Resident Coordinator of an office."""

    class Meta:
        model = ResidentCoordinator

    office = factory.SubFactory(OfficeFactory)
    name = factory.LazyAttribute(lambda made: f"Resident Coordinator, {made.office.name}")
    salutation = "Dear Resident Coordinator"
    email = factory.Sequence(lambda number: f"rc-{number}@example.org")


class ObligationFactory(DjangoModelFactory):
    """An agency owes a contribution."""

    class Meta:
        model = Obligation

    kind = ObligationKind.CONTRIBUTION
    agency = factory.SubFactory(AgencyFactory)
    what = "Contribution to an assessment"
    page = "agencies:list"
    subject_id = factory.LazyFunction(uuid.uuid4)
    due_on = dt.date(2030, 1, 31)
