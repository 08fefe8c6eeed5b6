"""Phrases of attacks in English, one module a way of attacking."""

from ..phrase import Phrase
from . import extraction, framing, override, persona

PHRASES: tuple[Phrase, ...] = (*override.PHRASES, *extraction.PHRASES, *persona.PHRASES, *framing.PHRASES)
