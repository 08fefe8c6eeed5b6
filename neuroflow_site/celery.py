"""The Celery application: one queue, messages that only wake a worker (the row in the database is the truth)."""

import os

from celery import Celery
from celery.signals import worker_init, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")

app = Celery("neuroflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery's Django fixup would close every connection before and after each task; `invocations.database` decides instead.
app.conf["CELERY_DB_REUSE_MAX"] = 10**12
app.autodiscover_tasks()


@worker_init.connect
def _start_telemetry(**_: object) -> None:
    from . import telemetry

    telemetry.start("neuroflow-worker")


@worker_shutdown.connect
def _stop_telemetry(**_: object) -> None:
    from . import telemetry

    telemetry.stop()
