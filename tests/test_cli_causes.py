"""`ing2gw explain FILE:LINE` names the right cause of every line of every golden file."""

from __future__ import annotations

import re
from pathlib import Path

from converter.cli.causes import wrote
from converter.writing.line_index import FieldLine, places
from converter.writing.yaml import dump
from tests.test_fixtures import of_case, run

RIGHT = {
    r"HTTPRoute .*\.filters\[\d+\]\.cors\b": ("cors.",),
    r"HTTPRoute .*\.filters\[\d+\]\.requestMirror\b": ("mirror.",),
    r"HTTPRoute .*\.filters\[\d+\]\.requestHeaderModifier\b": (
        "request-headers.",
        "header-variables.",
        "basic-auth.",
        "client-certificate.",
    ),
    r"HTTPRoute .*\.filters\[\d+\]\.responseHeaderModifier\b": ("response-headers.", "session-affinity."),
    r"HTTPRoute .*\.filters\[\d+\]\.urlRewrite\b": ("rewrite.", "upstream-host.", "redirect.", "conditions."),
    r"ReferenceGrant spec\b": ("reference-grant.", "tls.", "client-certificate.", "basic-auth.", "external-auth."),
    r"SecurityPolicy spec\.cors\b": ("cors.",),
    r"SecurityPolicy spec\.basicAuth\b": ("basic-auth.",),
    r"SecurityPolicy spec\.extAuth\b": ("external-auth.",),
    r"SecurityPolicy spec\.authorization\b": ("ip-access.", "access-rules.", "methods.", "oidc.", "jwt.", "satisfy."),
    r"BackendTrafficPolicy spec\.timeout\b": ("timeouts.", "stream.", "connection."),
    r"BackendTrafficPolicy spec\.retry\b": ("retries.",),
    r"BackendTrafficPolicy spec\.rateLimit\b": ("rate-limit.",),
    r"ClientTrafficPolicy spec\.path\b": ("path-normalisation.",),
}
"""What stands on a line, and the families of the findings that may have caused it."""
UNNAMED = {"aws-alb/class-params": "responseHeaderModifier"}
"""Lines whose cause is named by the path alone: attributes of listeners in IngressClassParams."""


def innermost(text: str) -> dict[int, FieldLine]:
    """The innermost field of each line."""
    return {line: place for place in places(text) for line in range(place.first, place.last + 1)}


@of_case
def test_every_line_has_the_right_cause(case: Path) -> None:
    result, wrong = run(case), []
    for resource in result.resources:
        text = dump(resource.body)
        for place in set(innermost(text).values()):
            codes = {one.code for one in wrote(result.findings, resource.body, place)}
            for pattern, families in RIGHT.items():
                named = f"{place.kind} {place.field}"
                if UNNAMED.get(str(case), "-") in place.field:
                    continue
                if codes and re.match(pattern, named) and not any(code.startswith(families) for code in codes):
                    wrong.append(f"{named}: {sorted(codes)}")
    assert wrong == []
