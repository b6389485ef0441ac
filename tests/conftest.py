"""What every test shares: files in a throw-away folder, one Valkey database per process."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from django.utils.translation import trans_real

from core.management.commands.compile_translations import compile_catalogue
from taskforce.local import quick_migrations
from tests.cast import Cast, make_cast
from tests.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.smtp_sink import Sink, smtp_sink
from tests.worker import Worker, celery_worker


def pytest_configure() -> None:
    """Give each parallel process a Valkey database of its own, unless the address names one.

    Tests are a trial run: the cast signs in without a second step.
    """
    django_settings.TRIAL = True
    quick_migrations.apply()
    _let_tests_clear_the_tables()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker or "?db=" in django_settings.VALKEY_URL:
        return
    number = int(worker.removeprefix("gw")) + 1
    url = f"{django_settings.VALKEY_URL}?db={number}"
    django_settings.VALKEY_URL = url
    django_settings.CELERY_BROKER_URL = url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    django_settings.CACHES["default"]["LOCATION"] = url


def _let_tests_clear_the_tables() -> None:
    """The history refuses to be emptied, also between two tests; only a superuser of the database goes past its triggers."""
    clear = DatabaseOperations.execute_sql_flush
    past = "SET LOCAL session_replication_role = replica;"
    DatabaseOperations.execute_sql_flush = lambda self, statements: clear(self, [past, *statements])


@pytest.fixture(autouse=True)
def _throw_away_files(settings, tmp_path: Path) -> None:
    """Files go to the test's own folder; static files keep their plain names, as nothing was collected."""
    settings.FILES_ROOT = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.FILES_ROOT},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A test that asks for a page in another language does not leave it to the next."""
    yield
    translation.deactivate()


@pytest.fixture
def cast(db) -> Cast:
    """Alice, Bob, Charlie, Sam, Lea, Ada and Nobody (tests/cast.py)."""
    return make_cast()


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A real SMTP server that takes the portal's mail."""
    with smtp_sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture
def worker(transactional_db, settings) -> Iterator[Worker]:
    """A real Celery worker process on the real broker."""
    with celery_worker() as running:
        yield running


@pytest.fixture(scope="session")
def _imap_server() -> Iterator[ImapServer]:
    """One server for all tests of a process."""
    with imap_server() as server:
        yield server


@pytest.fixture
def inbox(settings, _imap_server: ImapServer) -> Iterator[ImapServer]:
    """The portal's mailbox on a real IMAP server, empty; messages that it sends have return paths of their own."""
    settings.MAILBOX_DOMAIN = "mail.example.org"
    settings.IMAP_HOST, settings.IMAP_PORT, settings.IMAP_TLS = "127.0.0.1", _imap_server.port, False
    settings.IMAP_USER, settings.IMAP_PASSWORD = USER, PASSWORD
    yield _imap_server
    _imap_server.empty()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Path:
    """The words of all languages, compiled once."""
    folder = tmp_path_factory.mktemp("words") / "locale"
    shutil.copytree(django_settings.LOCALE_PATHS[0], folder)
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compile_catalogue(source)
    return folder


@pytest.fixture
def catalogues(settings, compiled: Path, monkeypatch) -> None:
    """What offices read is said in their language."""
    settings.LOCALE_PATHS = [compiled]
    monkeypatch.setattr(trans_real, "_translations", {})
