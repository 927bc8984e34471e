"""Every command of a plan, carried out on a simulated cluster: nothing dies with its Ingress, no name is left alone."""

from __future__ import annotations

import json
import random
import re
import shlex
from copy import deepcopy
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from converter.cli.commands import cli
from tests.simulated_cluster import IGNORED, Cluster, CommandError

ROOT = Path(__file__).parent.parent / "fixtures" / "migration"
ISSUER = "cert-manager.io/cluster-issuer"


def estate(name: str) -> list[dict]:
    return [one for file in sorted((ROOT / name).glob("*.yaml")) for one in yaml.safe_load_all(file.read_text()) if one]


def certificates(documents: list[dict]) -> list[dict]:
    """What cert-manager has made for the Ingresses: each Certificate belongs to the first that names its Secret."""
    out = {}
    for one in documents:
        if one["kind"] != "Ingress":
            continue
        meta = one["metadata"]
        for entry in one["spec"].get("tls") or ():
            owner = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": meta["name"], "uid": "1"}
            made = {"namespace": meta["namespace"], "name": entry["secretName"]}
            out.setdefault(("Secret", *made.values()), {"apiVersion": "v1", "kind": "Secret", "metadata": dict(made)})
            if ISSUER in meta.get("annotations", {}):
                spec = {"secretName": entry["secretName"], "dnsNames": entry["hosts"]}
                whole = {
                    "apiVersion": "cert-manager.io/v1",
                    "kind": "Certificate",
                    "metadata": made | {"ownerReferences": [owner]},
                    "spec": spec,
                }
                out.setdefault(("Certificate", *made.values()), whole)
    return list(out.values())


def staying(plan: dict) -> set[str]:
    """Ingresses that are kept because their routes are withheld."""
    return {one for _, step in steps(plan) if step["kind"] == "stay" for one in step["objects"]}


def some_of(seed: int) -> list[dict]:
    """A random part of the estates of ingress-nginx: whatever the Ingresses share, with new names of hosts among them."""
    pick = random.Random(seed)  # noqa: S311
    documents = estate("ingress-nginx")
    ingresses = [one for one in documents if one["kind"] == "Ingress"]
    chosen = pick.sample(ingresses, pick.randrange(4, 14))
    for one in chosen:
        if pick.random() < 0.3:
            one["spec"]["rules"][0]["host"] = pick.choice(chosen)["spec"]["rules"][0]["host"]
    return [one for one in documents if one["kind"] != "Ingress"] + chosen


_MADE: dict[str, tuple[Path, list[dict], dict]] = {}
"""Estates that were converted and planned already."""


def planned(tmp_path: Path, monkeypatch, name: str) -> tuple[Cluster, dict]:
    """The simulated cluster of an estate, with the files of convert and plan beside it."""
    if name not in _MADE:
        documents = some_of(int(name)) if name.isdigit() else estate(name)
        (tmp_path / "manifests").mkdir()
        (tmp_path / "manifests" / "all.yaml").write_text(yaml.safe_dump_all(documents))
        monkeypatch.chdir(tmp_path)
        for words in (
            ["convert", "manifests", "-o", "gateway"],
            ["plan", "manifests", "-o", "plan", "--format", "json"],
        ):
            result = CliRunner().invoke(cli, [*words, "--config", ""])
            assert result.exit_code in (0, 1), result.output
        _MADE[name] = tmp_path, documents, json.loads(Path("plan/plan.json").read_text())
    folder, documents, plan = _MADE[name]
    return Cluster(deepcopy(documents) + certificates(documents) + listener_secrets(plan), folder), plan


def listener_secrets(plan: dict) -> list[dict]:
    """Those that the preparation asks for."""
    wanted = [
        one
        for _, step in steps(plan)
        for one in step["objects"]
        if step["kind"] == "prepare" and one.startswith("Secret ")
    ]
    made = [one.removeprefix("Secret ").split("/") for one in wanted]
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": space, "name": name}} for space, name in made
    ]


