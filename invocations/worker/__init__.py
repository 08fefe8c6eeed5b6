"""What lives in a worker process beside Celery: the sandbox, the leases of running attempts, the control channel."""
