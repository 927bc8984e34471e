"""Broken and whole objects: our verdict on each is that of Envoy Gateway's own validation (`egctl x validate`)."""

import json
import os
import random
import re
import shutil
import subprocess

import pytest
import yaml

from converter.model import Resource
from converter.validation import profile, validate
from tests.shared_data import ANSWERS

EGCTL = os.environ.get("EGCTL") or shutil.which("egctl")
RECORDED = ANSWERS / "envoy-gateway"
MALFORMED = ["", "x", "A", "/", "//a", "10s", "1.5s", "*", "a.b", "100%", 0, 1, -1, 70000, True, [], {}, "a" * 300, "é"]
KEYS = ["foo", "name", "type", "namespace", "port", "value", "hostname"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not EGCTL, reason="egctl is not here"),
]


def places(value):
    """(container, key) of everything in a value."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def mutated(body, rng):
    """A copy with one or two things changed, most of them for the worse."""
    body = json.loads(json.dumps(body))
    for _ in range(rng.randint(1, 2)):
        container, key = rng.choice(list(places(body["spec"])) or [(body, "spec")])
        old, dice = container[key], rng.random()
        if dice < 0.3:
            del container[key]
        elif dice < 0.5:
            container[key] = rng.choice(MALFORMED)
        elif dice < 0.65 and isinstance(container, list):
            container.append(json.loads(json.dumps(old)))
        elif dice < 0.8 and isinstance(container, dict):
            container[rng.choice(KEYS)] = rng.choice(["x", 1, "Exact", "Service"])
        elif isinstance(old, str):
            container[key] = old + rng.choice(["x", "/", "-", " ", "."])
        elif isinstance(old, list):
            container[key] = old * rng.choice([2, 20])
        if not isinstance(body.get("spec"), dict):
            break
    return body


def refused_by_egctl(bodies, folder):
    """Indexes of the documents that egctl complains of."""
    path = folder / "all.yaml"
    path.write_text("---\n".join(json.dumps(body) + "\n" for body in bodies), encoding="utf-8")
    answer = subprocess.run([str(EGCTL), "x", "validate", "-f", str(path)], capture_output=True, text=True, check=False)
    heads = (re.search(r'"name": ?"doc-(\d+)"', line) for line in answer.stdout.splitlines() if line.startswith("{"))
    return {int(head.group(1)) for head in heads if head}


@pytest.mark.parametrize("seed", range(2))
def test_the_same_objects_are_refused(seed, tmp_path):
    rng, schemas = random.Random(seed), profile("envoy-gateway")  # noqa: S311
    known = [
        body
        for path in sorted(RECORDED.glob("*/resources.yaml"))
        for body in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        if body and schemas.find(body["apiVersion"], body["kind"])
    ]
    bodies = [mutated(rng.choice(known), rng) for _ in range(400)]
    for number, body in enumerate(bodies):
        body["metadata"]["name"] = f"doc-{number}"
    theirs = refused_by_egctl(bodies, tmp_path)
    assert 50 < len(theirs) < 380
    for number, body in enumerate(bodies):
        one = Resource(body["apiVersion"], body["kind"], body["metadata"].get("namespace", ""), f"doc-{number}", body)
        ours = [problem for problem in validate([one], schemas) if problem.kind in {"schema", "cel", "limit"}]
        assert bool(ours) == (number in theirs), (body, ours)
