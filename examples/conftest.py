"""An example's own tests run inside the sandbox (sandbox/tests/test_examples.py): pytest must not import them here."""

collect_ignore_glob = ["*/tests/*", "*/agent.py"]
