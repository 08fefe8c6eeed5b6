"""What a sandbox cannot have: an author meets a sentence that says why, and what to use instead."""

import pytest

from sandbox.tests.conftest import Agent

THREADS = "use asyncio tasks"
PROCESSES = "a sandbox cannot start processes; do the work in Python"
SOCKETS = "a sandbox has no sockets; use `await context.http.get(url)` or httpx"
TLS = "TLS is spoken by the host, outside the sandbox; use httpx"
SIGNALS = "a sandbox gets no signals; the time that is left is in context.remaining()"
FILES = 'ask for it with @agent(..., capabilities=["files"])'
NATIVE = "a sandbox loads no native code; use a pure-Python package"
INPUT = "nobody is there to type; the request's words are in request.text"
COMPRESSION = "use zlib, gzip or zipfile"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("import ssl; ssl.create_default_context().wrap_socket(None)", TLS),
        ("import ssl; ssl.get_server_certificate(('a', 1))", TLS),
        ("import ssl; ssl.RAND_bytes(1)", TLS),
        ("import ctypes", NATIVE),
        ("import numpy", NATIVE),
        ("import threading; threading.Thread(target=print).start()", THREADS),
        ("import threading; threading.Timer(1, print).start()", THREADS),
        ("from concurrent.futures import ThreadPoolExecutor as Pool; Pool().submit(print)", THREADS),
        ("import concurrent.interpreters", THREADS),
        ("from concurrent.futures import ProcessPoolExecutor as Pool; Pool()", PROCESSES),
        ("import subprocess; subprocess.run(['ls'])", PROCESSES),
        ("import subprocess; subprocess.check_output('ls', shell=True)", PROCESSES),
        ("import os; os.popen('ls')", PROCESSES),
        ("import asyncio; await asyncio.create_subprocess_exec('ls')", PROCESSES),
        ("import multiprocessing; multiprocessing.Process(target=print).start()", PROCESSES),
        ("from multiprocessing import Pool; Pool(2)", PROCESSES),
        ("import multiprocessing; multiprocessing.Queue()", PROCESSES),
        ("import multiprocessing.shared_memory", PROCESSES),
        ("import asyncio; await asyncio.open_connection('x.example', 1)", SOCKETS),
        ("import asyncio; await asyncio.start_server(None, 'x.example', 1)", SOCKETS),
        ("import socketserver; socketserver.TCPServer(('', 1), None)", SOCKETS),
        ("import smtplib; smtplib.SMTP('x.example')", SOCKETS),
        ("import requests", "it needs sockets; use httpx"),
        ("import signal; signal.signal(signal.SIGINT, print)", SIGNALS),
        ("import signal; signal.alarm(3)", SIGNALS),
        ("import asyncio; asyncio.get_running_loop().add_signal_handler(2, print)", SIGNALS),
        (
            "import os; os.environ['OPENAI_API_KEY']",
            "the environment of a sandbox is empty; settings are in context.config",
        ),
        ("open('/tmp/x', 'w')", FILES),
        ("open('agent.py', 'a')", FILES),
        ("import os; os.mkdir('data')", FILES),
        ("import pathlib; pathlib.Path('out.txt').write_text('x')", FILES),
        ("import tempfile; tempfile.NamedTemporaryFile()", FILES),
        ("import logging.handlers; logging.FileHandler('x.log')", FILES),
        ("import os; os.chdir('/tmp')", FILES),
        ("import sqlite3; sqlite3.connect('my.db')", 'connect to ":memory:"'),
        ("import mmap", "use bytearray and memoryview"),
        ("import bz2", COMPRESSION),
        ("import compression.zstd", COMPRESSION),
        ("input()", INPUT),
        ("import sys; sys.stdin.read()", INPUT),
        ("import sys; [line for line in sys.stdin]", INPUT),
        ("import getpass; getpass.getpass()", INPUT),
        ("breakpoint()", "write what you want to see with log.debug()"),
        ("import pdb; pdb.set_trace()", "write what you want to see with log.debug()"),
        ("import tkinter", "give the result as the return value"),
        ("import pip", "packages are named with the version when it is uploaded"),
        ("import fcntl", "a sandbox is on no system of its own"),
        ("import pytest", "neuroflow.testing"),
        (
            "import nowhere",
            "an agent can import its own files, Python's standard library and what its requirements.txt names",
        ),
    ],
)
def test_it_says_why_and_what_to_use_instead(agent: Agent, lines: str, says: str) -> None:
    outcome = agent.body(lines)
    assert outcome.failure is not None
    assert says in outcome.failure.message
    assert (outcome.failure.detail["file"], outcome.failure.detail["line"]) == ("agent.py", 2)


def test_what_asks_before_it_reaches_finds_nothing(agent: Agent) -> None:
    lines = """
import os, shutil
os.environ["OWN"] = "set here"
return [os.getenv("HOME"), os.environ.get("HOME", "none"), "HOME" in os.environ, os.getenv("OWN"),
        os.path.exists("/etc/passwd"), os.access("agent.py", os.W_OK), shutil.which("sh")]
"""
    outcome = agent.body(lines)
    assert outcome.data == [None, "none", False, "set here", False, False, None], outcome.failure


def test_a_missing_variable_is_a_key_error(agent: Agent) -> None:
    lines = "import os\ntry:\n    os.environ['HOME']\nexcept KeyError:\n    return 'went on'"
    assert agent.body(lines).data == "went on"
