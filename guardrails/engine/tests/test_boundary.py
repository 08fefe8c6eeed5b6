"""The engine is a library: no web framework and no application code is imported by it."""

import subprocess
import sys


def test_the_engine_imports_no_django_and_nothing_of_the_product():
    code = (
        "import sys, guardrails.engine as engine\n"
        "engine.compile_policy(engine.DEFAULT_POLICY).inspect('a@b.co', 'input')\n"
        "tops = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(tops & {'django', 'rest_framework', 'celery', 'accounts', 'agents', 'invocations'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
