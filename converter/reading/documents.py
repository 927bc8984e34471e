"""Documents to inventory: each object to its place, each mistake to a finding of its own."""

from __future__ import annotations

import os
from typing import Any

from converter.model import Fidelity, Location, ObjectRef, ObjectStatus, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.chart_values import of_object, values_file
from converter.reading.completeness import Completeness
from converter.reading.decode import guessed_name, kind_line
from converter.reading.duplicates import duplicate_outcome, is_core, repeated, repetition_note, without_repeated
from converter.reading.export_header import API_VERSION, KIND, read_header
from converter.reading.ingress import read_ingress
from converter.reading.inventory import Document, Ingress, IngressRule, Inventory
from converter.reading.load import Broken
from converter.reading.makers import note_makers
from converter.reading.positioned import DocumentError, Map, Seq
from converter.reading.relevant_kinds import CHART_KINDS, CLUSTER_SCOPED, INGRESS_VERSIONS, group, is_unrendered, wanted
from converter.reading.secret_data import needed_data
from converter.reading.services import read_service
from converter.reading.shapes import misshapen
from converter.reading.typed_reader import DROPPED, REFUSED_TODAY, FieldProblem, Reader, shown
from converter.reading.unrendered import (
    KUSTOMIZE_FILES,
    findings,
    kustomization,
    patch_files,
    values_findings,
)
from converter.reading.yaml_events import Loaded

_FIDELITY = {REFUSED_TODAY: Fidelity.APPROXIMATE, DROPPED: Fidelity.OBSOLETE}