def steps(plan: dict, *left_out: str):
    """All steps in the order of the pages, without some kinds."""
    for page in plan["pages"]:
        for section in page["sections"]:
            for step in section["steps"]:
                if step["kind"] not in left_out:
                    yield page["name"], step


def _routed(folder: Path) -> set[str]:
    """Hosts of the routes that convert wrote."""
    texts = [one for file in (folder / "gateway").rglob("*.yaml") for one in yaml.safe_load_all(file.read_text())]
    return {host for one in texts for host in one["spec"].get("hostnames", ())}


def _later_hosts(plan: dict) -> dict[str, set[str]]:
    """Page -> hosts whose wave comes after it."""
    out, hosts = {"clean-up": set[str]()}, set[str]()
    for wave in reversed(plan["waves"]):
        out[f"waves/{wave['name']}"] = set(hosts)
        hosts |= set(wave["hosts"])
    return out | {"plan": hosts, "preparation": hosts}


@pytest.mark.parametrize(("notes", "kept"), [({"proxy-read-timeout": "30"}, "0s"), ({}, "")])
def test_flagger_keeps_the_timeout_of_a_request(tmp_path, monkeypatch, notes, kept):
    """Flagger overwrites the route with what spec.service says."""
    documents = [one for one in estate("ingress-nginx") if one["metadata"].get("namespace") == "media"]
    documents += [one for one in estate("ingress-nginx") if one["kind"] == "IngressClass"]
    for one in documents:
        if (one["kind"], one["metadata"]["name"]) == ("Ingress", "player"):
            one["metadata"]["annotations"] |= {
                f"nginx.ingress.kubernetes.io/{key}": text for key, text in notes.items()
            }
    (tmp_path / "media.yaml").write_text(yaml.safe_dump_all(documents))
    monkeypatch.chdir(tmp_path)
    words = ["plan", "media.yaml", "-o", "plan", "--to", "gateway-api", "--config", ""]
    assert CliRunner().invoke(cli, words).exit_code == 0
    patches = [yaml.safe_load(file.read_text()) for file in Path("plan/patches/media").glob("canary-*.yaml")]
    (service,) = [one["spec"]["service"] for one in patches if "provider" in one.get("spec", {})]
    assert service.get("timeout", "") == kept


@pytest.mark.parametrize("name", ["ingress-nginx", "aws-alb", "1", "2", "3", "4"])
def test_from_the_first_command_to_the_last_deletion(tmp_path, monkeypatch, name):
    cluster, plan = planned(tmp_path, monkeypatch, name)
    first = {key for key in cluster.objects if key[0] == "Certificate"}
    hosts = {host for host in cluster.publishers() if host.endswith("example.com")} & _routed(cluster.folder)
    later = _later_hosts(plan)
    for page, step in steps(plan, "roll-back"):
        for line in step["commands"]:
            cluster.run(line)
            published = cluster.publishers()
            left = hosts - set(published)
            assert not left, f"{page}, {line}: nobody asks for {sorted(left)}"
            early = [
                host
                for host, found in published.items()
                if host in later[page] and any("Route" in one for one in found)
            ]
            assert not early, f"{page}, {line}: {early} are published before their wave"
            assert first <= set(cluster.objects), f"{page}, {line}: {first - set(cluster.objects)} is gone"
    ingresses = {f"Ingress {one['metadata']['namespace']}/{one['metadata']['name']}" for one in cluster.of("Ingress")}
    assert ingresses == {one["object"] for one in plan["not-planned"]} | staying(plan)
    patched = {one for _, step in steps(plan) for one in step["objects"] if step["kind"] == "patch"}
    for one in cluster.of("Rollout"):
        assert (f"Rollout {one['metadata']['namespace']}/checkout" in patched) == (
            not {"nginx", "alb"} & set(one["spec"]["strategy"]["canary"]["trafficRouting"])
        )
    for one in cluster.of("Canary"):
        assert ("Canary media/player" in patched) == ("ingressRef" not in one["spec"])
    owners = {
        (one["metadata"]["namespace"], owner["name"])
        for one in cluster.of("Certificate")
        for owner in one["metadata"].get("ownerReferences", ())
    }
    assert all(("Ingress", *owner) in cluster.objects for owner in owners)


