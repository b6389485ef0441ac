"""The two addresses for machines."""

import pytest
from django.test import Client


def test_healthz_needs_no_engine(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_asks_both_engines(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "valkey": True})


@pytest.mark.django_db
def test_readyz_names_the_engine_that_fails(client: Client, settings, tmp_path) -> None:
    settings.VALKEY_URL = f"unix://{tmp_path}/nothing.sock"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "valkey": False})


def test_health_is_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
