"""The top floor: settings, URLs, the ASGI and Celery entry points, the overview page and `up`."""

from .celery import app as celery_app

__all__ = ["celery_app"]
