"""The Celery application: one queue, messages that only wake a worker (the row in the database is the truth)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")

app = Celery("neuroflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
