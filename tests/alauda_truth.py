"""Scenarios of Alauda ALB: input with its stand-ins, recorded answers, generated policies."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.reading import read
from converter.reading.facts import facts
from converter.routing.decide import decide
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.table import RoutingTable
from converter.sources.registry import source
from tests.shared_data import ANSWERS, SHARED

SCENARIOS = ANSWERS / "alauda-alb"
CORPUS = ANSWERS / "alauda-alb-corpus"
AUTH_SERVER = "http://127.20.0.1:80/oracle-auth"
BACKEND_HEADERS = {"x-powered-by": "echo/1", "x-backend-version": "v7"}


def scenarios() -> list[Path]:
    """Folders of the scenarios that were made for this project."""
    return sorted(one for one in SCENARIOS.iterdir() if (one / "input.yaml").is_file()) if SCENARIOS.is_dir() else []


def corpus_stems() -> list[str]:
    """Files of the corpus with a recorded policy."""
    names = sorted(one.name for one in CORPUS.glob("*.policy.json")) if CORPUS.is_dir() else []
    return [name.removesuffix(".policy.json") for name in names]


class Compiled:
    """What the source makes of an input."""

    def __init__(self, paths: list[str], domain: str = "cpaas.io") -> None:
        self.stubs = len(paths) > 1
        self.options = Options(alb_domain=domain, source="alauda-alb", complete=True)
        self.ledger = Ledger()
        inventory, _ = read(paths, self.options, self.ledger)
        self.inventory = inventory
        for ingress in inventory.ingresses:
            self.ledger.expect(facts(ingress))
        compiled = source("alauda-alb").compile(inventory.ingresses, inventory, self.ledger, self.options)
        self.tables, self.statuses = compiled.tables, compiled.statuses

    def table(self, name: str = "") -> RoutingTable:
        """The table of an ALB; without a name there is one."""
        return next(table for table in self.tables if table.entry == name or not name)

    def answer(self, line: dict[str, Any]) -> Decision:
        """What the table says to a recorded request."""
        return decide(self.table(line["request"].get("entry", "")), asked(line["request"], self.backends()))

    def backends(self) -> tuple[str, ...]:
        """Keys of every backend."""
        return _backends(tuple(map(id, self.tables)), self)


@lru_cache
def _backends(_key: tuple[int, ...], compiled: Compiled) -> tuple[str, ...]:
    found = set()
    for table in compiled.tables:
        for _, _, rule in table.rules():
            found |= {backend.key for backend in getattr(rule.action, "backends", ())}
    return tuple(sorted(found))


def asked(data: dict[str, Any], backends: tuple[str, ...]) -> Request:
    """The request with what the test's own servers answered (README of the recordings)."""
    request = Request.from_json(data)
    sent = {name.lower(): value for name, value in (data.get("headers") or {}).items()}
    echo: dict[str, Any] = {"headers": dict(BACKEND_HEADERS)}
    if "x-echo-status" in sent:
        echo["status"] = int(sent["x-echo-status"])
    if "x-echo-headers" in sent:
        echo["headers"] |= {name.lower(): value for name, value in json.loads(sent["x-echo-headers"]).items()}
    given = dict.fromkeys(backends, echo)
    given[AUTH_SERVER] = _auth(sent.get("x-auth-token"))
    return request._replace(source=request.source or "127.0.0.1", situation=request.situation.with_given(given))


def _auth(given: str | None) -> dict[str, Any]:
    if given == "good":
        return {"status": 200, "headers": {"X-Auth-User": "alice", "X-Auth-Role": "dev"}}
    if given in ("forbidden", "broken"):
        return {"status": 403 if given == "forbidden" else 500}
    return {"status": 401, "headers": {"WWW-Authenticate": "Bearer realm=x"}}


def scenario(case: Path) -> Compiled:
    """One scenario."""
    policy = json.loads((case / "policy.json").read_text())
    domain = policy.get("domain") or next(iter(policy.values()))["domain"]
    return Compiled([str(case / "input.yaml")], domain)


def corpus_case(stem: str, folder: Path) -> Compiled:
    """One file of the corpus with its stand-ins."""
    path = SHARED / "corpus" / "alauda" / f"{stem}.yaml"
    paths = [str(path)]
    stubs = CORPUS / f"{stem}.stubs.json"
    if stubs.is_file():
        extra = folder / "stubs.yaml"
        extra.write_text(yaml.safe_dump_all(json.loads(stubs.read_text())["added"]))
        paths.append(str(extra))
    domain = json.loads((CORPUS / f"{stem}.policy.json").read_text())["domain"]
    text = path.read_text()
    written = any(
        f"{head}.{domain}/" in text for head in ("alb2", "alb.ingress", "alb.networking")
    )  # else the stand-ins decide, which are of cpaas.io
    return Compiled(paths, domain if written else "cpaas.io")


def result_of(compiled: Compiled) -> Result:
    """For helpers that want a result."""
    return Result(compiled.inventory, compiled.options, compiled.ledger, compiled.tables)
