#!/usr/bin/env python
"""Django's command line for NeuroFlow."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")
    try:
        if sys.argv[1:2] == ["agent"]:
            # An author runs and tests an agent many times over: the applications, which take a second to load and
            # which a sandbox does not need, are left out.
            from agents.cli import main as agent

            sys.exit(agent(sys.argv[2:]))
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"A package cannot be imported ({error}). Use the project's own interpreter: "
            "run `make run` once, then `.venv/bin/python manage.py …`."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
