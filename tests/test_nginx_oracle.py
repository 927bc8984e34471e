"""Every recorded answer of ingress-nginx, or the reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import nginx_truth
from tests.oracle import needs_all_answers

EXCEPTIONS: dict[str, dict[Any, str]] = (
    yaml.safe_load((Path(__file__).parent / "oracle_exceptions_nginx.yaml").read_text()) or {}
)


@pytest.mark.parametrize("name", sorted(nginx_truth.cases()))
def test_recorded_answers(name: str, tmp_path: Path) -> None:
    case = nginx_truth.cases()[name]
    found = nginx_truth.compare(case, nginx_truth.compiled(case, tmp_path))
    reasons = EXCEPTIONS.get(name, {})
    unexplained = {line: words for line, words in found.items() if line not in reasons and "*" not in reasons}
    assert not unexplained
    needless = [line for line in reasons if line != "*" and line not in found]
    assert not needless, "exceptions that have become needless"
    assert found or not reasons, "the exception has become needless"


@needs_all_answers
def test_exceptions_name_recordings() -> None:
    assert set(EXCEPTIONS) <= set(nginx_truth.cases())
