"""A run made by hand, for tests of printers: printers never need the engine."""

from __future__ import annotations

from converter.model import (
    Example,
    Fidelity,
    FieldRef,
    Finding,
    InputStatus,
    Location,
    ObjectRef,
    ObjectStatus,
    Origin,
    Resource,
)
from converter.reporting.report import Report

WEB, API, OLD = (ObjectRef("Ingress", "shop", name) for name in ("web", "api", "old"))
PREFIX = "nginx.ingress.kubernetes.io/"
EXAMPLE = Example(
    {"method": "GET", "scheme": "https", "host": "shop.example.com", "path": "/API"},
    {"status": 200, "backends": {"shop/web:80": 1.0}, "upstream": {"host": "shop.example.com", "path": "/API"}},
    {"status": 404, "backends": {}},
)


def annotation(ref: ObjectRef, key: str, value: str, line: int) -> Origin:
    return Origin("annotation", PREFIX + key, value, Location(f"apps/{ref.name}.yaml", line, 5), ref)


def small() -> Report:
    """One finding of every kind, three objects, one broken file."""
    route = FieldRef("HTTPRoute", "shop", "web", "spec.rules[0].matches[0].path")
    findings = [
        Finding(
            "input.unreadable",
            Fidelity.UNKNOWN,
            "not YAML: a tab where a space is needed",
            Origin("file", "", "", Location("apps/bad.yaml", 3, 1)),
        ),
        Finding(
            "path",
            Fidelity.EXACT,
            "becomes a match",
            Origin(
                "field",
                "spec.rules[0].http.paths[0]",
                "shop.example.com/api (Prefix)",
                Location("apps/web.yaml", 14, 9),
                WEB,
            ),
            feature="path",
            fields=(route,),
        ),
        Finding(
            "regex.case",
            Fidelity.APPROXIMATE,
            "paths are compared with case",
            annotation(WEB, "use-regex", "true", 7),
            "list the spellings that you need",
            "regex",
            fields=(route,),
            affects=frozenset({"status"}),
            example=EXAMPLE,
        ),
        Finding(
            "feature.off",
            Fidelity.OBSOLETE,
            "has no effect: enable-cors does not turn the feature on",
            annotation(WEB, "cors-allow-origin", "*", 8),
            feature="cors",
        ),
        Finding(
            "snippet.raw",
            Fidelity.MANUAL,
            "raw nginx configuration is not carried over",
            annotation(API, "configuration-snippet", "deny all;\nreturn 403;\n", 6),
            "write what it does as a policy",
            "snippet",
            True,
        ),
        Finding(
            "waf.lost",
            Fidelity.UNSUPPORTED,
            "there is no web application firewall",
            annotation(API, "enable-modsecurity", "true", 7),
            "put a firewall in front",
            "waf",
            True,
        ),
        Finding(
            "annotation.unknown",
            Fidelity.UNKNOWN,
            "no meaning is known",
            annotation(API, "rewrite-taget", "/", 8),
            "did you mean rewrite-target?",
        ),
        Finding(
            "timeouts.read",
            Fidelity.APPROXIMATE,
            "60 s between reads become 60 s in all",
            annotation(API, "proxy-read-timeout", "60", 9),
            "raise it for streams",
            "timeouts",
            accepted="streams are on another host",
        ),
    ]
    objects = [
        ObjectStatus(WEB, Location("apps/web.yaml", 1, 1), "converted", "ingress-nginx", "nginx"),
        ObjectStatus(
            API,
            Location("apps/api.yaml", 1, 1),
            "withheld",
            "ingress-nginx",
            "nginx",
            "a protecting feature would be lost (waf)",
        ),
        ObjectStatus(
            OLD, Location("apps/old.yaml", 1, 1), "skipped", "", "", "no known controller serves class traefik"
        ),
    ]
    inputs = [
        InputStatus("apps/bad.yaml", 0, "failed", "not YAML: a tab where a space is needed (line 3)"),
        InputStatus("apps/web.yaml", 1),
        InputStatus("apps/api.yaml", 1),
        InputStatus("apps/old.yaml", 1),
        InputStatus("apps/notes.yaml", 0, "skipped", "empty"),
    ]
    resources = [
        Resource(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            "gateways",
            "nginx",
            {"kind": "Gateway"},
            (WEB,),
            "infrastructure/gateways/nginx.yaml",
        ),
        Resource(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "shop",
            "web",
            {"kind": "HTTPRoute"},
            (WEB,),
            "routes/shop/web.yaml",
        ),
    ]
    return Report(inputs, objects, findings, resources, "1.2.3")


def large(ingresses: int = 3000) -> Report:
    """Many Ingresses that share a few findings, as real estates do."""
    report = small()
    refs = [ObjectRef("Ingress", f"team-{number % 40}", f"app-{number}") for number in range(ingresses)]
    findings = list(report.findings)
    for number, ref in enumerate(refs):
        findings.append(
            Finding(
                "regex.case",
                Fidelity.APPROXIMATE,
                f"path {number} is compared with case",
                annotation(ref, "use-regex", "true", 7),
                "list the spellings that you need",
                "regex",
            )
        )
        findings += [
            Finding("path", Fidelity.EXACT, "becomes a match", annotation(ref, f"a{index}", "x", index), feature="path")
            for index in range(4)
        ]
        if number % 10 == 0:
            findings.append(
                Finding(
                    "auth.lost",
                    Fidelity.UNSUPPORTED,
                    f"auth {number} is lost",
                    annotation(ref, "auth-type", "digest", 8),
                    "use basic authentication",
                    "basic-auth",
                    True,
                )
            )
    objects = [
        ObjectStatus(ref, Location(f"apps/{ref.name}.yaml", 1, 1), "converted", "ingress-nginx", "nginx")
        for ref in refs
    ]
    objects += [
        ObjectStatus(
            ObjectRef("Ingress", "x", f"gce-{number}"),
            Location(f"gce/{number}.yaml", 1, 1),
            "skipped",
            "",
            "",
            "no known controller serves class gce",
        )
        for number in range(50)
    ]
    return Report(report.inputs, objects, findings, report.resources, "1.2.3")
