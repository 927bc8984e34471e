"""What parts of the output for other readers (cert-manager, external-dns, GitOps tools) need at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from converter.model import Location, ObjectRef, Origin, Outcome, Resource
from converter.packs.features import load_yaml, mappings_dir
from converter.reading.inventory import Ingress
from converter.targets.context import Context


class IngressesByRef(dict[ObjectRef, Ingress]):
    """The Ingresses of the input."""


class RouteLabels(dict[ObjectRef, list[dict[str, str]]]):
    """Ingress -> the labels of each of its routes."""


def ingresses(context: Context) -> Iterable[Ingress]:
    """All Ingresses of the input."""
    return context.inventory.ingresses


def ingress_of(context: Context, ref: ObjectRef | None) -> Ingress | None:
    """The Ingress of this name."""
    every = context.inventory.ingresses
    known = context.output.shared.of(IngressesByRef, lambda: IngressesByRef((one.ref, one) for one in every))
    return known.get(ref) if ref is not None else None


@lru_cache
def _marks() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    rows: dict[str, str] = load_yaml(mappings_dir() / "consumers" / "gitops.yaml")["labels"]
    exact = {key: reason for key, reason in rows.items() if not key.endswith("*")}
    below = tuple((key[:-1], reason) for key, reason in rows.items() if key.endswith("*"))
    return exact, below


@lru_cache(maxsize=4096)
def mark(label: str) -> str:
    """Why a label must not be copied to other objects; "" where it may be."""
    exact, below = _marks()
    return exact.get(label) or next((reason for head, reason in below if label.startswith(head)), "")


def copied_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that other objects may carry too."""
    return {key: value for key, value in labels.items() if not mark(key)}


def add_labels(resource: Resource, owners: Iterable[ObjectRef], context: Context) -> None:
    """The labels that all owners of a route have in common; the others are noted and said to be dropped."""
    found = [one.labels for one in (ingress_of(context, ref) for ref in owners) if one is not None]
    if not any(found):
        return
    kept = {key: value for key, value in copied_labels(found[0]).items() if all(one.get(key) == value for one in found)}
    if kept:
        metadata = resource.body["metadata"]
        resource.body["metadata"] = {
            **{key: metadata[key] for key in ("name", "namespace") if key in metadata},
            "labels": {**kept, **metadata.get("labels", {})},
            **{key: value for key, value in metadata.items() if key not in ("name", "namespace", "labels")},
        }
    labels = context.output.shared.of(RouteLabels, RouteLabels)
    for ref in owners:
        labels.setdefault(ref, []).append(kept)


def settle_labels(context: Context) -> None:
    """Say which labels of an Ingress are on none of its routes, or not on all of them."""
    for ref, written in context.output.shared.of(RouteLabels, RouteLabels).items():
        ingress = ingress_of(context, ref)
        for key, value in ingress.labels.items() if ingress is not None else ():
            if all(key in labels for labels in written):
                continue
            origin = Origin(
                "field", f"metadata.labels[{key}]", value, ingress.location() if ingress else Location(""), ref
            )
            reason = mark(key)
            words = (
                f"is not copied to the routes: {reason}"
                if reason
                else ("is not copied to every route: others that share the route have another value or none")
            )
            context.ledger.settle(origin, Outcome.obsolete("metadata.label", words), "metadata")
