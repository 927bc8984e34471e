"""Alauda ALB: every recorded answer, and the policies that the controller's own code generated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from converter.model import Fidelity
from converter.routing.actions import Forward, Redirect, Respond
from converter.routing.decision import Decision
from converter.routing.steps import Cors, HostRewrite
from converter.routing.table import Port, Rule
from converter.sources.alauda_alb.certificates import NO_CERTIFICATES, PortCertificates
from converter.sources.alauda_alb.table_rules import Policy
from tests.alauda_truth import CORPUS, Compiled, asked, corpus_case, corpus_stems, scenario, scenarios
from tests.oracle import About, differences, exceptions, judge, lines

EXCEPTIONS = "oracle_exceptions_alauda.yaml"


def compare(compiled: Compiled, recorded: list[dict[str, Any]]) -> dict[int, list[str]]:
    """Differences by line; of several answers that are equally right, the nearest."""
    out = {}
    for index, line in enumerate(recorded):
        decision = compiled.answer(line)
        decision.response_headers = {**decision.response_headers, **decision.implicit_response}
        answer = line["answer"]
        found = min(
            (message_words_of(line, decision, one) for one in (answer, *answer.get("alternatives", ()))), key=len
        )
        if found:
            out[index] = found
    return out


def message_words_of(line: dict[str, Any], decision: Decision, answer: dict[str, Any]) -> list[str]:
    """How a decision differs from one answer, in what this answer says."""
    if "sticky" in line["answer"] and answer["backends"].keys() <= decision.backends.keys():
        decision = replace(decision, backends=answer["backends"])
    topic = About(
        frozenset(answer.get("upstream", {}).get("headers", {})), frozenset(answer.get("response_headers", {}))
    )
    out = differences(asked(line["request"], ()), decision, answer, topic)
    if answer.get("certificate") and decision.notes.certificate != answer["certificate"]:
        out.append(f"certificate {decision.notes.certificate}, recorded {answer['certificate']}")
    if (
        "rule" in line
        and not answer.get("alternatives")
        and line["answer"]["backends"]
        and decision.rule != line["rule"]
    ):
        out.append(f"rule {decision.rule}, recorded {line['rule']}")
    return out


@pytest.mark.parametrize("case", scenarios(), ids=lambda case: case.name)
def test_answers_of_a_scenario(case: Path) -> None:
    recorded = lines(case)
    found = compare(scenario(case), recorded)
    assert not judge(case.name, found, exceptions(EXCEPTIONS).get(case.name, {}), len(recorded))


@pytest.mark.parametrize("stem", [stem for stem in corpus_stems() if (CORPUS / f"{stem}.answers.jsonl").is_file()])
def test_answers_on_public_manifests(stem: str, tmp_path: Path) -> None:
    recorded = [json.loads(line) for line in (CORPUS / f"{stem}.answers.jsonl").read_text().splitlines()]
    found = compare(corpus_case(stem, tmp_path), recorded)
    assert not judge(stem, found, exceptions(EXCEPTIONS).get(stem, {}), len(recorded))


@pytest.mark.parametrize("case", scenarios(), ids=lambda case: case.name)
def test_policies_of_a_scenario(case: Path) -> None:
    compiled = scenario(case)
    policy = json.loads((case / "policy.json").read_text())
    for name, one in ({"": policy} if "frontends" in policy else policy).items():
        assert not policy_differences(compiled, name, one)


@pytest.mark.parametrize("stem", corpus_stems())
def test_policies_of_public_manifests(stem: str, tmp_path: Path) -> None:
    policy = json.loads((CORPUS / f"{stem}.policy.json").read_text())
    compiled = corpus_case(stem, tmp_path)
    if compiled.tables or policy["frontends"]:
        assert not policy_differences(compiled, "", policy)


@pytest.mark.parametrize("case", scenarios(), ids=lambda case: case.name)
def test_every_fact_is_settled_or_carried_on(case: Path) -> None:
    compiled = scenario(case)
    carried = carried_facts(compiled)
    for finding in compiled.ledger.findings():
        if finding.code == "internal.unaccounted":
            assert finding.origin in carried, finding.origin
        else:
            assert finding.fidelity is not Fidelity.UNKNOWN or finding.code in ("field.unknown", "annotation.unknown")


def carried_facts(compiled: Compiled) -> set[Any]:
    """Facts that the tables hand on to the target."""
    out: set[Any] = set()
    for table in compiled.tables:
        features = list(table.features)
        for port in table.ports:
            features += port.features
            out.update(origin for certificate in port.certificates for origin in certificate.origins)
        for _, _, rule in table.rules():
            features += rule.features
            out.add(rule.origin)
        out.update(origin for feature in features for origin in feature.origins)
    return out


def policy_differences(compiled: Compiled, name: str, policy: dict[str, Any]) -> list[str]:
    """Order, matchers, rewrites, redirects and backends, rule by rule."""
    if not compiled.tables:
        return [f"no table, recorded {policy['frontends']}"] if policy["frontends"] else []
    table = compiled.table(name)
    ports = {port.name: port for port in table.ports}
    recorded = {one["name"]: one for one in policy["frontends"] or ()}
    out = [] if ports.keys() == recorded.keys() else [f"frontends {sorted(ports)}, recorded {sorted(recorded)}"]
    for frontend, one in recorded.items():
        if frontend in ports:
            out += _port_differences(ports[frontend], one)
    if policy.get("certificates") or not compiled.stubs:  # the recordings left out stand-in Secrets
        out += _certificate_differences(table.ports, policy.get("certificates") or {})
    return out


def _port_differences(port: Port, frontend: dict[str, Any]) -> list[str]:
    if port.number != frontend["port"]:
        return [f"port {port.number}, recorded {frontend['port']}"]
    if frontend["protocol"] in ("http", "https", "grpc"):
        theirs = [one for one in frontend["policies"] or () if one.get("internal_dsl")]
        ours = _policies(port)
        if len(ours) != len(theirs):
            return [f"{frontend['name']}: {[one[0].name for one in ours]}, recorded {len(theirs)} policies"]
        out = []
        for mine, other in _paired(ours, theirs):
            out += [f"{frontend['name']} {mine[0].name}: {one}" for one in _rule_differences(mine, other)]
        return out
    return []


def _policies(port: Port) -> list[list[Rule]]:
    """Rules of one policy stand together."""
    out: list[list[Rule]] = []
    for rule in port.hosts[0].rules:
        if out and out[-1][0].origin == rule.origin and out[-1][0].name == rule.name:
            out[-1].append(rule)
        else:
            out.append([rule])
    return out


def _key(policy: dict[str, Any]) -> tuple[int, int, int]:
    return policy.get("priority", 0), policy.get("complex_priority", 0), policy.get("dsl_len", 0)


def _source(policy: dict[str, Any]) -> str:
    made = policy.get("from") or {}
    if made.get("type") == "ingress" and "rule" in made:
        return f"{made['ingress']} rules[{made['rule']}].paths[{made['path']}]"
    return str(policy["rule"])


def _paired(ours: list[list[Rule]], theirs: list[dict[str, Any]]) -> list[tuple[list[Rule], dict[str, Any]]]:
    """In order; where the random names decide, by where the rules come from."""
    out, at = [], 0
    while at < len(theirs):
        end = at
        while end < len(theirs) and _key(theirs[end]) == _key(theirs[at]):
            end += 1
        group = {_source(one): one for one in theirs[at:end]}
        for position, mine in enumerate(ours[at:end]):
            out.append((mine, group.get(mine[0].name, theirs[at + position])))
        at = end
    return out


def _rule_differences(mine: list[Rule], policy: dict[str, Any]) -> list[str]:
    rule, out = mine[-1], []
    if rule.name != _source(policy):
        out.append(f"recorded here: {_source(policy)}")
    placed = rule.details.get(Policy)
    assert placed is not None
    if (placed.priority, placed.weight) != _key(policy)[:2]:
        out.append(f"order {placed.priority}/{placed.weight}, recorded {_key(policy)}")
    recorded = policy.get("internal_dsl"), policy.get("dsl_len", 0)
    if placed.dsl is not None and (placed.dsl, placed.length) != recorded:
        out.append(f"conditions {placed.dsl}, recorded {recorded}")
    return out if placed.broken else out + _action_differences(rule, policy)


def _action_differences(rule: Rule, policy: dict[str, Any]) -> list[str]:
    config = policy.get("config") or {}
    redirect = config.get("redirect")
    if redirect:
        if isinstance(rule.action, Respond):
            return (
                []
                if rule.action.status == 500 and redirect.get("code") not in (301, 302, 303, 307, 308)
                else ["answers"]
            )
        if not isinstance(rule.action, Redirect):
            return [f"forwards, recorded redirect {redirect}"]
        return [] if rule.action.status == (redirect.get("code") or 302) else [f"status {rule.action.status}"]
    if not isinstance(rule.action, Forward):
        return [f"{type(rule.action).__name__}, recorded forward"]
    out = _backend_differences(rule.action, policy)
    values = {feature.name: feature.value for feature in rule.features}
    if policy.get("rewrite_target") and "rewrite" not in values:
        out.append(f"no rewrite, recorded {policy['rewrite_target']}")
    vhost = values.get("upstream-host")
    if policy.get("vhost") and not (
        isinstance(vhost, HostRewrite) and vhost.value in (policy["vhost"], "http_backend")
    ):
        out.append(f"host {vhost}, recorded {policy['vhost']}")
    if bool(policy.get("enable_cors")) != isinstance(values.get("cors"), Cors):
        out.append("cross-origin answers differ")
    https = rule.action.backends[0].protocol == "HTTPS" if rule.action.backends else False
    if https != (policy.get("backend_protocol") == "https"):
        out.append(f"protocol, recorded {policy.get('backend_protocol')}")
    refs = config.get("refs") or {}
    for part, names in (("auth", ("basic-auth", "external-auth")), ("timeout", ("timeouts",)), ("waf", ("waf",))):
        if part in refs and not any(name in values for name in names):
            out.append(f"no {part}, recorded {refs[part]}")
    return out


def _backend_differences(action: Forward, policy: dict[str, Any]) -> list[str]:
    weights: dict[str, int] = {}
    for one in (policy.get("backend_group") or {}).get("backends") or ():
        key = f"{one['ns']}/{one['svc']}"
        weights[key] = weights.get(key, 0) + one["weight"]
    ours: dict[str, int] = {}
    for backend in action.backends:
        if not backend.failure:
            ours[f"{backend.namespace}/{backend.name}"] = (
                ours.get(f"{backend.namespace}/{backend.name}", 0) + backend.weight
            )
    if not sum(weights.values()):
        weights = dict.fromkeys(weights, 1)
    total, whole = sum(weights.values()) or 1, sum(ours.values()) or 1
    shares = {key: round(value / total, 2) for key, value in weights.items() if value}
    mine = {key: round(value / whole, 2) for key, value in ours.items() if value}
    return (
        []
        if mine.keys() == shares.keys() and all(abs(mine[key] - shares[key]) < 0.03 for key in mine)
        else [f"backends {mine}, recorded {shares}"]
    )


def _certificate_differences(ports: list[Port], recorded: dict[str, str]) -> list[str]:
    ours: dict[str, str] = {}
    for port in ports:
        served = port.details.get(PortCertificates) or NO_CERTIFICATES
        default = served.default
        if default is not None:
            ours[str(port.number)] = f"{default.namespace}/{default.name}"
        for host, one in served.by_host.items():
            ours[host] = f"{one.namespace}/{one.name}"
    theirs: dict[str, set[str]] = {}
    for key, value in recorded.items():
        theirs.setdefault(key.partition("/")[0], set()).add(value.partition(" ")[0])
    return (
        []
        if ours.keys() == theirs.keys() and all(ours[key] in theirs[key] for key in ours)
        else [f"certificates {ours}, recorded {recorded}"]
    )
