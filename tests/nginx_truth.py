"""Recorded answers of ingress-nginx, held against our tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import yaml

from converter.model import ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read
from converter.reading.inventory import Document, Inventory
from converter.routing import external_auth
from converter.routing.decide import consult
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange, Request
from converter.routing.table import RoutingTable, Rule
from converter.sources import ingress_nginx
from tests.oracle import SHARE_TOLERANCE, upstream_headers
from tests.shared_data import ANSWERS, SHARED

CLIENT = "192.0.2.10"
OPTIONS = Options(complete=True)


class Case(NamedTuple):
    """One recording; `stubs` says what was added to a file of the corpus."""

    name: str
    input: Path
    answers: Path
    stubs: tuple[Path, ...] = ()


class Compiled(NamedTuple):
    """What we make of it."""

    tables: list[RoutingTable]
    statuses: list[ObjectStatus]
    inventory: Inventory
    ledger: Ledger


@lru_cache
def cases() -> dict[str, Case]:
    """All recordings by name; none where the answers are absent."""
    out = {}
    for path in sorted((ANSWERS / "ingress-nginx").glob("*/answers.jsonl")):
        out[path.parent.name] = Case(path.parent.name, path.parent / "input.yaml", path)
    for path in sorted((ANSWERS / "ingress-nginx-corpus").glob("*.answers.jsonl")):
        stem = path.name.removesuffix(".answers.jsonl")
        base = path.with_name(stem.removesuffix(".snippets") + ".stubs.json")
        own = path.with_name(f"{stem}.stubs.json")
        file = SHARED / "corpus" / json.loads(base.read_text())["file"]
        out[f"corpus/{stem}"] = Case(f"corpus/{stem}", file, path, (base,) if own == base else (base, own))
    return out


def lines(case: Case) -> list[dict[str, Any]]:
    """The recorded lines."""
    return [json.loads(line) for line in case.answers.read_text().splitlines() if line.strip()]


def compiled(case: Case, folder: Path) -> Compiled:
    """The tables of a recording; `folder` is for the files that stubs become."""
    ledger, paths = Ledger(), [_readable(case, folder)]
    stubs: dict[str, Any] = {}
    for path in case.stubs:
        stubs |= json.loads(path.read_text())
    if stubs:
        extra = folder / "stubs.yaml"
        extra.write_text(yaml.safe_dump_all([*stubs["added"], *_controller(stubs)]))
        paths.append(str(extra))
    inventory, _ = read(paths, OPTIONS, ledger)
    ages = {one["ingress"]: one["creationTimestamp"] for one in stubs.get("ingresses", ())}
    if stubs:
        for ingress in inventory.ingresses:
            ingress.created = ages.get(f"{ingress.namespace}/{ingress.name}", "")
        inventory.ingresses = [one for one in inventory.ingresses if one.created]
    mine = [one for one in inventory.ingresses if ingress_nginx.claim(one, inventory, OPTIONS)]
    out = ingress_nginx.compile(mine, inventory, ledger, OPTIONS)
    return Compiled(out.tables, out.statuses, inventory, ledger)


def _readable(case: Case, folder: Path) -> str:
    """The input; a bare `n` or `y` is a boolean to Kubernetes, but the recorder took it for a name."""
    text = case.input.read_text()
    quoted = re.sub(r"(?m)^(\s*(?:- )?\S*name: )([nNyY])$", r"\1'\2'", text)
    if quoted == text:
        return str(case.input)
    copy = folder / "input.yaml"
    copy.write_text(quoted)
    return str(copy)


def _controller(stubs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    args = ["/nginx-ingress-controller", "--configmap=ingress-nginx/ingress-nginx-controller", *stubs["flags"]]
    name = {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"}
    pod = {"spec": {"containers": [{"name": "controller", "args": args}]}}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": name, "spec": {"template": pod}}
    data = {str(key): str(value) for key, value in (stubs.get("config_map") or {}).items()}
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": name, "data": data}


GIVEN = {
    200: {
        "x-auth-request-user": "alice",
        "x-auth-request-email": "alice@example.com",
        "set-cookie": "_oauth=renewed; Path=/",
    },
    401: {"www-authenticate": 'Bearer realm="sso"'},
}


def auth_service(step: external_auth.ExternalAuth, exchange: Exchange) -> external_auth.ServiceAnswer:
    """The authorisation service of the recordings: what a session or token is worth."""
    text = " ".join(exchange.values("header", "cookie"))
    for word, status in (("ok", 200), ("accepted", 202), ("denied", 403), ("broken", 500)):
        if f"session={word}" in text:
            return external_auth.ServiceAnswer(status, GIVEN.get(status, {}))
    status = 200 if "token-ok" in " ".join(exchange.values("header", "authorization")) else 401
    return external_auth.ServiceAnswer(status, GIVEN[status])


def compare(case: Case, compiled_case: Compiled) -> dict[int, list[str]]:
    """Differences by line, from 1."""
    table = compiled_case.tables[0] if compiled_case.tables else RoutingTable("none", "ingress-nginx")
    spellings = {
        backend.key: backend.resolved
        for _, _, rule in table.rules()
        for backend in getattr(rule.action, "backends", ())
    }
    external_auth.ASK.append(auth_service)
    try:
        found = {}
        for number, line in enumerate(lines(case), 1):
            request = Request.from_json(line["request"])
            if not request.source:
                request = request._replace(source=CLIENT)
            request = _given(request, spellings)
            decision, rule = consult(table, request) if compiled_case.tables else (_without_ingress(request), None)
            words = list(comparable(line["answer"], decision, request, spellings, case.stubs == ()))
            words += spoken(line["answer"], rule)
            if words:
                found[number] = words
        return found
    finally:
        external_auth.ASK.pop()


def _given(request: Request, backends: Iterable[str]) -> Request:
    """What the test backends are asked to answer with, as a request says that of a backend."""
    status = re.search(r"[?&]echo_status=(\d+)", request.path)
    headers = re.search(r"[?&]echo_header=([^&]+)", request.path)
    given: dict[str, Any] = {"status": int(status[1])} if status else {}
    if headers is not None:
        given["headers"] = dict(pair.split("=", 1) for pair in unquote(headers[1]).split(",") if "=" in pair)
    situation = request.situation.with_given(dict.fromkeys(backends, given))
    return request._replace(situation=situation) if given else request


def _without_ingress(request: Request) -> Decision:
    """What the controller answers where it serves no Ingress: nginx looks at the size of a body before anything else."""
    length = next((value for name, value in request.headers if name.lower() == "content-length"), "0")
    return Decision(413 if length.isdigit() and int(length) > 1024**2 else 404)


def comparable(
    answer: dict[str, Any], decision: Decision, request: Request, spellings: dict[str, str], named: bool = False
) -> Iterator[str]:
    """How a decision differs from a recorded answer, in words; `named`: Services with auth in their name are some."""
    status = _echoed(decision, request, named)
    if status != answer["status"]:
        yield f"status {status}, recorded {answer['status']}"
        return
    if decision.location != answer.get("location"):
        yield f"location {decision.location}, recorded {answer.get('location')}"
    shares = _by_port(answer.get("backends") or {}, spellings)
    ours = _by_port(decision.backends, spellings)
    if shares.keys() != ours.keys() or any(abs(ours[key] - share) > SHARE_TOLERANCE for key, share in shares.items()):
        yield f"backends {ours}, recorded {shares}"
    elif shares and "upstream" in answer:
        yield from _upstream(answer["upstream"], decision, request)
    for name, value in answer.get("response_headers", {}).items():
        if not _same(decision.response_headers.get(name), value):
            yield f"answer has {name}: {decision.response_headers.get(name)}, recorded {value}"


SPOKEN = {"HTTP": "http/1.1", "HTTPS": "https/http/1.1", "GRPC": "h2c", "GRPCS": "h2"}


def spoken(answer: dict[str, Any], rule: Rule | None) -> list[str]:
    """What the backend was spoken to in, where the recording says so."""
    recorded = answer.get("upstream", {}).get("protocol")
    ours = {SPOKEN.get(one.protocol) for one in getattr(rule and rule.action, "backends", ())}
    return [] if recorded is None or ours == {recorded} else [f"backend is spoken to in {ours}, recorded {recorded}"]


def _echoed(decision: Decision, request: Request, named: bool) -> int:
    """The test backends answer with the status that the query asks for, or X-Code; some are auth services."""
    if decision.status == 200 and decision.request_headers.get("x-code"):
        return int(decision.request_headers["x-code"] or 0)
    if named and decision.status == 200 and any("auth" in key.partition("/")[2] for key in decision.backends):
        return auth_service(external_auth.ExternalAuth(""), Exchange(request, 0)).status
    found = re.search(r"[?&]echo_status=(\d+)", request.path)
    return int(found[1]) if found and decision.backends and decision.status == 200 else decision.status


def _by_port(shares: dict[str, float], spellings: dict[str, str]) -> dict[str, float]:
    out: dict[str, float] = {}
    for key, share in shares.items():
        name = spellings.get(key, key)
        out[name] = out.get(name, 0) + share
    return out


def _upstream(seen: dict[str, Any], decision: Decision, request: Request) -> Iterator[str]:
    if decision.host != seen.get("host"):
        yield f"backend sees host {decision.host}, recorded {seen.get('host')}"
    if decision.path != seen.get("path"):
        yield f"backend sees path {decision.path}, recorded {seen.get('path')}"
    headers = upstream_headers(request, decision) | {"host": decision.host}
    for name, value in seen.get("headers", {}).items():
        if not _same(headers.get(name), value):
            yield f"backend sees {name}: {headers.get(name)}, recorded {value}"


def _same(ours: str | None, recorded: str | None) -> bool:
    if ours is None or recorded is None:
        return ours is recorded
    return re.sub(r",\s*", ",", ours.strip()) == re.sub(r",\s*", ",", recorded) or (recorded == "*" and bool(ours))


__all__ = ["Case", "Compiled", "Document", "cases", "compare", "compiled", "lines"]
