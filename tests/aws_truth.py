"""Recorded plans and answers of the AWS Load Balancer Controller, held against our tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from converter.model import ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import AcmCertificate, Options
from converter.reading import read
from converter.reading.inventory import Inventory
from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.routing.table import RoutingTable
from converter.sources.aws_alb import compile as compile_groups
from converter.sources.aws_alb.limits import over_limits
from converter.sources.aws_alb.plan import BalancerPlan
from converter.sources.ownership import assign
from tests.shared_data import ANSWERS, SHARED


class Case(NamedTuple):
    """One recording."""

    name: str
    inputs: tuple[Path, ...]
    plan: dict[str, Any]
    answers: tuple[dict[str, Any], ...]


class Compiled(NamedTuple):
    """What we make of it."""

    tables: dict[str, RoutingTable]
    statuses: list[ObjectStatus]
    inventory: Inventory
    ledger: Ledger


def lines(path: Path) -> tuple[dict[str, Any], ...]:
    """JSON lines; none where there is no file."""
    return tuple(json.loads(line) for line in path.read_text().splitlines()) if path.exists() else ()


def scenarios() -> list[str]:
    """Names of the scenarios made for this project."""
    root = ANSWERS / "aws-alb"
    return sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def corpus() -> list[str]:
    """Names of the files of the corpus that have a plan."""
    return sorted(path.name.removesuffix(".plan.json") for path in (ANSWERS / "aws-alb-corpus").glob("*.plan.json"))


def scenario(name: str) -> Case:
    """One scenario."""
    folder = ANSWERS / "aws-alb" / name
    plan = json.loads((folder / "plan.json").read_text())
    return Case(name, (folder / "input.yaml",), plan, lines(folder / "answers.jsonl"))


def corpus_case(name: str, folder: Path) -> Case:
    """One file of the corpus, with the objects that the recording supplied written beside it."""
    root = ANSWERS / "aws-alb-corpus"
    plan = json.loads((root / f"{name}.plan.json").read_text())
    extra = folder / "stubs.yaml"
    extra.write_text(yaml.safe_dump_all(stubs(plan)))
    source = SHARED / "corpus" / "aws" / f"{name}.yaml"
    return Case(name, (source, extra), plan, lines(root / f"{name}.answers.jsonl"))


def stubs(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Objects that a recording was given besides its file."""
    given = plan["environment"].get("stubs") or plan.get("stubs") or {}
    out = []
    for name in given.get("ingress_classes", ()):
        out.append(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "IngressClass",
                "metadata": {"name": name},
                "spec": {"controller": "ingress.k8s.aws/alb"},
            }
        )
    for text in given.get("services", ()):
        place, ports = text.split(": ", 1)
        namespace, name = place.split("/", 1)
        listed = [{"port": int(port)} if port.isdigit() else {"name": port, "port": 80} for port in ports.split(", ")]
        out.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {"type": "NodePort", "ports": listed},
            }
        )
    for text in given.get("secrets", ()):
        namespace, name = text.split("/", 1)
        out.append(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": namespace},
                "stringData": {"clientID": "a", "clientSecret": "b"},
            }
        )
    return out


def options_of(plan: dict[str, Any]) -> Options:
    """The flags of the recorded controller, and what ACM held."""
    environment = plan["environment"]
    return Options(
        source="aws-alb",
        aws_ingress_class=environment["flags"]["ingress-class"],
        acm_certificates=tuple(
            AcmCertificate(one["arn"], tuple(one["domains"])) for one in environment.get("acm_certificates", [])
        ),
        complete=True,
    )


def compiled(case: Case, keep: Callable[[str], bool] | None = None) -> Compiled:
    """Read and compile, as the pipeline does; `keep` chooses annotations by value."""
    ledger, options = Ledger(), options_of(case.plan)
    inventory, _ = read([str(path) for path in case.inputs], options, ledger)
    for ingress in inventory.ingresses if keep else ():
        ingress.annotations = {key: value for key, value in ingress.annotations.items() if keep and keep(value)}
    return compile_all(inventory, ledger, options)


def compile_all(inventory: Inventory, ledger: Ledger, options: Options) -> Compiled:
    """What is ours of an inventory, compiled."""
    assigned, statuses = assign(inventory, options, ledger)
    out = compile_groups(assigned.get("aws-alb", []), inventory, ledger, options)
    return Compiled({table.entry: table for table in out.tables}, statuses + out.statuses, inventory, ledger)


