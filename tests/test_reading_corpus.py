"""Public manifests, random bytes and mangled manifests: reading never fails, and a good neighbour is always read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read, yaml_events, yaml_subset
from converter.reading.decode import BinaryError, decode, split
from converter.reading.load import load
from converter.reading.positioned import Map, Seq
from tests.shared_data import ANSWERS, CORPUS
from tests.test_reading_files import GOOD, names, run

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of public manifests (../shared/corpus) is absent"
)


@needs_corpus
def test_the_whole_corpus_is_read() -> None:
    inventory, statuses, findings = run(CORPUS)
    files = [path for path in CORPUS.rglob("*") if path.suffix in (".yaml", ".yml", ".json")]
    assert len(inventory.inputs) == len(files)
    assert len(inventory.ingresses) > 500
    seen = {(one.ref, one.file, one.at) for one in inventory.ingresses}
    assert not seen & {(status.ref, status.location.path, status.location[1:]) for status in statuses}
    assert all(finding.origin.location.line for finding in findings)


@needs_corpus
def test_every_file_of_the_corpus_alone_beside_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD.replace("shop\n", "zz-neighbour\n", 1))
    for path in sorted(CORPUS.rglob("*.yaml")):
        inventory, _ = read([str(path), str(tmp_path)], Options(), Ledger())
        assert any(one.namespace == "zz-neighbour" for one in inventory.ingresses), path


@needs_corpus
def test_odd_and_malformed_files_in_detail() -> None:
    by_file = {}
    for path in sorted((CORPUS / "odd-malformed").glob("*.yaml")):
        inventory, statuses, findings = run(path)
        by_file[path.name.split("__")[0], path.name[-24:]] = (
            len(inventory.ingresses),
            [status.status for status in statuses],
            [(finding.code, finding.origin.location.line) for finding in findings],
        )
    broken = {key for key, (_, _, found) in by_file.items() if any(code == "input.broken" for code, _ in found)}
    assert len(broken) == 15
    knative = next(value for key, value in by_file.items() if key[1].endswith("test_knative.py__L45.yaml"[-24:]))
    assert knative == (0, ["skipped"], [("ingress.foreign-group", 1)])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for suffix in (".yaml", ".json"):
        try:
            list(load(data, suffix))
        except BinaryError:
            assert b"\0" in data


PIECES = [
    "---\n",
    "\n",
    "kind: Ingress\n",
    "apiVersion: networking.k8s.io/v1\n",
    "spec:\n",
    "  rules:\n",
    "  - host: a.b\n",
    "\t",
    "{{ .x }}",
    "metadata:\n",
    "  name: x\n",
    "  annotations: {a: 1, b: yes}\n",
    "*a",
    "&a ",
    "<<: ",
    "!!int ",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    ": ",
    "- ",
    "? ",
    "|\n",
    "%YAML 1.1\n",
    "...\n",
    "#",
    "\r",
    "\u2028",
    "\ufeff",
    "null",
    "items:\n",
    "kind: List\n",
    "    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: w, port: {number: 80}}}}]}\n",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_mangled_manifests_leave_their_neighbours(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    path = tmp_path_factory.mktemp("mangled") / "in.yaml"
    path.write_text(GOOD + "---\n" + "".join(pieces) + "\n---\n" + GOOD.replace("good", "last"), newline="")
    inventory, _, _ = run(path)
    found = names(inventory)
    assert found[0] == "good"
    assert found[-1] == "last"


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, len(GOOD) - 1),
    st.sampled_from(["\0", "\t", "{", '"', "'", ":", "-", "&", "*", "!", "%", "\x85", ""]),
)
def test_one_character_changed(tmp_path_factory: pytest.TempPathFactory, place: int, char: str) -> None:
    folder = tmp_path_factory.mktemp("changed")
    (folder / "a.yaml").write_text(GOOD[:place] + char + GOOD[place + 1 :])
    (folder / "b.yaml").write_text(GOOD.replace("good", "last"))
    inventory, statuses, findings = run(folder)
    assert names(inventory)[-1] == "last"
    assert len(inventory.ingresses) + len(statuses) <= 2
    if len(inventory.ingresses) == 1 and not findings:
        assert inventory.inputs[0].message == "holds no Ingress"


def spelled_out(value: object) -> object:
    """A value with all its positions, comparable."""
    if isinstance(value, Map):
        return "map", value.pos, [(key, value.at[key], spelled_out(item)) for key, item in value.items()]
    if isinstance(value, Seq):
        return "list", value.pos, value.at, [spelled_out(item) for item in value]
    return type(value), value


def same_as_libyaml(text: str) -> bool:
    """False where the quick reader gives up; fails where it reads something else than libyaml does."""
    quick = yaml_subset.load(text, 7, kinds_any)
    if quick is None:
        return False
    slow = list(yaml_events.load(text, 7, kinds_any))
    assert len(slow) <= 1
    assert spelled_out(quick.value) == spelled_out(slow[0].value if slow else None)
    assert not slow or not slow[0].problems
    return True


def kinds_any(_version: str, _kind: str) -> bool:
    return True


FLOW_PIECES = [
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    ",",
    ":",
    " ",
    "a",
    "name",
    "n",
    "on",
    "80",
    "/p",
    "b.c",
    "'x y'",
    "'it''s'",
    '"q"',
    "~",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(FLOW_PIECES), max_size=14), st.sampled_from(["a: {}", "a:\n- {}", "a:\n- k: {}"]))
def test_the_quick_reader_reads_flow_style_as_libyaml(pieces: list[str], around: str) -> None:
    value = "".join(pieces)
    for text in (value, f"{{{value}}}", f"{{name: {value}, port: {{number: 80}}}}", f"[{value}]"):
        document = around.replace("{}", text)
        if yaml_subset.load(document, 7, kinds_any) is not None:
            assert same_as_libyaml(document)


@pytest.mark.parametrize(
    "text",
    [
        "paths:\n- {path: '/', pathType: Prefix, backend: {service: {name: y, port: {number: 80}}}}",
        "ports: [{name: http, port: 80, targetPort: 8080}]",
        'labels: { app: a, tier: "b c" }',
        "a: {b: [], c: {}, d: [x, {y: z}]}",
    ],
)
def test_the_quick_reader_reads_flow_style_on_one_line(text: str) -> None:
    assert same_as_libyaml(text)


def test_the_quick_reader_reads_what_libyaml_reads() -> None:
    files = [*CORPUS.rglob("*.yaml"), *ANSWERS.rglob("*.yaml")]
    chunks = [chunk.text for path in files for chunk in split(decode(path.read_bytes())[0])]
    quick = sum(same_as_libyaml(chunk) for chunk in chunks)
    assert quick > 0.8 * len(chunks)


LINES = st.tuples(
    st.sampled_from(["", "  ", "    ", "      ", " "]),
    st.sampled_from(["", "", "- ", "- - ", "-  ", "-"]),
    st.sampled_from(["a: ", "b: ", "c:", "on: ", "1: ", "d:  ", "x/y.z: ", "", '"q": ', "e:", "<<: ", "f : ", "g:h"]),
    st.sampled_from(
        [
            "",
            "x",
            "1",
            "yes",
            "0777",
            "x y",
            "a:b",
            "a: b",
            "x #c",
            "x#c",
            "'s'",
            "'it''s'",
            '"d"',
            '"\\n"',
            "[]",
            "{}",
            "[a, b]",
            "[a,b]",
            "{a: b}",
            "|",
            ">-",
            "*a",
            "&a x",
            "!!str 1",
            "- x",
            "-x",
            "~",
            "null",
            "# c",
            "é",
            "x ",
            "x:",
            "?",
            "? a",
            "@",
            "`",
            "http://x/y?z=1",
            "a, b",
            "x]",
            "%",
            "=",
            "<",
            "\t",
            "[on, 0x1]",
            "--- ",
            "...",
            "12:30",
            "2024-01-01",
            "$(A)",
            "^/x$",
        ]
    ),
).map("".join)


@settings(max_examples=1500, deadline=None)
@given(st.lists(LINES, max_size=8), st.sampled_from(["", "---\n", "--- # c\n", "# c\n"]), st.booleans())
def test_the_quick_reader_reads_random_lines_as_libyaml_does(lines: list[str], head: str, ended: bool) -> None:
    same_as_libyaml(head + "\n".join(lines) + ("\n" if ended else ""))
