"""Runs a case of fixtures/faults/: a situation that somebody met, and what is right there.

    fixtures/faults/<case>/expect.yaml
        about: what is right, in one sentence
        source: where the case comes from
        runs:
        - command: convert                      the default; others take their args as they are
          args: [input.yaml, --from, aws-alb]   relative to the case; `convert` also gets -o, --report and -v
          exit: 1                               a number, or a list of them
          finding, no_finding:                  some finding meets each of these; none does
          - {key: REGEX, object: REGEX, code: REGEX, text: REGEX, fidelity: [manual], protects: true}
          resource, no_resource:                the same for written objects
          - {kind: HTTPRoute, name: REGEX, namespace: REGEX, has: {PATH: VALUE}, lacks: {PATH: VALUE}}
          text, no_text: [REGEX]                in stdout and stderr, ignoring case
          requests:                             asked by `trace` with the same args
          - request: {host: a.example.com, path: /x}
            before: {status: 403}               the old controller's answer
            after: {status: [403, 404]}         the target's, or `announced: true`: it may differ where a finding says so,
                                                and with `protecting: true` only where that finding fails the run
        script: check.sh                        run in a copy of the case with the command as $1; exits 0 where all is right

A key of a finding is that of its origin; `text` is its message and hint. In PATH `[*]` stands for any item and `\\.` for a
dot; VALUE is a value, a /REGEX/, or null for any.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.command import Completed, invoke

COMMAND = Path(sys.executable).with_name("ing2gw")
Json = dict[str, Any]


def shortcomings(case: Path, scratch: Path) -> list[str]:
    """Where the converter falls short of a case.

    Args:
        case: Folder of the case.
        scratch: An empty folder for what is written.
    """
    expected = yaml.safe_load((case / "expect.yaml").read_text(encoding="utf-8"))
    out = _by_script(case, expected["script"], scratch) if "script" in expected else []
    for number, run in enumerate(expected.get("runs") or ()):
        folder = scratch / str(number)
        folder.mkdir()
        out += [f"run {number}: {one}" for one in _by_run(case, run, folder)]
    return out


def _by_script(case: Path, script: str, scratch: Path) -> list[str]:
    copy = Path(shutil.copytree(case, scratch / "script" / case.name, symlinks=True))
    words = [sys.executable] if script.endswith(".py") else []
    done = subprocess.run(
        [*words, str(copy / script), str(COMMAND)],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return [f"{script}: {said[-1] if said else done.returncode}"] if done.returncode else []


def _by_run(case: Path, run: Json, scratch: Path) -> Iterator[str]:
    command, args = run.get("command", "convert"), _listed(run.get("args", "input.yaml"))
    output, report = scratch / "out", scratch / "report.json"
    more = ["-o", output, "--report", f"json:{report}", "--report", "text", "-v"] if command == "convert" else []
    done = invoke([command, *args, *more], case)
    findings = json.loads(report.read_text())["findings"] if report.is_file() else []
    yield from _of_command(run, done)
    yield from _of_findings(run, findings)
    yield from _of_resources(run, _written(output))
    if run.get("requests"):
        yield from _of_requests(run["requests"], case, args, scratch, (done.code, findings))


def _of_command(run: Json, done: Completed) -> Iterator[str]:
    text = done.out + done.err
    if "Traceback" in text or "bug in ing2gw" in text:
        yield f"crash: {text.strip().splitlines()[-1]}"
    if "exit" in run and done.code not in _listed(run["exit"]):
        yield f"exit {done.code}, right is {run['exit']}"
    yield from (f"no {one!r} in the output" for one in _listed(run.get("text")) if not _searched(one, text))
    yield from (f"{one!r} in the output" for one in _listed(run.get("no_text")) if _searched(one, text))


def _searched(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def _of_findings(run: Json, findings: list[Json]) -> Iterator[str]:
    for wanted in _listed(run.get("finding")):
        if not any(_finding_meets(one, wanted) for one in findings):
            near = [
                f"{one['fidelity']} {one['code']}"
                for one in findings
                if "key" in wanted and re.search(wanted["key"], str(one["origin"].get("key")))
            ]
            yield f"no finding {wanted}; there is {near[:3]}"
    for wanted in _listed(run.get("no_finding")):
        yield from (f"finding {one['code']}: {one['message']}" for one in findings if _finding_meets(one, wanted))


def _finding_meets(finding: Json, wanted: Json) -> bool:
    about = finding.get("object") or {}
    texts = {
        "key": str((finding.get("origin") or {}).get("key")),
        "object": f"{about.get('kind')} {about.get('namespace')}/{about.get('name')}",
        "code": str(finding.get("code")),
    }
    return (
        all(re.search(wanted[name], text) for name, text in texts.items() if name in wanted)
        and ("text" not in wanted or _searched(wanted["text"], f"{finding.get('message')} {finding.get('hint')}"))
        and ("fidelity" not in wanted or finding["fidelity"] in _listed(wanted["fidelity"]))
        and ("protects" not in wanted or bool(finding.get("protects")) == wanted["protects"])
    )


def _written(folder: Path) -> list[Json]:
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    return [body for file in files for body in yaml.safe_load_all(file.read_text()) if isinstance(body, dict)]


def _of_resources(run: Json, written: list[Json]) -> Iterator[str]:
    for wanted in _listed(run.get("resource")):
        if not any(_resource_meets(one, wanted) for one in written):
            yield f"no resource {wanted}"
    for wanted in _listed(run.get("no_resource")):
        yield from (f"resource {one['metadata']}" for one in written if _resource_meets(one, wanted))


def _resource_meets(body: Json, wanted: Json) -> bool:
    metadata = body.get("metadata") or {}
    return (
        wanted.get("kind", body.get("kind")) == body.get("kind")
        and all(re.search(wanted[key], str(metadata.get(key))) for key in ("name", "namespace") if key in wanted)
        and all(_has(body, path, value) for path, value in (wanted.get("has") or {}).items())
        and not any(_has(body, path, value) for path, value in (wanted.get("lacks") or {}).items())
    )


def _has(body: Json, path: str, value: Any) -> bool:
    parts = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path)]
    return any(_equal(value, one) for one in _values(body, parts))


def _values(node: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield node
    elif isinstance(node, dict):
        name = path[0].removesuffix("[*]")
        if name == path[0]:
            items = [node[name]] if name in node else []
        else:
            items = node[name] if isinstance(node.get(name), list) else []
        for item in items:
            yield from _values(item, path[1:])


def _equal(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, str) and len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        return re.search(wanted[1:-1], str(value)) is not None
    return wanted is None or wanted == value or str(wanted) == str(value)


def _of_requests(
    asked: list[Json], case: Path, args: list[Any], scratch: Path, converted: tuple[int, list[Json]]
) -> Iterator[str]:
    lines = scratch / "requests.jsonl"
    lines.write_text("".join(json.dumps({"request": one["request"]}) + "\n" for one in asked))
    done = invoke(["trace", *args, "--requests", lines, "--format", "json"], case)
    traced = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
    if len(traced) != len(asked):
        yield f"trace answers {len(traced)} of {len(asked)} requests: {done.err.strip()}"
    for one, answered in zip(asked, traced, strict=False):
        yield from (f"{one['request']}: {words}" for words in _of_request(one, answered, *converted))


def _of_request(asked: Json, answered: Json, code: int, findings: list[Json]) -> Iterator[str]:
    for side in ("before", "after"):
        if side in asked and (words := _unlike(answered.get(side), asked[side])):
            yield f"{side}: {words}"
    after = answered.get("after")
    if not asked.get("announced") or not _unlike(after, asked.get("before", {})):
        return
    announced = answered.get("findings") or []
    if not announced:
        yield "answered differently, and no finding says so"
    elif (
        asked.get("protecting")
        and (after or {}).get("backends")
        and not (code and any(one["protects"] for one in findings if one["code"] in announced))
    ):
        yield f"more open than before, and no protecting finding fails the run ({announced})"


def _unlike(answer: Json | None, wanted: Json) -> str:
    """The first part of an answer that is not as wanted; empty where all are."""
    got = answer or {"status": 0}
    for part, value in wanted.items():
        pairs: list[tuple[Any, Any]]
        if part == "backends":
            pairs = [(_served(value), _served(got.get(part)))]
        elif part == "upstream":
            seen = got.get(part) or {}
            pairs = [(one, seen.get(key)) for key, one in value.items() if key != "headers"]
            pairs += [(one, (seen.get("headers") or {}).get(name)) for name, one in value.get("headers", {}).items()]
        elif part == "response_headers":
            pairs = [(one, (got.get(part) or {}).get(name)) for name, one in value.items()]
        elif part == "status":
            pairs = [(value, value if got.get(part) in _listed(value) else got.get(part))]
        else:
            pairs = [(value, got.get(part))]
        for want, one in pairs:
            if want != one:
                return f"{part} {want!r}, got {one!r}"
    return ""


def _served(backends: Any) -> list[str]:
    """Services that get requests; ports may be written as number or name."""
    return sorted({name.rpartition(":")[0] or name for name, share in (backends or {}).items() if share})


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
