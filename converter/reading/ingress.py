"""One Ingress out of its document, as the API server would take it.

Rules from k8s: pkg/apis/networking/validation/validation.go. What it refuses and no cluster can hold costs the object;
what only present validation refuses is kept, because older objects look like that and controllers serve them.
"""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern
from typing import Any

from converter.reading.ingress_backend import read_backend
from converter.reading.inventory import At, Ingress, IngressPath, IngressRule, IngressTls
from converter.reading.manifests import mapping, mappings
from converter.reading.metadata import read_metadata
from converter.reading.names import is_address, is_host, is_subdomain
from converter.reading.positioned import Map, Seq
from converter.reading.typed_reader import Reader
from converter.reading.upgrade import upgrade

_TOP = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
_SPEC = frozenset({"ingressClassName", "defaultBackend", "tls", "rules"})
_TLS = frozenset({"hosts", "secretName"})
_RULE = frozenset({"host", "http"})
_HTTP = frozenset({"paths"})
_PATH = frozenset({"path", "pathType", "backend"})
_INVALID_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_INVALID_ENDS = ("/..", "/.")


def read_ingress(body: Map, file: str, old: bool, reader: Reader, default_namespace: str) -> Ingress:
    """The Ingress; problems are in the reader, and the caller decides by them whether it counts."""
    reader.dropped(body, _TOP, "")
    meta = read_metadata(body, reader, default_namespace)
    version = str(body.get("apiVersion"))
    ingress = Ingress(
        meta.namespace,
        meta.name,
        file,
        body.pos,
        version,
        meta.annotations,
        meta.annotations_at,
        meta.labels,
        created=meta.created,
        namespace_given=meta.namespace_given,
        owners=meta.owners,
        addresses=tuple(_addresses(body.get("status"))),
    )
    spec = reader.map(body, "spec", "")
    if spec is None:
        if body.get("spec") is None:
            reader.refused_today(
                "spec", "spec is missing: neither rules nor defaultBackend", reader.place(body, "spec")
            )
        return ingress
    if old:
        upgrade(spec, reader)
    _read_spec(spec, ingress, reader)
    return ingress


def _addresses(status: Any) -> Iterator[str]:
    """Of a live object; a manifest has none, and one of another shape says nothing."""
    for one in mappings(mapping(mapping(status).get("loadBalancer")).get("ingress")):
        yield from (str(one[key]) for key in ("ip", "hostname") if one.get(key))


def _read_spec(spec: Map, ingress: Ingress, reader: Reader) -> None:
    reader.dropped(spec, _SPEC, "spec")
    if spec.get("ingressClassName") is not None:
        name = reader.text(spec, "ingressClassName", "spec")
        ingress.class_name, ingress.class_at = name, spec.at["ingressClassName"]
        if not is_subdomain(name) and not reader.unrendered(name, "spec.ingressClassName", ingress.class_at):
            reader.refuse("spec.ingressClassName", "spec.ingressClassName must be a DNS name", ingress.class_at, name)
    if spec.get("defaultBackend") is not None:
        ingress.default_backend = read_backend(spec, "defaultBackend", "spec", reader)
    for index, item in enumerate(reader.seq(spec, "tls", "spec")):
        _tls(item, index, spec, ingress, reader)
    for index, item in enumerate(reader.seq(spec, "rules", "spec")):
        _rule(item, index, spec, ingress, reader)
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        reader.refused_today("spec", "either defaultBackend or rules must be given", spec.pos)


def _tls(item: Any, index: int, spec: Map, ingress: Ingress, reader: Reader) -> None:
    path = f"spec.tls[{index}]"
    at: At = spec["tls"].at[index]
    if type(item) is not Map:
        reader.refuse(path, f"{path} must be a mapping with hosts and secretName", at, item)
        return
    reader.dropped(item, _TLS, path)
    hosts: list[str] = []
    listed = reader.seq(item, "hosts", path)
    for number, host in enumerate(listed):
        place = listed.at[number] if isinstance(listed, Seq) else at
        if type(host) is not str:
            reader.refuse(f"{path}.hosts[{number}]", f"{path}.hosts[{number}] must be text", place, host)
            continue
        if not is_host(host):
            _bad_host(host, f"{path}.hosts[{number}]", place, reader)
        hosts.append(host)
    secret = reader.text(item, "secretName", path)
    if secret and not is_subdomain(secret):
        place = item.at["secretName"]
        if not reader.unrendered(secret, f"{path}.secretName", place):
            reader.refuse(f"{path}.secretName", f"{path}.secretName must be a DNS name", place, secret)
    ingress.tls.append(IngressTls(hosts, secret, at))


