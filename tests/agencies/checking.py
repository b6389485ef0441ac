"""The step from a form over its check page to what is done."""

import re

from django.http import HttpResponse
from django.test import Client

Typed = dict[str, object]


def checked(client: Client, url: str, **answers: object) -> tuple[HttpResponse, Typed]:
    """The answer to a form, and what its check page sends on when it is confirmed."""
    page = client.post(url, answers)
    form = page.text.partition('name="step" value="confirm"')[2].partition("</form>")[0]
    return page, {"step": "confirm", **dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))}


def confirmed(client: Client, url: str, **answers: object) -> HttpResponse:
    """The answer after the check page was confirmed."""
    page, confirmation = checked(client, url, **answers)
    assert page.status_code == 200, page.context["form"].errors
    return client.post(url, confirmation)
