"""The commands and their options. What a command needs is imported when it is run."""

from __future__ import annotations

import argparse

from .create import KINDS
from .problem import STATUSES

_LOCAL = "It runs in the same sandbox as on a server; neither a server nor a database is needed."
_SERVER = """Which server, and as whom:
  --url, or NEUROFLOW_URL          the server (default http://127.0.0.1:8000)
  --key, or NEUROFLOW_API_KEY      an API key; the console makes one under "API keys"
Where neither is given and `make run` runs from this installation, that server is used, with a key that is made once
for the local command line: it may do all but manage people and keys, is in the audit log, and is kept in
var/command-line-key, readable by you alone. Disable it in the console like any other key."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Paragraphs as they are written; options in a column that has room for them."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=110)


def make_parser(prog: str) -> argparse.ArgumentParser:
    """Parses to `module`, which has the command's `act`, and that command's own options."""
    described = "Start an agent from a template, run it, test it, upload it, call it, follow it, take it back."
    parser = argparse.ArgumentParser(prog=prog, description=described, epilog=STATUSES, formatter_class=_Help)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, module: str, summary: str, more: str = "") -> argparse.ArgumentParser:
        about = f"{summary[0].upper()}{summary[1:]}." + (f"\n\n{more}" if more else "")
        added = commands.add_parser(
            name, help=summary, description=about, epilog=STATUSES, formatter_class=_Help, allow_abbrev=False
        )
        added.set_defaults(module=module)
        return added

    _new(command("new", "create", "start an agent from a template"))
    _run(command("run", "local", "run an agent here, with its trace in the terminal", _LOCAL))
    _test(command("test", "own_tests", "run an agent's own tests", _LOCAL))
    _about(command("about", "about", "list the packages that an agent may import"))
    _push(command("push", "push", "upload an agent as a new version", _SERVER))
    _invoke(command("invoke", "invoke", "send a request to an agent on a server and follow it", _SERVER))
    _logs(command("logs", "logs", "show what an agent's invocations told", _SERVER))
    _rollback(command("rollback", "rollback", "let an earlier version serve again", _SERVER))
    return parser


def _new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the folder to make; its last part is the agent's name")
    described = "; ".join(f"{name}: {about}" for name, about in KINDS.items())
    parser.add_argument("--template", choices=KINDS, default="plain", help=f"{described} (default plain)")


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", metavar="[PATH] TEXT", nargs="*", help="the agent's folder (default .), and the request's words"
    )
    _input(parser)
    parser.add_argument("--config", metavar="JSON", default="{}", help="what context.config is; JSON, or @file")
    parser.add_argument(
        "--grant", metavar="NAME=TERMS", action="append", default=[],
        help="""grant a capability: --grant config, or --grant 'http={"hosts": ["api.example.org"]}'""",
    )  # fmt: skip
    parser.add_argument(
        "--secret",
        metavar="NAME=TERMS",
        action="append",
        default=[],
        help="""a secret that a grant names: --secret 'hub={"host": "api.example.org", "env": "HUB_TOKEN"}'""",
    )
    parser.add_argument(
        "--limits", metavar="NAME=N", action="append", default=[],
        help="other limits than the defaults: --limits wall_ms=5000; or a JSON object",
    )  # fmt: skip
    _isolation(parser)
    parser.add_argument("--watch", action="store_true", help="run again whenever a file changes, until Ctrl-C")


def _test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", default=".", help="the agent's folder (default .)")
    parser.add_argument(
        "-k", metavar="EXPR", dest="expression", default="",
        help='only tests whose name matches: words with "and", "or", "not" and parentheses',
    )  # fmt: skip
    _isolation(parser)


def _about(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="as the table in docs/agents.md")


def _push(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", default=".", help="the agent's folder (default .)")
    parser.add_argument("--agent", metavar="SLUG", help="the agent on the server (default: the folder's name)")
    parser.add_argument("--message", "-m", metavar="TEXT", default="", help="what changed, shown with the version")
    parser.add_argument("--create", action="store_true", help="make the agent when there is none of that name")
    parser.add_argument("--publish", action="store_true", help="let the version serve when its checks are green")
    _server(parser)


def _invoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("agent", metavar="SLUG", help="the agent")
    parser.add_argument("text", metavar="TEXT", nargs="?", help='the request\'s words; "-" reads standard input')
    _input(parser)
    parser.add_argument("--version", metavar="N", type=_positive, help="a version that is not live (a key for tests)")
    _server(parser)


def _logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="SLUG|ID", help="an agent, or one invocation (8 last digits will do)")
    parser.add_argument("--follow", "-f", action="store_true", help="go on as new invocations come, until Ctrl-C")
    parser.add_argument("-n", metavar="N", type=_count, default=10, help="how many past invocations (default 10)")
    _server(parser)


def _rollback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("agent", metavar="SLUG", help="the agent")
    parser.add_argument("--to", metavar="N", type=_positive, help="the version (default: what served before)")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why, for the deployment and the audit log")
    _server(parser)


def _input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--skill", metavar="NAME", help="the skill, where there are several")
    parser.add_argument("--payload", metavar="JSON", help="the request's structured part: JSON, @file, or - for stdin")
    parser.add_argument("--session", metavar="TEXT", help="requests of one conversation carry the same")
    parser.add_argument("--quiet", "-q", action="store_true", help="only the answer: no trace, no usage")


def _isolation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--isolation",
        metavar="NAME",
        default="wasm",
        help="wasm (default), namespace or process; see docs/isolation.md",
    )


def _server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", metavar="URL", help="the server (NEUROFLOW_URL)")
    parser.add_argument("--key", metavar="KEY", help="an API key (NEUROFLOW_API_KEY)")


def _positive(text: str) -> int:
    number = _count(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text[:20]!r}")
    return int(text)
