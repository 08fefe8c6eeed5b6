"""The settings of the test suite: the product's own, with data in a directory of its own that goes away afterwards.

Which servers it runs against is decided as everywhere else, by DATABASE_URL and REDIS_URL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "NEUROFLOW_VAR" not in os.environ:
    _var = tempfile.mkdtemp(prefix="nf-")
    atexit.register(shutil.rmtree, _var, ignore_errors=True)
    # The sandbox image takes a while to build and is the same for everybody: it stays where `make run` keeps it.
    os.environ.setdefault("NEUROFLOW_IMAGE_DIR", str(Path(__file__).resolve().parent.parent / "var" / "image"))
    os.environ["NEUROFLOW_VAR"] = _var
os.environ.setdefault("REDIS_PREFIX", f"nf-test-{os.getpid()}")

from .settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
