"""`manage.py up`: start everything in this terminal."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from neuroflow_site.up.run import Options, run


class Command(BaseCommand):
    help = "Set up what is missing and start Valkey, workers and web server in this terminal; Ctrl-C stops them all."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 takes any free one")
        parser.add_argument("--workers", type=int, default=2, help="worker processes; about one a core (default 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1:
            self.stderr.write("WORKERS must be at least 1: without a worker nothing is run.")
            sys.exit(1)
        code = run(Options(options["host"], options["port"], options["workers"], settings.VAR_DIR))
        sys.exit(code)
