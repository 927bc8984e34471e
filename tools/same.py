"""Hold this tree against another revision: do both write and report the same?

    same.py [REVISION | CHECKOUT | DIGESTS.json] [--save DIGESTS.json] [--only REGEX] [--sample N] [--diffs N]

Resources, text and JSON reports, exit codes and traces of every input are compared by digest, and each input that
differs is named, the first ones with a diff. Inputs are the fixtures, the recorded scenarios and, where they are there,
the public manifests and cases of ../shared: by default, with --strict, and for every target. Both sides read the inputs
of this tree. Only the command line is used, so the modules of the two sides may be laid out differently.

Exit 1 if anything differs. Digests are kept in out/same by the content of a revision, so a base is computed once.
All runs take some two minutes of processor time a side; `--sample 20` takes every twentieth of each kind.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import difflib
import gc
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent.parent
SHARED = HERE.parent / "shared"
KEPT = HERE / "out" / "same"
CODE = ("converter", "mappings", "pyproject.toml")
TARGETS = tuple(
    re.sub(r"-(\d[\d.]*)$", r"@\1", path.stem) for path in sorted((HERE / "mappings" / "targets").glob("*.yaml"))
)
Digests = dict[str, dict[str, str]]


class Job(NamedTuple):
    """One run of `convert`, or of `trace` where it has requests."""

    name: str
    folder: str
    args: tuple[str, ...]
    requests: str = ""


def jobs() -> list[Job]:
    """All runs, those that take longest first."""
    return [*_whole_corpus(), *_fixtures(), *_recordings(), *_corpus(), *_faults()]


def sampled(every: list[Job], step: int) -> list[Job]:
    """Every `step`th run; without the long runs over the whole corpus unless all are asked for."""
    return every if step == 1 else [job for job in every if not job.name.startswith("corpus/*")][::step]


def _variants(name: str, folder: Path, file: str, requests: Path | None = None) -> Iterator[Job]:
    yield Job(f"{name} --strict", str(folder), (file, "--strict"))
    for target in TARGETS:
        yield Job(f"{name} --to {target}", str(folder), (file, "--to", target))
    if requests and requests.is_file():
        yield Job(f"{name} trace", str(folder), (file,), str(requests))


def _whole_corpus() -> Iterator[Job]:
    folder = SHARED / "corpus"
    if folder.is_dir():
        yield Job("corpus/* --strict", str(folder), (".", "--strict"))
        yield Job("corpus/*", str(folder), (".",))


def _fixtures() -> Iterator[Job]:
    for path in sorted((HERE / "fixtures").glob("*/*/input.yaml")):
        name = path.parent.relative_to(HERE)
        if name.parts[1] == "faults":
            continue
        yield from _variants(str(name), path.parent, path.name, path.parent / "requests.jsonl")
        if name.parts[1] == "acp":
            for style in ((), ("--strict",)):
                words = " ".join(("--preset", "acp", *style))
                yield Job(f"{name} {words}", str(path.parent), (path.name, "--preset", "acp", *style))


def _recordings() -> Iterator[Job]:
    everything = SHARED / "oracle" / "answers"
    root = everything if everything.is_dir() else HERE / "tests" / "data" / "answers"
    for answers in sorted(root.glob("*/*/answers.jsonl")):
        folder = answers.parent
        name = f"answers/{folder.relative_to(root)}"
        if (folder / "input.yaml").is_file():
            yield from _variants(name, folder, "input.yaml", answers)
        elif (folder / "resources.yaml").is_file():
            yield Job(f"{name} trace", str(folder), ("resources.yaml",), str(answers))


def _corpus() -> Iterator[Job]:
    root = SHARED / "corpus"
    answers = {path.name: path for path in sorted((SHARED / "oracle" / "answers").glob("*-corpus/*.answers.jsonl"))}
    for path in sorted(root.glob("*/*.yaml")):
        name = path.relative_to(root)
        yield from _variants(f"corpus/{name}", root, str(name), answers.get(f"{path.stem}.answers.jsonl"))


def _faults() -> Iterator[Job]:
    import yaml

    shared = SHARED / "faults"
    root = shared if shared.is_dir() else HERE / "fixtures" / "faults"
    for expect in sorted(root.glob("*/expect.yaml")):
        for number, run in enumerate(yaml.safe_load(expect.read_text()).get("runs") or ()):
            if run.get("command", "convert") == "convert":
                args = tuple(str(one) for one in run.get("args", ["input.yaml"]))
                yield Job(f"faults/{expect.parent.name} run {number}", str(expect.parent), args)


def outcome(job: Job) -> dict[str, str]:
    """What the command writes and prints in one run."""
    from converter.cli import main

    os.chdir(job.folder)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        if job.requests:
            argv = ["trace", *job.args, "--requests", job.requests, "--format", "json"]
        else:
            argv = ["convert", *job.args, "--report", "text", "-v", "--report", f"json:{report}"]
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        code: object = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(argv)
            except SystemExit as left:
                code = left.code
        parts = {"exit": str(code), "trace" if job.requests else "resources": _text(out), "text": _text(err)}
        return parts | ({"json": report.read_text()} if report.is_file() else {})


def _text(stream: io.TextIOWrapper) -> str:
    return stream.buffer.getvalue().decode() if isinstance(stream.buffer, io.BytesIO) else ""


def _digest(job: Job) -> tuple[str, dict[str, str]]:
    parts = outcome(job)
    gc.collect(0)
    short = {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in parts.items() if name != "exit"}
    return job.name, {"exit": parts["exit"], **short}


def work() -> None:
    """In a process whose `converter` is that of one side: answer the runs that stand on stdin."""
    import converter.cli

    asked: dict[str, Any] = json.load(sys.stdin)
    if not Path(converter.cli.__file__).is_relative_to(asked["checkout"]):
        sys.exit(f"{converter.cli.__file__} is not of {asked['checkout']}")
    todo = [Job(name, folder, tuple(args), requests) for name, folder, args, requests in asked["jobs"]]
    if asked["texts"]:
        json.dump({job.name: outcome(job) for job in todo}, sys.stdout)
        return
    with concurrent.futures.ProcessPoolExecutor(asked["processes"]) as pool:
        json.dump(dict(pool.map(_digest, todo, chunksize=1 if len(todo) < 100 else 4)), sys.stdout)


def ask(checkout: Path, todo: list[Job], processes: int, *, texts: bool = False) -> Any:
    """The digests (or `texts` themselves) of runs with the converter of a checkout."""
    question = {"checkout": str(checkout), "jobs": todo, "processes": processes, "texts": texts}
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "PYTHONHASHSEED": "0",
        "NO_COLOR": "1",
        "ING2GW_DEBUG": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, __file__, "--work"],
        input=json.dumps(question),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return json.loads(done.stdout)


def digests(checkout: Path, todo: list[Job], processes: int) -> Digests:
    """The digests of a checkout, from the last time where neither code nor inputs have changed."""
    kept = KEPT / f"{_state(checkout, todo)}.json"
    if not kept.is_file():
        began = time.monotonic()
        found = ask(checkout, todo, processes)
        print(f"{checkout}: {len(found):,} runs in {time.monotonic() - began:.0f} s", file=sys.stderr)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found, indent=0))
    result: Digests = json.loads(kept.read_text())
    return result


def _state(checkout: Path, todo: list[Job]) -> str:
    sums = hashlib.sha256(Path(__file__).read_bytes())
    sums.update(json.dumps([[one.name, one.args] for one in todo]).encode())
    code = [path for name in CODE for path in [checkout / name, *sorted((checkout / name).rglob("*"))]]
    inputs = {path for folder in {one.folder for one in todo} for path in Path(folder).rglob("*")}
    inputs |= {Path(one.requests) for one in todo if one.requests}
    for path in [*code, *sorted(inputs)]:
        if path.is_file() and path.suffix != ".pyc" and path.parent.name != "__pycache__":
            sums.update(str(path.name).encode() + path.read_bytes())
    return sums.hexdigest()[:24]


@contextlib.contextmanager
def checkout_of(name: str) -> Iterator[Path]:
    """A folder as it is, or the files of a git revision."""
    if Path(name).is_dir():
        yield Path(name).resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", name, *CODE], cwd=HERE, stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        yield Path(folder).resolve()


def differing(before: Digests, after: Digests) -> list[str]:
    """Names of runs with what differs; runs that only one side knows count, too."""
    out = []
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name, {}), after.get(name, {})
        parts = [part for part in sorted(one.keys() | other.keys()) if one.get(part) != other.get(part)]
        if parts:
            known = ", ".join(parts) if one and other else f"only {'after' if other else 'before'}"
            out.append(f"{name}: {known}")
    return out


def show(names: list[str], before: Path, after: Path, todo: list[Job]) -> None:
    """What differs in the first runs."""
    chosen = [job for job in todo if job.name in names]
    texts = [ask(side, chosen, 1, texts=True) for side in (before, after)]
    for name in names:
        for part in texts[0].get(name, {}):
            one, other = (text.get(name, {}).get(part, "").splitlines() for text in texts)
            for line in list(difflib.unified_diff(one, other, f"{name} ({part})", "now", lineterm="", n=2))[:40]:
                print("   ", line[:200])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", nargs="?", default="main", help="revision, checkout or file of digests (default: main)")
    parser.add_argument("--save", type=Path, help="keep the digests of this tree in a file")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="runs whose names match")
    parser.add_argument("--sample", type=int, default=1, help="take every Nth run (default: all)")
    parser.add_argument("--diffs", type=int, default=3, help="of how many runs the differences are shown")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work()
        return 0
    todo = sampled([job for job in jobs() if given.only.search(job.name)], given.sample)
    after = digests(HERE, todo, given.processes)
    if given.save:
        given.save.write_text(json.dumps(after, indent=0, sort_keys=True))
    if given.base.endswith(".json"):
        known: Digests = json.loads(Path(given.base).read_text())
        wanted = {job.name for job in todo}
        wrong = differing({name: one for name, one in known.items() if name in wanted}, after)
        print(*wrong, sep="\n", end="\n" * bool(wrong))
    else:
        with checkout_of(given.base) as side:
            wrong = differing(digests(side, todo, given.processes), after)
            print(*wrong, sep="\n", end="\n" * bool(wrong))
            if wrong and given.diffs:
                show([line.rpartition(": ")[0] for line in wrong[: given.diffs]], side, HERE, todo)
    print(f"{len(todo):,} runs, {len(wrong):,} differ from {given.base}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
