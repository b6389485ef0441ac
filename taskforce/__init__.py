"""The roof: settings, addresses, the Celery app and the apps that bring everything together."""

from taskforce.celery import app as celery_app

__all__ = ["celery_app"]
