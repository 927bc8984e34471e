"""The facts of an Ingress: everything that must end in a finding."""

from __future__ import annotations

from sys import intern

from converter.model import Origin
from converter.reading.inventory import Ingress


def facts(ingress: Ingress) -> list[Origin]:
    """Annotations, class, paths, certificates and default backend of one Ingress, in the order of the manifest."""
    out = [ingress.annotation(key) for key in ingress.annotations]
    if ingress.class_name is not None:
        out.append(class_fact(ingress))
    if ingress.default_backend is not None:
        out.append(default_backend_fact(ingress))
    out += [tls_fact(ingress, index) for index in range(len(ingress.tls))]
    for number, rule in enumerate(ingress.rules):
        out += [ingress.path_fact(number, index) for index in range(len(rule.paths or ()))]
        if not rule.paths:
            out.append(rule_fact(ingress, number))
    return out


def class_fact(ingress: Ingress) -> Origin:
    """`spec.ingressClassName`."""
    return ingress.fact("spec.ingressClassName", ingress.class_name or "", ingress.class_at)


def default_backend_fact(ingress: Ingress) -> Origin:
    """`spec.defaultBackend`."""
    backend = ingress.default_backend
    value = f"{backend.service or backend.resource}:{backend.port}" if backend else ""
    return ingress.fact("spec.defaultBackend", value, backend.at if backend else None)


def tls_fact(ingress: Ingress, index: int) -> Origin:
    """`spec.tls[index]`."""
    block = ingress.tls[index]
    return ingress.fact(
        intern(f"spec.tls[{index}]"), f"{block.secret or '(no secret)'}: {', '.join(block.hosts)}", block.at
    )


def rule_fact(ingress: Ingress, index: int) -> Origin:
    """A rule that has no paths (its host alone is a fact)."""
    rule = ingress.rules[index]
    return ingress.fact(f"spec.rules[{index}]", rule.host or "*", rule.at)