def _bad_host(host: str, path: str, at: At, reader: Reader) -> None:
    if reader.unrendered(host, path, at):
        return
    if is_host(host.lower()):
        reader.refused_today(path, f"{path} {host!r} has capital letters, which the API server refuses", at, host)
    else:
        reader.refuse(path, f"{path} {host!r} is not a DNS name", at, host)


def _rule(item: Any, index: int, spec: Map, ingress: Ingress, reader: Reader) -> None:
    path = f"spec.rules[{index}]"
    at: At = spec["rules"].at[index]
    if type(item) is not Map:
        reader.refuse(path, f"{path} must be a mapping with host and http", at, item)
        return
    reader.dropped(item, _RULE, path)
    host = reader.text(item, "host", path)
    if host:
        if is_address(host):
            words = f"{path}.host {host!r} is an IP address; the API server wants a DNS name"
            reader.refuse(f"{path}.host", words, item.at["host"], host, "leave host out to answer every name")
        elif not is_host(host):
            _bad_host(host, f"{path}.host", item.at["host"], reader)
    http = reader.map(item, "http", path)
    if http is None:
        ingress.rules.append(IngressRule(host, None, at))
        return
    reader.dropped(http, _HTTP, f"{path}.http")
    paths: list[IngressPath] = []
    listed = reader.seq(http, "paths", f"{path}.http")
    if not listed:
        place = reader.place(http, "paths")
        reader.refuse(f"{path}.http.paths", f"{path}.http.paths must hold at least one path", place)
    elif isinstance(listed, Seq):
        for number, (one, place) in enumerate(zip(listed, listed.at, strict=False)):
            entry = _path(one, place, f"{path}.http.paths[{number}]", reader)
            if entry is not None:
                paths.append(entry)
    ingress.rules.append(IngressRule(host, paths, at))


def _path(item: Any, at: At, where: str, reader: Reader) -> IngressPath | None:
    if type(item) is not Map:
        reader.refuse(where, f"{where} must be a mapping with path, pathType and backend", at, item)
        return None
    if not item.keys() <= _PATH:
        _old_fields(item, where, reader)
    text = reader.text(item, "path", where)
    kind = item.get("pathType")
    if kind not in ("Prefix", "Exact", "ImplementationSpecific"):
        _bad_type(item, where, reader)
        kind = None
    elif not text.startswith("/") or kind != "ImplementationSpecific":
        _check_path(text, kind, item, where, reader)
    if ("$" in text or "{" in text or "<" in text) and reader.unrendered(text, f"{where}.path", item.at["path"]):
        pass
    return IngressPath(intern(text), kind and intern(kind), read_backend(item, "backend", where, reader), at)


def _old_fields(item: Map, where: str, reader: Reader) -> None:
    if "serviceName" in item or "servicePort" in item:
        place = item.at["serviceName" if "serviceName" in item else "servicePort"]
        reader.refuse(where, f"{where}: serviceName and servicePort belong to a backend of v1beta1", place)
    reader.dropped(item, _PATH, where)


def _bad_type(item: Map, where: str, reader: Reader) -> None:
    kind, place = item.get("pathType"), reader.place(item, "pathType")
    if kind is None:
        reader.refused_today(
            f"{where}.pathType",
            f"{where}.pathType is missing, which the API server rejects",
            place,
            hint="give Exact, Prefix or ImplementationSpecific; controllers take it for the last",
        )
        return
    if isinstance(kind, str) and reader.unrendered(kind, f"{where}.pathType", place):
        return
    words = f"{where}.pathType is {str(kind)[:60]!r}, not Exact, Prefix or ImplementationSpecific"
    reader.refuse(f"{where}.pathType", words, place, kind)


def _check_path(text: str, kind: str, item: Map, where: str, reader: Reader) -> None:
    place = reader.place(item, "path")
    if not text.startswith("/"):
        if text or kind != "ImplementationSpecific":
            reader.refused_today(
                f"{where}.path",
                f"{where}.path {text!r} does not start with /, which the API server refuses",
                place,
                text,
            )
        return
    wrong = next((part for part in _INVALID_PARTS if part in text), "")
    wrong = wrong or next((end for end in _INVALID_ENDS if text.endswith(end)), "")
    if wrong:
        words = f"{where}.path {text!r} holds {wrong}, which the API server refuses in an {kind} path"
        reader.refused_today(f"{where}.path", words, place, text)
