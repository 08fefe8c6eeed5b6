"""The Celery application: one queue, messages that only wake a worker (the row in the database is the truth)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")

app = Celery("neuroflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery's Django fixup would close every connection before and after each task; `invocations.database` decides instead.
app.conf["CELERY_DB_REUSE_MAX"] = 10**12
app.autodiscover_tasks()
