"""What makes a finding the same finding in the next run."""

from __future__ import annotations

import hashlib
import re

from converter.model import Finding


def fingerprint(finding: Finding) -> str:
    """The same wherever its line moves; files are named only where there is no object."""
    origin = finding.origin
    about = str(origin.object) if origin.object else origin.location.path
    parts = (finding.code, about, origin.kind, re.sub(r"\[\d+\]", "[]", origin.key), origin.value)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
