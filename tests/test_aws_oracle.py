"""Every recorded plan and answer of the AWS Load Balancer Controller agrees with our table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import aws_truth as truth
from tests.oracle import needs_all_answers

EXCEPTIONS = yaml.safe_load((Path(__file__).parent / "oracle_exceptions_aws.yaml").read_text())
PLACEHOLDER = re.compile(r"\$[({A-Z]")


def check_answers(case: truth.Case) -> None:
    """All answers of a case but its exceptions."""
    result = truth.compiled(case)
    exceptions = dict(EXCEPTIONS["answers"].get(case.name, {}))
    wrong, needless = [], []
    for line in case.answers:
        found = truth.differences(truth.answer(result, line["request"]), line["answer"])
        name = asked(line["request"])
        if name in exceptions and not found:
            needless.append(name)
        elif name not in exceptions and found:
            wrong.append(f"{name}: {'; '.join(found)} (rule {line.get('rule')})")
    assert not wrong, "\n".join(wrong)
    assert not needless, f"needless exceptions: {needless}"


def asked(request: dict[str, Any]) -> str:
    """A request in words, as exceptions name it."""
    entry = f" [{request['entry']}]" if request.get("entry") else ""
    headers = f" {request['headers']}" if request.get("headers") else ""
    return f"{request['method']} {request['scheme']}://{request['host']}{request['path']}{headers}{entry}"


def check_plan(case: truth.Case) -> None:
    """The plan of a case, or its exception."""
    found = truth.plan_differences(truth.compiled(case), case.plan)
    if case.name in EXCEPTIONS["plans"]:
        assert found, "needless exception"
    else:
        assert not found, "\n".join(found)


@pytest.mark.parametrize("name", truth.scenarios())
def test_answers_of_scenario(name: str) -> None:
    check_answers(truth.scenario(name))


@pytest.mark.parametrize("name", truth.scenarios())
def test_plan_of_scenario(name: str) -> None:
    check_plan(truth.scenario(name))


@pytest.mark.parametrize("name", truth.corpus())
def test_answers_of_corpus(name: str, tmp_path: Path) -> None:
    check_answers(truth.corpus_case(name, tmp_path))


@pytest.mark.parametrize("name", truth.corpus())
def test_plan_of_corpus(name: str, tmp_path: Path) -> None:
    case = truth.corpus_case(name, tmp_path)
    check_plan(case)
    bare = case.plan.get("without_placeholder_annotations")
    if bare:
        groups = bare["groups"] if isinstance(bare, dict) else bare
        result = truth.compiled(case, lambda value: PLACEHOLDER.search(value) is None)
        found = truth.plan_differences(result, {"ingresses": [], "groups": groups})
        assert not found, "\n".join(found)


@needs_all_answers
def test_every_exception_names_a_case() -> None:
    names = {*truth.scenarios(), *truth.corpus()}
    assert {*EXCEPTIONS["answers"], *EXCEPTIONS["plans"]} <= names
