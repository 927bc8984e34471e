"""The two forms of an ingress class, and IngressClass objects: what every controller looks at first."""

from __future__ import annotations

from collections.abc import Iterator

from converter.reading.inventory import Document, Ingress, Inventory
from converter.reading.manifests import annotations_of

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def annotated_class(ingress: Ingress) -> str | None:
    """The old annotation; None where it is not there (an empty one is not nothing to some controllers)."""
    return ingress.annotations.get(CLASS_ANNOTATION)


def has_class(ingress: Ingress) -> bool:
    """True where either form is there, even with an empty value."""
    return ingress.class_name is not None or CLASS_ANNOTATION in ingress.annotations


def controller_of(document: Document) -> str:
    """`spec.controller` of an IngressClass."""
    spec = document.body.get("spec")
    value = spec.get("controller") if isinstance(spec, dict) else None
    return value if isinstance(value, str) else ""


def class_object(inventory: Inventory, name: str | None) -> Document | None:
    """The IngressClass of this name."""
    if name:
        for document in inventory.of("IngressClass"):
            if document.name == name:
                return document
    return None


def default_classes(inventory: Inventory) -> Iterator[Document]:
    """IngressClasses that take Ingresses without a class."""
    for document in inventory.of("IngressClass"):
        if annotations_of(document.body).get(DEFAULT_CLASS) == "true":
            yield document


def carries(ingress: Ingress, *prefixes: str) -> bool:
    """True where an annotation starts with one of these."""
    return any(key.startswith(prefixes) for key in ingress.annotations)
