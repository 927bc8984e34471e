"""Packs are refused with file and line; mappings files add rows."""

from pathlib import Path

import pytest

from converter.packs.check import check_pack
from converter.packs.features import PackError, mappings_dir, protects
from converter.packs.load import source_pack, target_pack
from converter.sources.aws_alb import annotation_values as aws_values
from converter.sources.ingress_nginx import annotation_values as nginx_values
from converter.targets.envoy_gateway.entry_settings import ENTRY_HANDLERS
from converter.targets.handler_modules import load

ROOM = mappings_dir()
SHIPPED = sorted([*ROOM.glob("sources/*.yaml"), *ROOM.glob("targets/*.yaml"), ROOM / "features.yaml"])


assert aws_values, nginx_values  # their codecs are registered by now


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_packs(path):
    assert check_pack(path, {*load(), *ENTRY_HANDLERS, "action"}) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("target: t\nfeatures:\n  cors: {fidelity: approximate}\n", 3, "approximate needs a note"),
        ("target: t\nfeatures:\n  cors:\n    fidelity: manual\n", 3, "manual needs a hint"),
        ("target: t\nfeatures:\n  cors: {fidelity: unsupported, note: x}\n", 3, "unsupported needs a hint"),
        (
            "target: t\nfeatures:\n  cors: {fidelity: exact, fields: {x: {fidelity: manual}}}\n",
            3,
            "manual needs a hint",
        ),
        ("target: t\nfeatures:\n  cors:\n    fidelity: exact\n    usng: cors\n", 5, "unknown key usng"),
        ("target: t\nfeatures:\n  cors:\n    fidelity: exact\n    using: nobody\n", 5, "unknown handler nobody"),
        ("target: t\nfeatures:\n  corse: {fidelity: exact}\n", 3, "unknown feature corse"),
        ("target: t\nfeatures:\n  cors: {fidelity: good}\n", 3, "'good' is not one of"),
        ("source: s\nfeatures:\n  cors:\n    fields:\n      a: {annotation: x/a}\n", 5, "needs means or note"),
        (
            "source: s\nfeatures:\n  cors:\n    fields:\n      a: {annotation: x/a, means: m, type: no-such}\n",
            5,
            "unknown type",
        ),
        (
            "source: s\nfeatures:\n  cors:\n    switch: on\n    fields:\n      a: {annotation: x/a, means: m}\n",
            4,
            "the switch on",
        ),
        (
            "source: s\nfeatures:\n  cors:\n    fields:\n      a: {annotation: x/a, means: m}\n      b: {annotation: x/a, means: m}\n",
            6,
            "has a row already: cors.a",
        ),
        (
            "source: s\nfeatures:\n  cors:\n    fields:\n      a: {annotation: x/a, means: m}\n      a: {annotation: x/b, means: m}\n",
            6,
            "is set twice",
        ),
        ("source: s\nfeatures:\n  cors: {family: f, fields: {a: {annotation: a, means: m}}}\n", 3, "unknown family f"),
        ("source: s\nfeatures: [\n", 3, ""),
        ("- a\n", 1, "must be a mapping"),
        ("sauces: {}\n", 1, "unknown key sauces"),
        ("features: {}\nsources:\n  nginx: {features: {}}\n", 3, "unknown source nginx: known are "),
        ("features: {}\ntargets:\n  envoy: {features: {}}\n", 3, "unknown target envoy: known are "),
        ("targets:\n  aws: {features: {cors: {fidelity: exact, using: x}}}\n", 2, "unknown handler x"),
        ("&a [*a]\n", 1, "alias"),
        ("a: !!int x\n", 1, "invalid literal"),
        ("a: !!float x\n", 1, "could not convert"),
        ("[" * 5000, 1, ""),
        (
            "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
            + "".join(f"{y}: &{y} [{', '.join([f'*{x}'] * 8)}]\n" for x, y in zip("bcdefg", "cdefgh", strict=True)),
            1,
            "more than 100,000 values",
        ),
    ],
)
def test_bad_packs(tmp_path, text, line, words):
    path = tmp_path / "pack.yaml"
    path.write_text(text)
    found = check_pack(path, {"cors"})
    assert any(one.startswith(f"{path}:{line}: ") and words in one for one in found), found


def test_a_bad_feature(tmp_path):
    path = tmp_path / "features.yaml"
    path.write_text(
        "features:\n  x: {meaning: No end, value: v, protects: false}\n  y: {meaning: Good., protects: false, value: v}\n"
    )
    assert [one.split(":")[1] for one in check_pack(path)] == ["2"]


def test_a_pack_that_is_not_there(tmp_path):
    assert "cannot be read" in check_pack(tmp_path / "gone.yaml")[0]


ADDED = """
features:
  geo-block: {meaning: Countries that are kept out., value: countries, protects: true}
sources:
  ingress-nginx:
    features:
      geo-block: {fields: {deny: {annotation: example.com/deny, type: list, means: countries that get 403}}}
      metadata: {fields: {team: {annotation: example.com/team, means: who owns it}}}
targets:
  envoy-gateway:
    features:
      geo-block: {fidelity: manual, hint: write a SecurityPolicy with clientIPGeoLocations}
"""


def test_mappings_files_add_rows(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(ADDED)
    pack = source_pack("ingress-nginx", (str(path),))
    assert pack.features["geo-block"].fields["deny"].type == "list"
    assert pack.features["metadata"].fields["team"].annotation == "example.com/team"
    assert "geo-block" not in source_pack("ingress-nginx").features
    assert target_pack("envoy-gateway", (str(path),)).rows["geo-block"].hint.startswith("write a SecurityPolicy")
    assert "geo-block" not in target_pack("gateway-api", (str(path),)).rows
    assert protects("geo-block")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "sources:\n  ingress-nginx:\n    features:\n      cors:\n        fields:\n"
            "          x: {annotation: enable-cors, means: m}\n",
            ":6: enable-cors has a row already",
        ),
        ("targets:\n  gateway-api:\n    features:\n      path: {fidelity: exact}\n", ":4: the feature path has a row"),
        ("features:\n  cors: {meaning: Again., value: v, protects: false}\n", ":2: the feature cors is there already"),
        ("source: x\nfeatures: {}\n", ":1: a mappings file has the keys"),
        (
            "targets:\n  gateway-api:\n    features:\n      path: {fidelity: manual}\n",
            ":4: path: a row that is manual needs a hint",
        ),
    ],
)
def test_mappings_files_that_are_refused(tmp_path, text, words):
    path = Path(tmp_path / "own.yaml")
    path.write_text(text)
    with pytest.raises(PackError) as error:
        source_pack("ingress-nginx", (str(path),))
        target_pack("gateway-api", (str(path),))
    assert words in str(error.value)
