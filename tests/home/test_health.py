"""The two addresses for machines."""

import datetime as dt

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from core.models import Sweep
from core.sweeps import claim_period
from taskforce.home.health import LATE


def test_healthz_needs_no_engine(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


READY = {"database": True, "valkey": True, "migrations": True, "beat": True}


@pytest.mark.django_db
def test_readyz_asks_engines_migrations_and_beat(client: Client) -> None:
    claim_period("outbox", 30)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, READY)


@pytest.mark.django_db
def test_readyz_names_the_engine_that_fails(client: Client, settings, tmp_path) -> None:
    claim_period("outbox", 30)
    settings.VALKEY_URL = f"unix://{tmp_path}/nothing.sock"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, READY | {"valkey": False})


@pytest.mark.django_db
def test_readyz_names_a_beat_that_stands_still_and_stays_ready(client: Client) -> None:
    claim_period("outbox", 30)
    Sweep.objects.update(at=timezone.now() - LATE - dt.timedelta(seconds=1))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, READY | {"beat": False})


@pytest.mark.django_db
def test_readyz_waits_for_migrations(client: Client) -> None:
    claim_period("outbox", 30)
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("reminders")
    MigrationRecorder(connection).record_unapplied(*newest)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, READY | {"migrations": False, "beat": False})


def test_health_is_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