def answer(result: Compiled, request: dict[str, Any]) -> dict[str, Any]:
    """Our answer; status 0 where there is no load balancer."""
    asked = Request.from_json(request)
    entry = asked.entry or next(iter(result.tables), "")
    table = result.tables.get(entry)
    return {"status": 0, "backends": {}} if table is None else decide(table, asked).to_answer()


IGNORED = frozenset({"rule", "origin", "reason"})


def differences(ours: dict[str, Any], recorded: dict[str, Any]) -> list[str]:
    """Parts of the recorded answer that ours does not have."""
    out = []
    for key, value in recorded.items():
        if key in IGNORED:
            continue
        mine = ours.get(key)
        if key == "backends":
            same = set(mine or {}) == set(value) and all(abs((mine or {})[one] - value[one]) < 0.011 for one in value)
        elif key == "after_auth":
            same = mine is not None and not differences(mine, value)
        elif key in ("upstream", "response_headers"):
            same = isinstance(mine, dict) and all(mine.get(part) == value[part] for part in value)
        else:
            same = mine == value
        if not same:
            out.append(f"{key}: {mine!r}, recorded {value!r}")
    return out


def plan_of(table: RoutingTable) -> BalancerPlan:
    """The plan that a table was made of."""
    plan = table.details.get(BalancerPlan)
    assert plan is not None
    return plan


def our_listeners(table: RoutingTable) -> list[dict[str, Any]]:
    """Listeners of our plan in the form of plan.json."""
    out = []
    for listener in plan_of(table).listeners:
        one: dict[str, Any] = {
            "port": listener.port,
            "protocol": listener.config.protocol,
            "default_action": _as_data(listener.default),
            "rules": [_rule(rule, number) for number, rule in enumerate(listener.rules, 1)],
        }
        if listener.config.protocol == "HTTPS":
            one["certificates"] = listener.config.certificates
            one["ssl_policy"] = listener.config.ssl_policy or "ELBSecurityPolicy-2016-08"
        if listener.config.mutual is not None:
            one["mutual_authentication"] = listener.config.mutual
        if listener.attributes:
            one["attributes"] = listener.attributes
        if listener.tags:
            one["tags"] = listener.tags
        out.append(one)
    return out


def _rule(rule: Any, number: int) -> dict[str, Any]:
    out = {"priority": number, "conditions": rule.conditions, "actions": _as_data(rule.actions)}
    if rule.transforms:
        out["transforms"] = rule.transforms
    if rule.tags:
        out["tags"] = rule.tags
    refused = over_limits(rule)
    if refused:
        out["aws_would_refuse"] = refused
    return out


def _as_data(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in action.items() if key not in SECRETS} for action in actions]


SECRETS = frozenset({"clientID", "clientSecret", "secret"})


def recorded_listeners(group: dict[str, Any]) -> list[dict[str, Any]]:
    """Listeners of a recorded plan, without what AWS alone knows."""
    out = []
    for listener in group.get("listeners", ()):
        kept = {key: value for key, value in listener.items() if key != "inbound"}
        kept["default_action"] = _as_data(kept["default_action"])
        kept["rules"] = [rule | {"actions": _as_data(rule["actions"])} for rule in listener["rules"]]
        mutual = kept.get("mutual_authentication")
        if mutual is not None:
            kept["mutual_authentication"] = {_MUTUAL.get(key, key): _store(value) for key, value in mutual.items()}
        out.append(kept)
    return out


_MUTUAL = {"trustStoreArn": "trustStore"}
INVENTED = "0123456789abcdef"


def _store(value: Any) -> Any:
    """A trust store given by name was recorded with an invented ARN."""
    if isinstance(value, str) and value.endswith(f"/{INVENTED}"):
        return value.split("/")[-2]
    return value


def our_inbound(table: RoutingTable) -> dict[int, list[str]]:
    """Who may connect to each port, where the security group is the controller's."""
    plan = plan_of(table)
    if plan.balancer.get("security_groups"):
        return {}
    dual = plan.balancer["ip_address_type"] != "ipv4"
    out = {}
    for listener in plan.listeners:
        four, six = listener.config.cidrs
        if not four and not six and not listener.config.prefix_lists:
            four, six = frozenset({"0.0.0.0/0"}), frozenset({"::/0"})
        out[listener.port] = sorted({*four, *(six if dual else ()), *listener.config.prefix_lists})
    return out


def our_target_groups(table: RoutingTable) -> dict[str, dict[str, Any]]:
    """Target groups of our plan."""
    return {
        key: {part: value for part, value in group.items() if part != "multi_cluster"}
        for key, group in plan_of(table).target_groups.items()
    }


