"""A template's own tests run inside the sandbox (agents/cli/tests/test_new.py): pytest must not import them here."""

collect_ignore_glob = ["templates/*"]
