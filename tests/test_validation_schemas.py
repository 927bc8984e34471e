"""Objects against the packaged schemas: derived anew, fed with recorded resources, and asked for what they refuse."""

import json

import pytest
import yaml

from converter.model import Resource
from converter.model.options import Options
from converter.packs.features import PackError, mappings_dir
from converter.validation import profile, profile_for, profile_from_crds
from converter.validation.crd_files import CrdError
from converter.validation.derive import derive, dumped, read_crds
from converter.validation.schemas import packaged_bundles
from converter.validation.validate import _validator
from tests.shared_data import ANSWERS, CRDS
from tests.validated import validate

RECORDED = ANSWERS / "envoy-gateway"
needs_shared = pytest.mark.skipif(not CRDS.is_dir(), reason="../shared is not here")


def resources(text):
    return [
        Resource(
            body["apiVersion"], body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"], body
        )
        for body in yaml.load_all(text, yaml.CSafeLoader)
        if body
    ]


def problems(text, target="envoy-gateway"):
    return [str(problem) for problem in validate(resources(text), target)]


ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  hostnames: [shop.example.com]
  rules:
    - matches: [{path: {type: PathPrefix, value: /}}]
      backendRefs: [{name: web, port: 80}]
"""


def folders():
    return sorted({path.parent for path in CRDS.rglob("*.yaml")}) if CRDS.is_dir() else []


@needs_shared
@pytest.mark.parametrize("folder", folders(), ids=lambda path: "-".join(path.relative_to(CRDS).parts))
def test_the_packaged_schema_is_what_the_definitions_say(folder):
    bundle = derive(read_crds(folder))
    packaged = mappings_dir() / "schemas" / f"{'-'.join(folder.relative_to(CRDS).parts)}.json"
    if not bundle["kinds"]:
        assert not packaged.exists()
        return
    assert dumped(bundle) == packaged.read_text(encoding="utf-8")
    assert json.loads(dumped(bundle)) == bundle


def test_schemas_hold_no_prose():
    for name in packaged_bundles():
        assert '"description":"' not in (mappings_dir() / "schemas" / f"{name}.json").read_text(encoding="utf-8")


def test_recorded_resources_are_sound_and_never_need_a_second_look():
    schemas, wrong, slow = profile("envoy-gateway"), [], []
    for path in sorted(RECORDED.glob("*/resources.yaml")):
        objects = resources(path.read_text(encoding="utf-8"))
        wrong += [
            f"{path.parent.name}: {one}"
            for one in validate(objects, schemas.name)
            if one.kind in {"schema", "cel", "limit"}
        ]
        slow += [
            f"{path.parent.name}: {one.ref}"
            for one in objects
            if schemas.find(one.api_version, one.kind)
            and not _validator(schemas, one.api_version, one.kind).valid(one.body)
        ]
    assert not wrong
    assert not slow


def test_everything_recorded_as_refused_is_refused():
    lines = (RECORDED / "refused" / "refused.jsonl").read_text(encoding="utf-8").splitlines()
    missed = []
    for case in map(json.loads, lines):
        found = validate(resources((RECORDED / "refused" / case["file"]).read_text(encoding="utf-8")), "envoy-gateway")
        kinds = {problem.kind for problem in found}
        if not kinds & ({"refused"} if case["by"] == "envoy" else {"schema", "cel", "limit"}):
            missed.append((case["file"], found))
    assert len(lines) >= 25
    assert not missed


def test_objects_with_a_bad_status_are_found():
    """What Envoy Gateway says in statuses, we say first; overlaps and overrides are no errors of an object."""
    missed = []
    for path in sorted(RECORDED.glob("*/statuses.jsonl")):
        objects = resources((path.parent / "resources.yaml").read_text(encoding="utf-8"))
        found = {one.resource for one in validate(objects, "envoy-gateway")}
        text = json.dumps([str(one) for one in found])
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if any(
                word in row["problem"] for word in ("Overlap", "Overridden", "PortNotFound", "InvalidCertificateRef")
            ):
                continue
            if (
                row["name"] not in text
                and row["name"][2:] not in text
                and path.parent.name
                not in {
                    "backends-broken",
                    "basic-auth-formats",
                    "filter-regex-invalid",
                }
            ):
                missed.append((path.parent.name, row))
    assert not missed


def test_a_sound_route():
    assert problems(ROUTE) == []
    assert problems(ROUTE, "gateway-api") == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("hostnames:", "hostname: x\n  hostnames:", "unknown field"),
        ("backendRefs: [{name: web", "backendRefs: [{nme: x, name: web", "unknown field"),
        ("port: 80", "port: 0", "from 1"),
        ("port: 80", "port: '80'", "whole number"),
        ("port: 80", "weight: 1", "port"),
        ("/}}", "//a}}", "must not contain '//'"),
        ("type: PathPrefix", "type: Prefix", "must be one of"),
        ("shop.example.com", "Shop.example.com", "should match"),
        ("[shop.example.com]", "shop.example.com", "must be a list"),
        ("name: shop, namespace: shop", "name: Shop, namespace: shop", "not a lower-case DNS name"),
        ("name: shop, namespace: shop", "name: shop", "metadata.namespace"),
        ("name: shop, namespace: shop", "name: shop, namespace: shop, labels: {a: 'b c'}", "not a label value"),
        ("name: shop, namespace: shop", "name: shop, namespace: shop, annotations: {a: 1}", "must be text"),
        ("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha2", "not served"),
        ("spec:", "status: {}\nextra: 1\nspec:", "extra: unknown field"),
    ],
)
def test_what_the_api_server_refuses(old, new, words):
    assert old in ROUTE
    found = problems(ROUTE.replace(old, new, 1))
    assert any(words in one for one in found), found


def test_experimental_fields_are_refused_on_the_standard_channel():
    text = ROUTE.replace("- matches", "- retry: {attempts: 2}\n      matches")
    assert problems(text) == []
    assert any("spec.rules[0].retry: unknown field" in one for one in problems(text, "gateway-api"))


def test_aws_profile_knows_its_own_kinds():
    text = """
