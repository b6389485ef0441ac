"""Sample assessments for tests: the fewest words that make a legal one."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from assessments.models import Assessment, Cell, CellState, Commodity, Contribution, Flow
from assessments.questions import NUMBERS
from tests.factories import AgencyFactory, MechanismFactory


class AssessmentFactory(DjangoModelFactory):
    """An unclassified assessment planned and expected for September 2030."""

    class Meta:
        model = Assessment

    title = factory.Sequence(lambda number: f"Assessment {number}")
    area = factory.LazyAttribute(lambda made: f"Area of {made.title}")
    lead = factory.SubFactory(AgencyFactory)
    mechanism = factory.SubFactory(MechanismFactory)
    planned_day = dt.date(2030, 9, 1)
    forecast_day = factory.SelfAttribute("planned_day")


class FlowFactory(DjangoModelFactory):
    """A flow with its six unanswered questions."""

    class Meta:
        model = Flow
        skip_postgeneration_save = True

    assessment = factory.SubFactory(AssessmentFactory)
    commodity = Commodity.DRUGS
    name = factory.Sequence(lambda number: f"Flow {number}")

    @factory.post_generation
    def _questions(self, create, extracted, **kwargs):
        Cell.objects.bulk_create(Cell(flow=self, question=number) for number in NUMBERS)


class ContributionFactory(DjangoModelFactory):
    """A request by plain row, without obligation; `assessments.actions.ask` makes a whole one."""

    class Meta:
        model = Contribution

    assessment = factory.SubFactory(AssessmentFactory)
    agency = factory.SubFactory(AgencyFactory)
    what = "Seizures of the last year"
    due_on = dt.date(2030, 6, 1)


def answer(
    flow: Flow, number: int, *, text: str = "Known.", state: str = CellState.DRAFT, confidence: str = ""
) -> Cell:
    """Answer one question of a flow without asking who may."""
    Cell.objects.filter(flow=flow, question=number).update(text=text, state=state, confidence=confidence)
    return Cell.objects.get(flow=flow, question=number)