def recorded_target_groups(group: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Target groups of a recorded plan, without those of the NLB in front and their tags."""
    kept = (
        "backend",
        "target_type",
        "protocol",
        "protocol_version",
        "ip_address_type",
        "health_check",
        "attributes",
        "node_selector",
        "target_control_port",
        "tags",
    )
    return {
        key: {part: value for part, value in one.items() if part in kept}
        for key, one in group.get("target_groups", {}).items()
        if not key.startswith("FrontendNlb")
    }


def plan_differences(result: Compiled, plan: dict[str, Any]) -> list[str]:
    """Where our plan and the recorded one part."""
    out = []
    by_name = {f"{one.ref.namespace}/{one.ref.name}": one for one in result.statuses if one.ref.kind == "Ingress"}
    for one in plan["ingresses"]:
        status = by_name.get(one["ingress"])
        managed = status is not None and status.status in ("converted", "failed")
        if managed != one["managed"]:
            out.append(f"{one['ingress']} managed: {managed}, recorded {one['managed']} ({one.get('error')})")
        elif one.get("error") and status is not None and one["error"] not in status.reason:
            out.append(f"{one['ingress']}: {status.reason!r}, recorded {one['error']!r}")
    for group in plan["groups"]:
        out += [f"{group['id']} {text}" for text in _group_differences(result, group)]
    extra = set(result.tables) - {group["id"] for group in plan["groups"]}
    return [*out, *(f"{entry}: not recorded" for entry in sorted(extra))]


def _group_differences(result: Compiled, group: dict[str, Any]) -> list[str]:
    table = result.tables.get(group["id"])
    if group.get("errors"):
        if table is not None:
            return [f"is built, recorded: {group['errors']}"]
        reasons = [one.reason for one in result.statuses if one.entry == group["id"]]
        fits = any(_message(reason) == _message(error) for reason in reasons[:1] for error in group["errors"])
        return [] if fits else [f"refused: {reasons[:1]}, recorded {group['errors']}"]
    if table is None:
        return [f"is refused: {[one.reason for one in result.statuses if one.entry == group['id']]}"]
    plan = plan_of(table)
    pairs = {
        "members": ([member.key for member in plan.members], group["members"]),
        "listeners": (our_listeners(table), recorded_listeners(group)),
        "target groups": (our_target_groups(table), recorded_target_groups(group)),
        "inbound": (
            our_inbound(table),
            {one["port"]: sorted(one["inbound"]) for one in group["listeners"] if "inbound" in one},
        ),
        "balancer": (_our_balancer(plan), _recorded_balancer(group)),
    }
    return [f"{name}: {ours}\n   recorded {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs]


def _our_balancer(plan: Any) -> dict[str, Any]:
    out = {key: plan.balancer[key] for key in ("scheme", "ip_address_type")}
    for key in ("attributes", "tags", "customerOwnedIPv4Pool", "ipv4IPAMPool"):
        if plan.balancer.get(key):
            out[key] = plan.balancer[key]
    if plan.balancer.get("capacity"):
        out["minimumLoadBalancerCapacity"] = {"capacityUnits": plan.balancer["capacity"]}
    if plan.balancer.get("name"):
        out["name"] = plan.balancer["name"]
    out["frontend"] = (plan.frontend or {}).get("scheme")
    names = {
        "wafv2": ("AWS::WAFv2::WebACLAssociation", "webACLARN"),
        "shield": ("AWS::Shield::Protection", "enabled"),
        "waf_classic": ("AWS::WAFRegional::WebACLAssociation", "webACLID"),
    }
    out["addons"] = {names[key][0]: {names[key][1]: value} for key, value in plan.addons.items() if key in names}
    return out


def _recorded_balancer(group: dict[str, Any]) -> dict[str, Any]:
    """Without subnets and security groups, which AWS resolves, and without made-up names."""
    known = group["load_balancer"]
    out = {
        key: value
        for key, value in known.items()
        if key not in ("subnets", "security_groups", "frontend_nlb", "addons")
    }
    if out["name"].startswith("k8s-"):
        del out["name"]
    out["frontend"] = known.get("frontend_nlb", {}).get("FrontendNlb", {}).get("scheme")
    return out | {"addons": known.get("addons", {})}


def _message(text: str) -> str:
    """An error without the words of Go's JSON scanner and the order of Go's maps."""
    for mark in (
        ": invalid character",
        ": json: cannot unmarshal",
        "conflicting mTLS Attributes",
        "unexpected end of JSON",
    ):
        text = text.partition(mark)[0]
    return text
