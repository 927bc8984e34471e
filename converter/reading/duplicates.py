"""Objects that are in the input several times: the later one applies, as `kubectl apply` has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Fidelity, Location, Outcome
from converter.reading.inventory import Document
from converter.reading.relevant_kinds import TARGET_GROUPS, group

CORE = frozenset({"", "apps", "extensions", "networking.k8s.io", "discovery.k8s.io"}) | TARGET_GROUPS
"""Groups of Kubernetes itself and of the target: what is around the objects that are converted."""
Repeated = tuple[Document, Document]
"""One that does not apply, and the later one that does."""


def without_repeated(documents: dict[str, list[Document]]) -> list[Repeated]:
    """Leave the last object of each name, in the place of the first; returns what was taken out."""
    out: list[Repeated] = []
    for kind, some in documents.items():
        last = {_name(one): one for one in some}
        if len(last) < len(some):
            out += [(one, last[_name(one)]) for one in some if last[_name(one)] is not one]
            documents[kind] = list(last.values())
    return out


def _name(document: Document) -> tuple[str, str, str]:
    return group(document.api_version), document.namespace, document.name


def is_core(document: Document) -> bool:
    """False for custom resources, which may be converted themselves."""
    return group(document.api_version) in CORE


def repetition_note(location: Location) -> str:
    """What is said of one that is in the input again."""
    return f"is in the input again at {location}; the later one is used"


def repeated(words: str, same: bool, fidelity: Fidelity = Fidelity.MANUAL) -> Outcome:
    """What becomes of an object that does not apply. `fidelity`: where the two do not say the `same`."""
    if same:
        return Outcome.obsolete("input.duplicate-object", f"{words}, and both have the same content")
    return Outcome("input.duplicate-object", fidelity, words, "keep one, or convert them apart")


def duplicate_outcome(pair: Repeated) -> Outcome | None:
    """What a report says of it; None where nothing is lost but a copy of something that is not converted itself."""
    earlier, later = pair
    same = list(_essence(earlier)) == list(_essence(later))
    if same and is_core(earlier):
        return None
    fidelity = Fidelity.APPROXIMATE if is_core(earlier) else Fidelity.MANUAL
    return repeated(f"{earlier.ref} {repetition_note(later.location)}", same, fidelity)._replace(affects=frozenset())


def _essence(document: Document) -> Iterator[Any]:
    """What an object says, without what a server adds."""
    for key, value in sorted(document.body.items()):
        if key == "metadata" and isinstance(value, dict):
            yield (
                value.get("labels"),
                None if is_core(document) and document.kind != "IngressClass" else (value.get("annotations")),
            )
        elif key not in ("status", "apiVersion"):
            yield key, value
