"""The last words before the logs: where to go, how to sign in, what to paste."""

import shlex
from pathlib import Path

from .output import Terminal


def welcome(terminal: Terminal, address: str, made: dict, var: Path, seconds: float) -> str:
    """`made` is what `manage.py prepare` wrote: login, password or None, key or None, key_file or None."""
    title = terminal.paint("NeuroFlow is ready", "1;32")
    link = terminal.paint(f"{address}/", "1")
    if made["password"]:
        sign_in = f"{made['login']}   password {terminal.paint(made['password'], '1')}   (shown this once)"
    else:
        sign_in = f"{made['login']}   (forgotten? .venv/bin/python manage.py changepassword {made['login']})"
    return "\n".join(
        [
            "",
            f"{title} ({seconds:.0f} s)",
            "",
            f"  Console   {link}",
            f"  Sign in   {sign_in}",
            f"  API       {address}/api/v1/docs/",
            f"  Logs      {var / 'log'}",
            "  Stop      Ctrl-C",
            "",
            *first_request(address, made),
            "",
        ]
    )


def first_request(address: str, made: dict) -> list[str]:
    """A curl line that works as pasted: with the key the first time, later with the file that keeps it."""
    if made["key"]:
        key, said = made["key"], "Try it (the key is kept in " + str(made["key_file"]) + ", for you alone):"
    elif made["key_file"]:
        key, said = f"$(cat {shlex.quote(str(made['key_file']))})", "Try it:"
    else:
        return [f"For the API, make a key in the console: {address}/keys/"]
    return [
        said,
        "",
        f'curl -s {address}/api/v1/invocations/ -H "Authorization: Bearer {key}" '
        "-H 'Content-Type: application/json' -d '{\"text\": \"what is 12 times 7\"}'",
    ]
