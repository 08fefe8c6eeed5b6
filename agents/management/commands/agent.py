"""`manage.py agent …`: the author's command line. The commands and their options are in agents/cli."""

import sys
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agents.cli import main


class Command(BaseCommand):
    help = "Start an agent from a template, run it, test it, upload it, call it, follow it, take it back."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(main(argv[2:]))

    def print_help(self, prog_name: str, subcommand: str) -> None:
        main(["--help"])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER)

    def handle(self, *args: Any, **options: Any) -> None:
        if status := main(options["arguments"]):
            sys.exit(status)
