"""Projects that are given port by port: which namespaces may use which port.

alb: controller/alb2.go:16-66 (labels of Frontends), controller/common.go:93-167 (ranges of `portProjects`),
ingress/ingress_select.go:58-92 (what an Ingress needs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.reading.manifests import mappings
from converter.routing.table import Feature
from converter.sources.alauda_alb.label_names import LabelNames
from converter.sources.alauda_alb.resources import ALL, Alb, Frontend, json_data, labels

_PORT = re.compile("[0-9]{1,5}")
SETTINGS = ("spec.config.projects", "spec.config.enablePortProject", "spec.config.portProjects")


def given_by_port(alb: Alb, keys: LabelNames) -> bool:
    """True where the role of the ALB2 is not that of an instance: its own list of projects has no effect."""
    return alb.document is not None and labels(alb.document).get(keys.role, "") not in ("", "instance")


def projects_of(frontend: Frontend, keys: LabelNames) -> list[str]:
    """Projects by labels of a Frontend, once each."""
    out: dict[str, None] = {}
    for key, value in labels(frontend.document).items() if frontend.document else ():
        if key == f"{keys.projects}name":
            out[value] = None
        elif key.startswith(keys.projects) and value == "true":
            out[key.removeprefix(keys.projects)] = None
    return list(out)


def projects_of_port(alb: Alb, frontend: Frontend, keys: LabelNames) -> list[str]:
    """By labels; where the controller has not written them yet, by the ranges of the ALB2."""
    found = projects_of(frontend, keys)
    if found:
        return found
    return next((names for low, high, names in _ranges(alb) if low <= frontend.port <= high), [])


def _ranges(alb: Alb) -> Iterator[tuple[int, int, list[str]]]:
    """`[{"port": "8080-8090", "projects": ["a"]}]`, a JSON text."""
    for one in mappings(json_data(alb.config.get("portProjects"), list)):
        if not isinstance(one.get("projects"), list):
            continue
        low, dash, high = str(one.get("port", "")).partition("-")
        if _PORT.fullmatch(low) and (_PORT.fullmatch(high) or not dash):
            yield int(low), int(high or low), [name for name in one["projects"] if isinstance(name, str)]


def port_feature(alb: Alb, frontend: Frontend, keys: LabelNames, ledger: Ledger) -> Feature | None:
    """What the listeners of the port ask of namespaces; None where the projects of the ALB2 decide."""
    found = frontend.facts.found if frontend.facts else {}
    origins = tuple(origin for path, origin in found.items() if path.startswith("metadata.labels.project."))
    if not given_by_port(alb, keys):
        for origin in origins:
            words = "has no effect: the ALB2 has the role instance, so its own projects decide"
            ledger.settle(origin, Outcome.obsolete("allowed-namespaces.no-effect", words), "allowed-namespaces")
        return None
    projects = projects_of_port(alb, frontend, keys)
    origins = origins or alb.taken("spec.config.portProjects")
    if not projects or not origins:
        return None
    values = () if ALL in projects else tuple(projects)
    return Feature("allowed-namespaces", {"label": keys.project, "values": values}, origins)


def settle_by_port(alb: Alb, keys: LabelNames, ledger: Ledger) -> None:
    """The settings of the ALB2 about projects, where ports or the role make something else of them."""
    if alb.facts is None:
        return
    role = tuple(origin for path, origin in alb.facts.found.items() if path.endswith("/role"))
    if not given_by_port(alb, keys):
        words = "the projects of the ALB2 decide which namespaces it serves"
        for origin in role:
            ledger.settle(origin, Outcome.exact("allowed-namespaces.kept", words), "allowed-namespaces")
        words = "limits the ports that a project may open in the console; routes open no ports"
        for origin in alb.facts.take(*SETTINGS[1:]):
            ledger.settle(origin, Outcome.obsolete("allowed-namespaces.console", words), "allowed-namespaces")
        return
    words = "has no effect: the role of the ALB2 gives projects by port"
    for origin in alb.facts.take(SETTINGS[0]):
        ledger.settle(origin, Outcome.obsolete("allowed-namespaces.no-effect", words), "allowed-namespaces")
    words = "projects are given by port: each listener takes routes of the projects of its port"
    for origin in (*role, *alb.facts.take(*SETTINGS[1:])):
        ledger.settle(origin, Outcome.exact("allowed-namespaces.by-port", words), "allowed-namespaces")
