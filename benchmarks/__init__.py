"""Measured claims: each figure beside its floor, in the same run, because a machine's absolute times drift."""
