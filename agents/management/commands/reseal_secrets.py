"""After SECRET_KEY was changed and the former one named in SECRET_KEY_FALLBACKS: seal all secrets with the new one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.actions.secrets import reseal_secrets
from agents.secrets import Sealed


class Command(BaseCommand):
    help = "Seal all secrets with the present SECRET_KEY; then SECRET_KEY_FALLBACKS can be emptied."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = reseal_secrets()
        except Sealed as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{count} secrets are sealed with the present SECRET_KEY.")