class Collector:
    """Puts objects into an inventory; `statuses` are of the Ingresses that are not in it."""

    def __init__(self, options: Options, ledger: Ledger) -> None:
        self.options, self.ledger = options, ledger
        self.inventory = Inventory(completeness=Completeness(options.complete))
        self.statuses: list[ObjectStatus] = []
        self.seen: dict[ObjectRef, Ingress] = {}
        self.gone: set[int] = set()
        self.count = 0
        self.namespace = options.namespace
        """Of objects that name none, in the file at hand."""
        self.rendered: frozenset[ObjectRef] = frozenset()
        """Objects that install a chart which was rendered, so that what it makes is read."""
        self.patches: set[str] = set()
        """Files that a kustomization.yaml names as patches."""

    def finished(self) -> Inventory:
        """The inventory, once everything is in it."""
        if self.gone:
            left = [one for one in self.inventory.ingresses if id(one) not in self.gone]
            self.inventory.ingresses = sorted(left, key=lambda one: one.index)
        for earlier, later in without_repeated(self.inventory.documents):
            outcome = duplicate_outcome((earlier, later))
            origin = Origin("file", "", str(earlier.ref), earlier.location)
            if not is_core(earlier):
                status = ObjectStatus(earlier.ref, earlier.location, "skipped", reason=repetition_note(later.location))
                self.statuses.append(status)
                origin = earlier.object_fact
            if outcome is not None:
                self._find(origin, outcome)
        note_makers(self.inventory)
        return self.inventory

    def broken(self, path: str, broken: Broken) -> None:
        """A document that could not be read at all."""
        error, text = broken.error, broken.chunk.text
        location = Location(path, error.line, error.column)
        outcome = Outcome.unknown("input.broken", error.message, error.hint)
        if broken.template:
            outcome = Outcome.unknown("template.unrendered", error.message, error.hint)
        elif "kind" not in text:
            words = f"{error.message}; it names no kind, so it is not a Kubernetes object"
            outcome = Outcome.obsolete("input.broken", words, error.hint)
        self._find(Origin("file", "", "", location), outcome)
        if kind_line(text) == "Ingress":
            name, namespace = guessed_name(text), guessed_name(text, "namespace")
            where = self.namespace if "{" in namespace else namespace or self.namespace
            ref = ObjectRef("Ingress", where, "(unrendered)" if "{" in name else name)
            self.statuses.append(ObjectStatus(ref, location, "failed", reason=error.message))

    def loaded(self, path: str, loaded: Loaded) -> None:
        """A document that could be read."""
        if loaded.foreign or not isinstance(loaded.value, Map):
            return
        if path.rpartition("/")[2] in KUSTOMIZE_FILES and "metadata" not in loaded.value:
            self._find(*kustomization(loaded.value, path))
            self.patches.update(map(os.path.normpath, patch_files(loaded.value, path)))
        elif "kind" not in loaded.value:
            self._values(path, loaded.value)
        else:
            self._object(path, loaded.value, loaded.problems)

    def _object(self, path: str, body: Map, duplicates: list[DocumentError]) -> None:
        kind, version = body.get("kind"), body.get("apiVersion")
        if not isinstance(kind, str):
            return
        if kind.endswith("List") and isinstance(body.get("items"), Seq):
            self._list(path, body, kind, duplicates)
        elif kind == "Ingress":
            self._ingress(path, body, version, duplicates)
        elif (version, kind) == (API_VERSION, KIND):
            for origin, outcome in read_header(body, path, self.inventory.completeness):
                self._find(origin, outcome)
        elif isinstance(version, str) and is_unrendered(version, kind):
            self._installed(path, body, kind, version)
        elif isinstance(version, str) and wanted(version, kind):
            for error in duplicates:
                words = f"{error.message} in a {kind}: Kubernetes rejects it; the last value is used here"
                origin = Origin("file", "", "", Location(path, error.line, error.column))
                outcome = Outcome.approximate("input.duplicate-key", words, "keep one of the two")
                self._find(origin, outcome)
            self._other(path, body, kind, version)

    def _values(self, path: str, body: Map) -> None:
        """A values file of a chart, or something else that is no object."""
        chart = values_file(body, path)
        chart.unread = list(values_findings(body, path))
        self.inventory.charts.append(chart)

    def _installed(self, path: str, body: Map, kind: str, version: str) -> None:
        """An object that installs a chart, or one of another controller."""
        unread = list(findings(body, kind, version, path, self.namespace))
        if unread[0][0].object in self.rendered:
            return
        releases = list(of_object(body, kind, path, self.namespace)) if kind in CHART_KINDS else []
        for chart in releases:
            chart.unread = unread
        self.inventory.charts += releases
        if not releases:
            self._unrendered(unread)

    def _unrendered(self, found: list[tuple[Origin, Outcome]]) -> None:
        """Findings about one object of a kind that is not read."""
        for origin, outcome in found:
            self._find(origin, outcome)
        origin, outcome = found[0]
        if origin.object is not None:
            self.statuses.append(ObjectStatus(origin.object, origin.location, "skipped", reason=outcome.message))

    def _list(self, path: str, body: Map, kind: str, duplicates: list[DocumentError]) -> None:
        """Items of `List` and of `IngressList` (whose items may leave kind and apiVersion out)."""
        items: Seq = body["items"]
        for index, item in enumerate(items):
            if not isinstance(item, Map):
                continue
            for field, value in (("kind", kind.removesuffix("List")), ("apiVersion", body.get("apiVersion"))):
                if kind != "List" and item.get(field) is None and isinstance(value, str):
                    item[field], item.at[field] = value, item.pos
            after = items.at[index + 1] if index + 1 < len(items) else (1 << 60, 0)
            inside = [error for error in duplicates if item.pos <= (error.line, error.column) < after]
            self._object(path, item, inside)

    def _ingress(self, path: str, body: Map, version: Any, duplicates: list[DocumentError]) -> None:
        old = INGRESS_VERSIONS.get(version) if isinstance(version, str) else None
        reader = Reader(body.pos)
        for error in duplicates:
            words = f"{error.message}: Kubernetes refuses the object, and the first value would be lost"
            reader.refuse("", words, (error.line, error.column), "", "keep one of the two")
        if old is None:
            self._not_ours(path, body, version)
            return
        ingress = read_ingress(body, path, old, reader, self.namespace)
        fatal = [problem for problem in reader.problems if problem.fatal]
        for problem in reader.problems:
            self._problem(ingress, problem)
        if fatal:
            status = ObjectStatus(ingress.ref, ingress.location(fatal[0].at), "failed", reason=fatal[0].message)
            self.statuses.append(status)
            return
        if old:
            words = f"upgraded from {version} to networking.k8s.io/v1 as the API server did"
            origin = ingress.fact("apiVersion", str(version), body.at["apiVersion"])
            self._find(origin, Outcome.exact("ingress.upgraded", words))
        self._keep(ingress)

    def _keep(self, ingress: Ingress) -> None:
        """Of two objects with one name the later one applies, as `kubectl apply` has it; the first one gives the
        age."""
        earlier = self.seen.get(ingress.ref)
        if earlier is not None and _is_patch(ingress) and not _is_patch(earlier):
            words = f"has no rules of its own beside {earlier.ref} at {earlier.location()}: a patch, which is not read"
            hint = "render it and convert what comes out, as with kustomize build"
            self._find(ingress.object_fact, Outcome.manual("ingress.patch", words, hint))
            self.statuses.append(ObjectStatus(ingress.ref, ingress.location(), "skipped", reason=words))
            return
        if earlier is not None:
            self.gone.add(id(earlier))
            self._replaced(earlier, ingress)
        ingress.index = self.count if earlier is None else earlier.index
        self.count += 1
        self.seen[ingress.ref] = ingress
        self.inventory.ingresses.append(ingress)

    def _replaced(self, earlier: Ingress, later: Ingress) -> None:
        same = _essence(earlier) == _essence(later)
        words = f"{earlier.ref} {repetition_note(later.location())}"
        self._find(earlier.object_fact, repeated(words, same))
        self.statuses.append(ObjectStatus(earlier.ref, earlier.location(), "skipped", reason=words))

    def _not_ours(self, path: str, body: Map, version: Any) -> None:
        location = Location(path, *body.at.get("apiVersion", body.pos))
        meta = body.get("metadata")
        name = meta.get("name") if isinstance(meta, Map) else None
        namespace = meta.get("namespace") if isinstance(meta, Map) else None
        ref = ObjectRef("Ingress", str(namespace or self.namespace), str(name or ""))
        if not isinstance(version, str):
            words = "apiVersion is missing" if version is None else "apiVersion must be text"
            outcome = Outcome.unknown("ingress.refused", words, "give networking.k8s.io/v1")
        elif group(version) in ("networking.k8s.io", "extensions"):
            words = f"no cluster ever served an Ingress of {version}"
            outcome = Outcome.unknown("ingress.refused", words, "give networking.k8s.io/v1")
        else:
            words = f"{version} is another API: its Ingress is not the one of Kubernetes and is not converted"
            outcome = Outcome.obsolete("ingress.foreign-group", words)
        self._find(Origin("object", "", str(version or ""), location, ref), outcome)
        status = "skipped" if outcome.code == "ingress.foreign-group" else "failed"
        self.statuses.append(ObjectStatus(ref, location, status, reason=words))

    def _other(self, path: str, body: Map, kind: str, version: str) -> None:
        meta = body.get("metadata")
        name = meta.get("name") if isinstance(meta, Map) else None
        if not isinstance(meta, Map) or not isinstance(name, str):
            return
        given = meta.get("namespace")
        namespace = given if isinstance(given, str) and given else self.namespace
        if self._refused(path, body, ObjectRef(kind, namespace, name)):
            return
        if kind == "Service":
            self.inventory.services[namespace, name] = read_service(body, path, namespace, name)
            return
        if kind in CLUSTER_SCOPED:
            namespace = ""
        document = Document(
            kind, version, namespace, name, needed_data(body) if kind == "Secret" else body, Location(path, *body.pos)
        )
        self.inventory.documents.setdefault(kind, []).append(document)

    def _refused(self, path: str, body: Map, ref: ObjectRef) -> bool:
        """True, and reported, where no API server would hold the object: it is left out."""
        found = misshapen(body, ref.kind)
        if found is None:
            return False
        origin = Origin("field", found.field, shown(found.value), Location(path, *found.at), ref)
        words = f"{found.message}: Kubernetes refuses the {ref.kind}, so it is left out here"
        code = "template.unrendered" if found.template else "object.refused"
        self._find(origin, Outcome.unknown(code, words, "correct the field"))
        return True

    def _problem(self, ingress: Ingress, problem: FieldProblem) -> None:
        fidelity = _FIDELITY.get(problem.code, Fidelity.UNKNOWN)
        outcome = Outcome(problem.code, fidelity, problem.message, problem.hint, affects=frozenset())
        self._find(ingress.fact(problem.field, problem.value, problem.at), outcome)

    def _find(self, origin: Origin, outcome: Outcome) -> None:
        self.ledger.settle(origin, outcome)


def _is_patch(ingress: Ingress) -> bool:
    return not ingress.rules and ingress.default_backend is None


def _essence(ingress: Ingress) -> tuple[Any, ...]:
    """What an Ingress says, without where it says it."""

    def backend(one: Any) -> Any:
        return one and (one.service, one.port, one.resource)

    def paths(rule: IngressRule) -> Any:
        return rule.paths and [(path.path, path.path_type, backend(path.backend)) for path in rule.paths]

    rules = [(rule.host, paths(rule)) for rule in ingress.rules]
    tls = [(tuple(block.hosts), block.secret) for block in ingress.tls]
    return ingress.annotations, ingress.class_name, rules, tls, backend(ingress.default_backend)