apiVersion: gateway.k8s.aws/v1
kind: LoadBalancerConfiguration
metadata: {name: lb, namespace: shop}
spec: {scheme: somewhere}
"""
    assert any("spec.scheme" in one for one in problems(text, "aws"))
    assert problems(text.replace("somewhere", "internal"), "aws") == []


def test_versions_of_a_target():
    assert profile("gateway-api@1.6").bundles == profile("gateway-api").bundles
    assert profile("envoy-gateway@1.7").name == "envoy-gateway@1.7"
    with pytest.raises(PackError):
        profile("traefik")


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: httproutes.gateway.networking.k8s.io}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: HTTPRoute, plural: httproutes}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              description: prose
              properties:
                hostnames:
                  type: array
                  maxItems: 1
                  items: {type: string}
                  x-kubernetes-validations: [{rule: "self.all(h, h != 'no.example.com')", message: not this one}]
"""


def test_schemas_of_ones_own_definitions(tmp_path):
    (tmp_path / "crd.yaml").write_text(CRD)
    own = profile_for(Options(crds=str(tmp_path)))
    route = ROUTE.partition("  rules:")[0]
    assert problems(route, own) == []
    assert problems(route.replace("shop.example.com", "a, b"), own) == [
        "HTTPRoute shop/shop: spec.hostnames: has 2 items, 1 are allowed"
    ]
    assert problems(route.replace("shop.example", "no.example"), own) == [
        "HTTPRoute shop/shop: spec.hostnames: not this one"
    ]
    assert own.find("gateway.envoyproxy.io/v1alpha1", "SecurityPolicy") is not None
    (tmp_path / "nothing").mkdir()
    with pytest.raises(CrdError, match="no CustomResourceDefinition"):
        profile_from_crds(tmp_path / "nothing")
    with pytest.raises(CrdError, match="is not a folder"):
        profile_from_crds(tmp_path / "nowhere")


def test_an_object_is_not_changed_by_looking_at_it():
    before = yaml.safe_dump_all([one.body for one in resources(ROUTE)])
    objects = resources(ROUTE)
    validate(objects, "envoy-gateway")
    objects[0].body["spec"]["rules"][0]["nope"] = 1
    validate(objects, "envoy-gateway")
    del objects[0].body["spec"]["rules"][0]["nope"]
    assert yaml.safe_dump_all([one.body for one in objects]) == before


BAD_KEYWORDS = [
    ("maxItems: 1", "maxItems: \"1 or print('run')\"", "maxItems must be a whole number"),
    ("maxItems: 1", "maxItems: true", "maxItems must be"),
    ("maxItems: 1", "maxItems: -1", "maxItems must be"),
    ("type: array", "type: list", "type must be one of"),
    ("type: array", "type: [array]", "type must be"),
    ("items: {type: string}", "items: [x]", "items must be a mapping"),
    ("items: {type: string}", "items: {type: string, pattern: '['}", "pattern is not a regular expression"),
    ("items: {type: string}", "items: {type: integer, minimum: 'x'}", "minimum must be a number"),
    ("items: {type: string}", "items: {type: string, enum: x}", "enum must be a list"),
    ("items: {type: string}", "items: {anyOf: [x]}", "anyOf must be"),
    (
        "[{rule: \"self.all(h, h != 'no.example.com')\", message: not this one}]",
        "[x]",
        "x-kubernetes-validations must be a list of rules",
    ),
    ("kind: CustomResourceDefinition", "kind: CustomResourceDefinition\nx: [", "expected"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD_KEYWORDS)
def test_definitions_that_are_none(tmp_path, old, new, message):
    assert old in CRD
    (tmp_path / "crd.yaml").write_text(CRD.replace(old, new))
    with pytest.raises(CrdError, match=r"crd\.yaml:\d+:\d+: ") as refused:
        profile_from_crds(tmp_path)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "rule",
    [
        "self.x(1)",
        "(" * 500,
        "duration(self)",
        "duration(7)",
        "self.startsWith()",
        "1.0e999 == self",
        "self[[1]]",
        "x",
        "has(x)",
        "__import__('os')",
    ],
)
def test_rules_that_cannot_be_compiled_are_left_to_the_library(tmp_path, rule):
    (tmp_path / "crd.yaml").write_text(CRD.replace("self.all(h, h != 'no.example.com')", rule))
    problems(ROUTE.partition("  rules:")[0], profile_from_crds(tmp_path))


@pytest.mark.parametrize("cut", ["spec", "names", "kind", "group", "scope", "versions", "openAPIV3Schema"])
def test_definitions_that_lack_something(tmp_path, cut):
    (tmp_path / "crd.yaml").write_text(CRD.replace(f" {cut}:", " other:").replace(f"\n{cut}:", "\nother:"))
    with pytest.raises(CrdError):
        profile_from_crds(tmp_path)
