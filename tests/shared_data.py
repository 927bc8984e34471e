"""Where test data stands that is not part of the repository, and what is taken in its place where it is absent.

`../shared` beside the checkout (or $ING2GW_SHARED) holds all recorded answers, public manifests and the definitions of
other projects. Half of the recordings are in tests/data/answers as well, so that a checkout alone proves both sides.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("ING2GW_SHARED") or ROOT.parent / "shared")
CORPUS = SHARED / "corpus"
CRDS = SHARED / "crds"
OWN_ANSWERS = ROOT / "tests" / "data" / "answers"
ALL_ANSWERS = SHARED / "oracle" / "answers"
COMPLETE = ALL_ANSWERS.is_dir()
"""Whether every recording is here."""
ANSWERS = ALL_ANSWERS if COMPLETE else OWN_ANSWERS
