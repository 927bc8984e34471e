"""A second process changes the time that a run takes, and nothing else."""

import os
from collections.abc import Iterator

import pytest

from converter.cli import main
from converter.model import Resource
from converter.model.options import Options
from converter.pipeline import run, worker
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.validation.problem import Problem
from converter.writing.yaml import dump

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web-%(n)d, namespace: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [web-%(n)d.example.com], secretName: web-%(n)d}]
  rules:
  - host: web-%(n)d.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be copied here")


@pytest.fixture
def many(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "MIN_RESOURCES_FOR_WORKER", 1)
    monkeypatch.setattr(run, "possible", lambda: True)
    file = tmp_path / "in.yaml"
    file.write_text("---\n".join(INGRESS % {"n": number} for number in range(5)))
    return file


def names(result: Result) -> list[str]:
    return [str(one.ref) for one in result.resources]


def test_values_come_in_order_from_another_process():
    def work() -> Iterator[object]:
        yield os.getpid()
        yield {"text": "x" * 1_000_000}

    other = worker.Worker(work)
    assert other.next() != os.getpid()
    assert other.next() == {"text": "x" * 1_000_000}
    other.close()


def test_what_the_other_process_does_not_come_to_is_done_here():
    here = os.getpid()

    def work() -> Iterator[object]:
        yield "first"
        if os.getpid() != here:
            os._exit(9)
        yield "second"

    other = worker.Worker(work)
    assert [other.next(), other.next()] == ["first", "second"]
    other.close()


def test_an_error_is_raised_where_somebody_sees_it():
    def work() -> Iterator[object]:
        raise ValueError("no such thing")
        yield

    other = worker.Worker(work)
    with pytest.raises(ValueError, match="no such thing"):
        other.next()
    other.close()


def test_a_run_with_two_processes_finds_the_same(many):
    alone = convert([str(many)], Options(comments=False))
    both = convert([str(many)], Options(comments=False), printing=True)
    assert names(alone) == names(both)
    assert [repr(one) for one in both.findings] == [repr(one) for one in alone.findings]
    both.take_texts()
    assert [one.text for one in both.resources] == [dump(one.body) for one in alone.resources]
    both.take_texts()


def test_what_the_other_process_finds_invalid_is_withheld(many, monkeypatch):
    def broken(resources: list[Resource], inventory: object, options: object, refusals: object) -> list[Problem]:
        route = next(one for one in resources if one.kind == "HTTPRoute")
        return [Problem(route.ref, "spec", "is not right", "schema")]

    monkeypatch.setattr(run, "problems_of", broken)
    alone = convert([str(many)], Options())
    both = convert([str(many)], Options(), printing=True)
    both.take_texts()
    assert not any(one.text for one in both.resources)
    assert names(both) == names(alone)
    assert [repr(one) for one in both.findings] == [repr(one) for one in alone.findings]
    assert any(one.code == "internal.invalid-output" for one in both.findings)


@pytest.mark.parametrize("where", ["stdout", "folder"])
def test_the_command_writes_the_same(many, monkeypatch, capfd, tmp_path, where):
    written = []
    for name, possible in (("alone", False), ("both", True)):
        monkeypatch.setattr(run, "possible", lambda possible=possible: possible)
        folder = tmp_path / name
        choice = ["-o", str(folder)] if where == "folder" else []
        with pytest.raises(SystemExit):
            main(["convert", str(many), "-q", "--config", "", *choice])
        files = {str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*")) if one.is_file()}
        written.append((capfd.readouterr().out, files))
    assert written[0] == written[1]
    assert written[0][0] or written[0][1]
