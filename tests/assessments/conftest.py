"""Two assessments of agency A: one open to every member, one confidential."""

import pytest

from assessments.models import Assessment
from core.sensitivity import Sensitivity
from tests.assessments.factories import AssessmentFactory


@pytest.fixture
def assessment(cast) -> Assessment:
    return AssessmentFactory(lead=cast.agency_a, title="Sea routes", mechanism=cast.task_force)


@pytest.fixture
def secret(cast) -> Assessment:
    return AssessmentFactory(
        lead=cast.agency_a, title="Hidden harbours", sensitivity=Sensitivity.CONFIDENTIAL, mechanism=cast.task_force
    )
