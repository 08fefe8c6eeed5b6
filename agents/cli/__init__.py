"""The author's command line, `manage.py agent …`: start an agent, run it, test it, upload it, call it, follow it.

`new`, `run` and `test` work with the sandbox alone: no database, no server, and no Django application is loaded, which
would take a second. The others speak to a server over its HTTP API, as any client does.
"""

from .main import main

__all__ = ["main"]