@pytest.mark.parametrize("name", ["ingress-nginx", "aws-alb"])
def test_rolling_back_before_the_deletion_leads_every_name_to_its_ingress(tmp_path, monkeypatch, name):
    cluster, plan = planned(tmp_path, monkeypatch, name)
    before = {
        key: json.dumps(one["spec"], sort_keys=True)
        for key, one in cluster.objects.items()
        if key[0] in ("Ingress", "ClusterIssuer")
    }
    for page in plan["pages"]:
        for section in page["sections"]:
            if section["title"] == "Delete" or page["name"] == "clean-up":
                continue
            for step in section["steps"]:
                for line in step["commands"]:
                    cluster.run(line)
    for key, text in before.items():
        assert json.dumps(cluster.objects[key]["spec"], sort_keys=True) == text
    assert all(one["metadata"]["annotations"][IGNORED] == "none" for one in cluster.of("HTTPRoute")), "shared by waves"
    assert {one["metadata"]["name"] for one in cluster.of("HTTPRoute")} <= {"nginx-redirect"}
    for one in cluster.of("Ingress"):
        assert one["metadata"].get("annotations", {}).get("external-dns.alpha.kubernetes.io/controller") != "none"


def test_the_simulation_sees_a_certificate_that_goes_with_its_ingress(tmp_path, monkeypatch):
    """The order matters: without the hand-over the Certificate is collected."""
    cluster, plan = planned(tmp_path, monkeypatch, "ingress-nginx")
    owned = {key for key in cluster.objects if key[0] == "Certificate"}
    for _, step in steps(plan, "roll-back", "hand-over", "patch"):
        for line in step["commands"]:
            cluster.run(line)
    assert owned - set(cluster.objects)


def test_saved_objects_can_be_applied_once_they_are_deleted(tmp_path, monkeypatch):
    cluster, plan = planned(tmp_path, monkeypatch, "ingress-nginx")
    for one in cluster.of("Ingress"):
        one["metadata"]["resourceVersion"] = "7"
    for _, step in steps(plan, "roll-back"):
        for line in step["commands"]:
            cluster.run(line)
    with pytest.raises(CommandError):
        cluster.run("kubectl get -n shop ingress/front -o yaml")
    cluster.run("kubectl apply -f saved/shop/shop.yaml")
    assert ("Ingress", "shop", "front") in cluster.objects


def test_probe_of_a_wave_asks_its_hosts_alone(tmp_path, monkeypatch):
    """The command of a page, as a shell gives it to ing2gw, and without sending anything."""
    cluster, plan = planned(tmp_path, monkeypatch, "aws-alb")
    monkeypatch.chdir(cluster.folder)
    lines = [line for _, step in steps(plan) for line in step["commands"] if line.startswith("ing2gw probe")]
    assert len(lines) >= len(plan["waves"])
    words = shlex.split(lines[0].replace("$OLD", "192.0.2.1").replace("$NEW", "192.0.2.2"))[1:]
    result = CliRunner().invoke(cli, [*words, "--dry-run"])
    assert result.exit_code == 0, result.output
    named = {words[number + 1] for number, word in enumerate(words) if word == "--host"}
    asked = set(re.findall(r"^GET https?://([^/:]+)", result.output, re.M))
    assert all(any(fnmatch(host, one) for host in asked) for one in named)
    assert all(any(fnmatch(host, one) for one in named) for host in asked)
    assert any(named <= set(one["hosts"]) for one in plan["waves"])
