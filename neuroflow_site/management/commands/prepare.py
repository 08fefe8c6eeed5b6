"""`manage.py prepare`: what must be there before web and workers start. Safe to call at every start."""

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Build the sandbox image, migrate the database, make the first administrator and key, load the examples."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--result", type=int, help="file descriptor to write login, password and key to, as JSON")
        parser.add_argument("--without-examples", action="store_true", help="leave the example agents out")

    def handle(self, *args: Any, **options: Any) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns when it is not there
        self._check_redis()
        self._step("Sandbox image", self._build_image)
        _own_database_file()
        self._step("Database", self._migrate)
        self._step("Guardrails", self._ensure_policy)
        if not options["without_examples"]:
            self._step("Example agents", self._load_examples)
        made = self._first_run()  # last: a password that is made and not shown would be lost
        if options["result"] is not None:
            with os.fdopen(options["result"], "w") as pipe:
                json.dump(made, pipe)
        elif made["password"]:
            self.stdout.write(f"First administrator: {made['login']}, password {made['password']} (shown this once)")

    def _step(self, name: str, work: Callable[[], str]) -> None:
        began = time.monotonic()
        said = work()
        if said:
            self._say(f"{name}: {said} ({time.monotonic() - began:.1f} s)")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _check_redis(self) -> None:
        from redis import Redis, RedisError

        try:
            with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5) as client:
                client.ping()
        except (RedisError, OSError, ValueError) as error:
            raise CommandError(
                f"Redis cannot be used: {error}\nIs the server that REDIS_URL names running? "
                "Without REDIS_URL, `make run` starts a Valkey server of its own."
            ) from error

    def _build_image(self) -> str:
        import sandbox

        began = time.monotonic()

        def progress(text: str) -> None:
            self._say(f"{text[:1].upper()}{text[1:]} ({time.monotonic() - began:.0f} s so far)")

        try:
            sandbox.build_image(settings.NEUROFLOW["IMAGE_DIR"], progress)
        except sandbox.ImageFault as error:
            raise CommandError(f"The sandbox image could not be built: {error}") from error
        return ""  # it has said so itself

    def _migrate(self) -> str:
        try:
            executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if not plan:
                return ""
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(
                f"The database cannot be used: {str(error).strip()}\n"
                "Is the server of DATABASE_URL running, and does the database exist? (createdb makes one.)"
                if os.environ.get("DATABASE_URL")
                else f"The database under {settings.VAR_DIR} cannot be used: {error}"
            ) from error
        return f"{len(plan)} migrations applied"

    def _first_run(self) -> dict[str, str | None]:
        from accounts.actions.first_run import ensure_first_run

        first = ensure_first_run()
        path = settings.VAR_DIR / "first-api-key"
        if first.key:
            write_private(path, first.key)
        kept = first.key or stored_key(path)
        return {
            "login": first.username,
            "password": first.password,
            "key": first.key,
            "key_file": str(path) if kept else None,
        }

    def _ensure_policy(self) -> str:
        from accounts.models import Workspace
        from guardrails.actions.policies import ensure_default_policy
        from guardrails.models import Policy

        before = Policy.objects.count()
        ensure_default_policy(Workspace.default())
        return "the starting policy is live" if Policy.objects.count() > before else ""

    def _load_examples(self) -> str:
        from accounts import actor
        from accounts.models import Workspace
        from agents.actions.examples import load_examples

        loaded = load_examples(actor.system(Workspace.default(), label="set-up"), settings.BASE_DIR / "examples")
        return f"{', '.join(loaded)} published" if loaded else ""


def write_private(path: Path, text: str) -> None:
    """Write for this user alone; the mode is right from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")


def stored_key(path: Path) -> str | None:
    """The first key, if its file is there and it still opens the door; a file with a dead key is removed."""
    from accounts.keys import BadKey, verify

    try:
        key = path.read_text().strip()
        verify(key)
    except OSError:
        return None
    except BadKey:
        path.unlink(missing_ok=True)
        return None
    return key


def _own_database_file() -> None:
    """A SQLite database is for its owner alone: what agents run as processes of another user must not read it."""
    database = settings.DATABASES[DEFAULT_DB_ALIAS]
    path = Path(str(database["NAME"]))
    if not database["ENGINE"].endswith("sqlite3") or not path.parent.is_dir():
        return
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    # SQLite gives the files beside it the same mode when it makes them.
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if each.exists():
            each.chmod(0o600)
