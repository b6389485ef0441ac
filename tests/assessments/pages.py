"""What the tests of the pages share."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Assessment
from tests.cast import signed_in


def page(name: str, *args) -> str:
    return reverse(f"assessments:{name}", args=args)


def revised(assessment: Assessment, **changes) -> dict[str, str]:
    """The form of the facts as it stands, with changes."""
    return {"title": assessment.title, "area": assessment.area, "sensitivity": "0", "tlp": "green"} | changes


def request_by_page(cast, assessment):
    form = {"agencies": [cast.agency_b.pk], "what": "Seizures", "due_on_day": 1, "due_on_month": 6, "due_on_year": 2090}
    return signed_in(cast.alice).post(page("ask", assessment.pk), form)


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/csv")
