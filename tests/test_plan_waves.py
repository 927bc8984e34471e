"""Waves of random estates: each host in one, all that shares something in the same, names that last."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner

from converter.cli.commands import cli
from converter.model.fingerprint import fingerprint
from converter.model.options import Options
from converter.pipeline.run import convert

NAMESPACES = ("shop", "blog", "pay", "api")


def ingress(
    name: str, namespace: str, hosts: list[str], secret: str = "", annotations: dict[str, str] | None = None
) -> str:
    notes = "".join(f"\n    {key}: {json.dumps(value)}" for key, value in (annotations or {}).items())
    tls = f"\n  tls: [{{hosts: {json.dumps(hosts)}, secretName: {secret}}}]" if secret else ""
    rules = "".join(
        f"\n  - host: {json.dumps(host)}\n    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {name}, port: {{number: 80}}}}}}}}]}}"
        for host in hosts
    )
    return f"""apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: {namespace}
  labels: {{team: team-{namespace[0]}}}
  annotations:
    example.com/number: "1"{notes}
spec:
  ingressClassName: nginx{tls}
  rules:{rules}
"""


CLASS = "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\nspec: {controller: k8s.io/ingress-nginx}\n"


def estate(seed: int, size: int) -> list[str]:
    """Ingresses that share hosts, Secrets, authentication and aliases at random."""
    pick = random.Random(seed)  # noqa: S311
    out = []
    for number in range(size):
        namespace = pick.choice(NAMESPACES)
        hosts = [f"h{number}.{namespace}.example.com"]
        if pick.random() < 0.2:
            hosts.append(f"h{pick.randrange(size)}.{pick.choice(NAMESPACES)}.example.com")
        notes = {}
        if pick.random() < 0.2:
            notes["nginx.ingress.kubernetes.io/auth-url"] = (
                f"https://h{pick.randrange(size)}.{pick.choice(NAMESPACES)}.example.com/verify"
            )
        if pick.random() < 0.15:
            notes["nginx.ingress.kubernetes.io/server-alias"] = f"alias{number}.example.com"
        if pick.random() < 0.1:
            notes["nginx.ingress.kubernetes.io/from-to-www-redirect"] = "true"
        secret = f"tls-{pick.randrange(3)}" if pick.random() < 0.4 else ""
        out.append(ingress(f"web{number}", namespace, hosts, secret, notes))
    return out


def plan(documents: list[str], *options: str) -> dict:
    text = "---\n".join([CLASS, *documents])
    result = CliRunner().invoke(cli, ["plan", "-", "--config", "", "--format", "json", "-q", *options], input=text)
    assert result.exit_code == 0, result.output
    found: dict = json.loads(result.stdout)
    return found


def shared(documents: list[str], found: dict) -> None:
    """Each host in one wave; Secrets, hosts of one Ingress and what is asked for authentication never apart."""
    import yaml

    wave_of = {}
    for wave in found["waves"]:
        for host in wave["hosts"]:
            assert host not in wave_of, f"{host} is in {wave_of[host]} and {wave['name']}"
            wave_of[host] = wave["name"]
    unit_of = {
        host: number
        for number, unit in enumerate(unit for wave in found["waves"] for unit in wave["units"])
        for host in unit["hosts"]
    }
    by_secret: dict[tuple[str, str], set[int]] = {}
    for document in map(yaml.safe_load, documents):
        spec, meta = document["spec"], document["metadata"]
        hosts = [rule["host"] for rule in spec["rules"]]
        assert len({unit_of[host] for host in hosts}) == 1, f"{meta['name']} is in several units"
        for entry in spec.get("tls", ()):
            by_secret.setdefault((meta["namespace"], entry["secretName"]), set()).update(
                unit_of[host] for host in hosts
            )
        asked = (
            meta["annotations"]
            .get("nginx.ingress.kubernetes.io/auth-url", "")
            .removeprefix("https://")
            .removesuffix("/verify")
        )
        if asked in unit_of:
            assert unit_of[asked] == unit_of[hosts[0]], f"{hosts[0]} asks {asked}"
        alias = meta["annotations"].get("nginx.ingress.kubernetes.io/server-alias")
        if alias:
            assert unit_of[alias] == unit_of[hosts[0]]
    assert all(len(units) == 1 for units in by_secret.values()), by_secret


@pytest.mark.parametrize("by", ["namespace", "label:team", "host-group", "risk"])
@pytest.mark.parametrize("seed", range(2))
def test_each_host_is_in_one_wave_with_all_that_it_shares(by, seed):
    documents = estate(seed, 24)
    shared(documents, plan(documents, "--waves-by", by))


@pytest.mark.parametrize("seed", range(3))
def test_one_more_ingress_renames_no_other_wave(seed):
    documents = estate(seed, 16)
    first = plan(documents)
    more = ingress("added", "new", ["added.example.com"])
    second = plan([*documents, more])
    names = {wave["name"]: wave["hosts"] for wave in first["waves"]}
    again = {wave["name"]: wave["hosts"] for wave in second["waves"] if wave["name"] != "new"}
    assert again == names
    assert plan([*documents, more]) == second


def test_lower_risk_goes_first():
    lost = ingress(
        "lost",
        "alone",
        ["lost.example.com"],
        annotations={
            "nginx.ingress.kubernetes.io/auth-type": "digest",
            "nginx.ingress.kubernetes.io/auth-secret": "users",
        },
    )
    quiet = [ingress(f"q{number}", "zoo", [f"q{number}.example.com"]) for number in range(3)]
    found = plan([lost, *quiet])
    assert [wave["name"] for wave in found["waves"]] == ["zoo", "alone"]
    assert found["waves"][1]["risk"]["level"] == "high"


def test_waves_whose_findings_meet_much_traffic_go_later(tmp_path):
    """Two waves of one risk; the log decides which of them goes first."""
    notes = {"nginx.ingress.kubernetes.io/affinity": "cookie"}
    documents = [
        ingress("one", "aaa", ["one.example.com"], annotations=notes),
        ingress("two", "bbb", ["two.example.com"], annotations=notes),
    ]
    (tmp_path / "all.yaml").write_text("---\n".join([CLASS, *documents]))
    findings = convert([str(tmp_path / "all.yaml")], Options()).findings
    busy = [fingerprint(one) for one in findings if one.origin.object and one.origin.object.namespace == "aaa"]
    report = {"kind": "traffic", "findings": [{"fingerprint": one, "requests": 7000} for one in busy]}
    (tmp_path / "traffic.json").write_text(json.dumps(report))
    assert [wave["name"] for wave in plan(documents)["waves"]] == ["aaa", "bbb"]
    found = plan(documents, "--traffic", str(tmp_path / "traffic.json"))["waves"]
    assert [wave["name"] for wave in found] == ["bbb", "aaa"]
    assert found[1]["risk"]["requests"] >= 7000
    (tmp_path / "traffic.json").write_text("{}")
    result = CliRunner().invoke(
        cli,
        ["plan", "-", "--config", "", "--traffic", str(tmp_path / "traffic.json")],
        input=CLASS + "---\n" + documents[0],
    )
    assert result.exit_code == 2
    assert "--traffic" in result.output


def test_hosts_of_a_wildcard_certificate_stay_together_and_the_plan_says_how_to_split_them():
    documents = [ingress(f"web{number}", "shop", [f"w{number}.example.com"]) for number in range(4)]
    documents = [
        one.replace("  rules:", '  tls: [{hosts: ["*.example.com"], secretName: wildcard}]\n  rules:')
        for one in documents
    ]
    found = plan(documents)
    assert [unit["hosts"] for unit in found["waves"][0]["units"]] == [[f"w{number}.example.com" for number in range(4)]]
    texts = [text for section in found["pages"][0]["sections"] for step in section["steps"] for text in step["text"]]
    assert any("a copy of a wildcard certificate under another name is enough" in text for text in texts)


def test_a_host_of_two_namespaces_is_one_unit_and_one_wave():
    documents = [
        ingress("one", "shop", ["www.example.com"]),
        ingress("two", "pay", ["www.example.com"]).replace("path: /,", "path: /pay,"),
    ]
    found = plan(documents)
    assert len(found["waves"]) == 1
    assert found["waves"][0]["key"] == "pay + shop"
    assert any(link["kind"] == "host" for unit in found["waves"][0]["units"] for link in unit["links"])


@pytest.mark.parametrize("by", ["nothing", "label:", ""])
def test_other_keys_are_refused(by):
    result = CliRunner().invoke(cli, ["plan", "-", "--waves-by", by], input=CLASS)
    assert result.exit_code == 2
    assert "--waves-by must be" in result.output
