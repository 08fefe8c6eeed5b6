"""The Celery task: thin, for the message only wakes a worker. What happens is in `worker.execute`."""

from celery import shared_task


@shared_task(name="invocations.run", ignore_result=True)
def run(invocation_id: str) -> None:
    from .worker.execute import execute

    execute(invocation_id)
