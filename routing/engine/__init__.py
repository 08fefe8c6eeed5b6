"""Which skill should serve a text: encoder, index, decision. Plain Python; knows nothing of Django.

What was tried, and why it is as it is:

- The nearest example alone is led astray by one odd example, the centroid alone by a skill that does two
  things. Their mean is better than either and refuses foreign requests best. How high it must be depends on
  how many examples a skill has and how much it sounds like everything else; that is measured (`index.py`).
- Meaning finds the skill for a *request*. It cannot find the skill for a *passage* that somebody pastes:
  an article about volcanoes is near to nothing but other texts about volcanoes. So a text is first read for
  whether it asks for anything (`requests.py`). If not, it is compared by its form with the passages that
  skills show among their examples, and by topic only so far as these agree on one (`scoring.py`).
- Everything a decision rests on is immutable. A publish makes another `Router`; readers take no lock.
"""

from .encoder import DEFAULT_MODEL, Encoder, ModelError
from .index import Index, SkillEntry, needed_texts
from .router import MARGIN, THRESHOLD, Candidate, Decision, Router

__all__ = [
    "DEFAULT_MODEL",
    "MARGIN",
    "THRESHOLD",
    "Candidate",
    "Decision",
    "Encoder",
    "Index",
    "ModelError",
    "Router",
    "SkillEntry",
    "needed_texts",
]
