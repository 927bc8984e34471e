"""The resources to read, indexed once: by kind, by name, and by age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from converter.model import Location, ObjectRef, Origin
from converter.reading.manifests import labels_of, mapping, mappings

Body = dict[str, Any]

GATEWAY_GROUP = "gateway.networking.k8s.io"
ENVOY_GROUP = "gateway.envoyproxy.io"
CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"


class Manifest(NamedTuple):
    """One object as written, wherever it came from."""

    kind: str
    namespace: str
    name: str
    body: Body
    location: Location
    rules: Mapping[str, Any]
    """Of a route that was converted: `rules[0]` or `rules[0].matches[1]` -> the routing rule that it was made from."""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.kind, self.namespace, self.name)

    @property
    def spec(self) -> Body:
        """`spec`, or an empty mapping."""
        return mapping(self.body.get("spec"))

    @property
    def group(self) -> str:
        """The API group."""
        return text(self.body.get("apiVersion")).rpartition("/")[0]

    @property
    def labels(self) -> Body:
        """`metadata.labels`."""
        return labels_of(self.body)

    @property
    def age(self) -> tuple[str, str, str]:
        """What the older of two objects is found by: creation time, then namespace, then name.

        envoy-gateway: internal/gatewayapi/resource/resource.go Sort (`team` before `team-b`, whatever a `/` sorts to).
        """
        created = mapping(self.body.get("metadata")).get("creationTimestamp")
        return str(created) if created else "", self.namespace, self.name

    def origin(self, key: str, value: str) -> Origin:
        """The fact that a field of this object is."""
        return Origin("field", key, value, self._place(key), self.ref)

    def _place(self, key: str) -> Location:
        """Line and column of the deepest part of `spec.rules[0].matches[1]` that has a position."""
        node: Any = self.body
        found = self.location
        for part in key.replace("[", ".[").split("."):
            step: Any = int(part[1:-1]) if part.startswith("[") else part
            at = getattr(node, "at", None)
            try:
                found = Location(self.location.path, *at[step]) if at is not None else found
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
        return found


def sequence(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def texts(value: Any) -> tuple[str, ...]:
    """The items of a list as text."""
    return tuple(text(one) for one in sequence(value))


def text(value: Any, default: str = "") -> str:
    """The value as text; the default where there is none."""
    return default if value is None else str(value)


def number(value: Any, default: int = 0) -> int:
    """The value as a whole number; the default where it is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


class Store:
    """All manifests of one reading."""

    def __init__(self, documents: Iterable[Any], namespace: str = "default") -> None:
        self.by_kind: dict[str, list[Manifest]] = {}
        self._by_name: dict[tuple[str, str, str], Manifest] = {}
        for document in documents:
            manifest = _manifest(document, namespace)
            if manifest is not None and (manifest.kind, manifest.namespace, manifest.name) not in self._by_name:
                self._by_name[manifest.kind, manifest.namespace, manifest.name] = manifest
                self.by_kind.setdefault(manifest.kind, []).append(manifest)
        for known in self.by_kind.values():
            known.sort(key=lambda one: one.age)

    def of(self, kind: str) -> list[Manifest]:
        """All of a kind, the oldest first, then by `namespace/name`."""
        return self.by_kind.get(kind, [])

    def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """One by its name."""
        return self._by_name.get((kind, namespace, name))


_CLUSTER_SCOPED = frozenset(("GatewayClass", "Namespace", "ClusterTrustBundle"))


def _manifest(document: Any, namespace: str) -> Manifest | None:
    body = document if isinstance(document, dict) else getattr(document, "body", None)
    if not isinstance(body, dict):
        return None
    metadata = mapping(body.get("metadata"))
    kind, name = text(body.get("kind")), text(metadata.get("name"))
    if not kind or not name:
        return None
    space = "" if kind in _CLUSTER_SCOPED else text(metadata.get("namespace")) or namespace
    location = getattr(document, "location", None)
    if not isinstance(location, Location):
        location = Location(getattr(document, "file", "") or "")
    return Manifest(kind, space, name, body, location, getattr(document, "rule_origins", None) or {})


def selects(selector: Any, labels: Body) -> bool:
    """Whether a label selector takes these labels (an empty one takes everything)."""
    selector = mapping(selector)
    if any(labels.get(key) != value for key, value in mapping(selector.get("matchLabels")).items()):
        return False
    return all(_fulfils(one, labels) for one in mappings(selector.get("matchExpressions")))


def _fulfils(expression: Body, labels: Body) -> bool:
    key, values = text(expression.get("key")), sequence(expression.get("values"))
    operator = expression.get("operator")
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) == (operator == "Exists")
