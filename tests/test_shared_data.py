"""Half of the recordings are part of the repository, from each controller and the target, and they are the real ones."""

from __future__ import annotations

import filecmp

import pytest

from tests.oracle import needs_all_answers
from tests.shared_data import ALL_ANSWERS, OWN_ANSWERS

OWN = sorted(path.parent.relative_to(OWN_ANSWERS) for path in OWN_ANSWERS.glob("*/*/answers.jsonl"))


@pytest.mark.parametrize("name", ["ingress-nginx", "alauda-alb", "aws-alb", "envoy-gateway"])
def test_a_checkout_alone_has_recordings(name: str) -> None:
    assert sum(case.parts[0] == name for case in OWN) >= 35


@needs_all_answers
def test_they_are_those_that_were_recorded() -> None:
    known = [case for case in OWN if (ALL_ANSWERS / case).is_dir()]
    differing = [
        str(case / file.name)
        for case in known
        for file in sorted((OWN_ANSWERS / case).iterdir())
        if not filecmp.cmp(file, ALL_ANSWERS / case / file.name, shallow=False)
    ]
    assert not differing
