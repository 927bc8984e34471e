"""ReferenceGrants: which references across namespaces are allowed."""

from __future__ import annotations

from converter.reading.manifests import mappings
from converter.targets.resources import Store, text

Key = tuple[str, str, str, str]


class Grants:
    """All grants, by the namespace that gives them and by who may refer to what."""

    def __init__(self, store: Store) -> None:
        self._names: dict[tuple[str, Key], set[str]] = {}
        for grant in store.of("ReferenceGrant"):
            for giver in mappings(grant.spec.get("from")):
                who = (text(giver.get("group")), text(giver.get("kind")), text(giver.get("namespace")))
                for target in mappings(grant.spec.get("to")):
                    key = (grant.namespace, (*who, text(target.get("kind"))))
                    self._names.setdefault(key, set()).add(text(target.get("name")))

    def permit(self, referrer: tuple[str, str, str], target: tuple[str, str, str]) -> bool:
        """Whether an object of this group, kind and namespace may refer to that kind, namespace and name."""
        kind, namespace, name = target
        if referrer[2] == namespace:
            return True
        names = self._names.get((namespace, (*referrer, kind)), ())
        return "" in names or name in names
