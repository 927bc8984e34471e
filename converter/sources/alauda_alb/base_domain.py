"""The base domain of the platform's labels (LABEL_BASE_DOMAIN; alb: pkg/operator/config/const.go:13-17).

It is in no object. Where objects have the labels of another one than was given, nothing of them can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from converter.model import Outcome
from converter.reading.inventory import Document
from converter.sources.alauda_alb.resources import labels

_LABEL = re.compile(r"alb2\.([a-z0-9.-]+)/(?:name|frontend)")
_ANNOTATION = re.compile(
    r"alb\.networking\.([a-z0-9.-]+)/(?:tls|enable-https)|alb\.([a-z0-9.-]+)/ingress-rule-priority-\d+-\d+"
    r"|(?:index\.\d+-\d+\.)?alb\.ingress\.([a-z0-9.-]+)/(?:rewrite-re(?:quest|sponse)|redirect-host|proxy-read-timeout)"
)


def domain_of(keys: Iterable[str], known: str) -> str:
    """The base domain that labels or annotations are below, where it is not the known one; "" elsewhere."""
    for key in keys:
        found = _LABEL.fullmatch(key) or _ANNOTATION.fullmatch(key)
        domain = next(filter(None, found.groups()), "") if found else ""
        if domain and domain != known and not domain.endswith("kubernetes.io"):
            return str(domain)
    return ""


def other_domain(document: Document, known: str) -> Outcome | None:
    """What becomes of a Frontend or Rule whose labels are below another base domain; None for others."""
    domain = domain_of(labels(document), known)
    if not domain:
        return None
    return Outcome.manual(
        "alb2.base-domain",
        f"its labels are below {domain}, and labels below {known} were read",
        f"run with --alb-domain {domain}",
    )
