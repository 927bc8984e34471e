"""The spec that ingress-shim gives to a Certificate (pkg/controller/certificate-shim/helper.go and sync.go)."""

from __future__ import annotations

import csv
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

PREFIX = "cert-manager.io/"
USAGES = ["digital signature", "key encipherment"]
"""cmapi.DefaultKeyUsages."""
_USAGES = frozenset(
    {
        "signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment",
        "cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth", "client auth", "code signing",
        "email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing",
        "microsoft sgc", "netscape sgc",
    }
)  # fmt: skip
_SUBJECT = {
    "subject-organizations": "organizations", "subject-organizationalunits": "organizationalUnits",
    "subject-countries": "countries", "subject-provinces": "provinces", "subject-localities": "localities",
    "subject-postalcodes": "postalCodes", "subject-streetaddresses": "streetAddresses",
}  # fmt: skip
_DURATION = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+")
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

Spec = dict[str, Any]


class InvalidAnnotationError(ValueError):
    """ingress-shim refuses the value and issues nothing for the Ingress; `key` is the annotation."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def issuer_of(annotations: Mapping[str, str]) -> dict[str, str]:
    """`issuerRef`; raises `InvalidAnnotationError` where ingress-shim finds none (sync.go issuerForIngressLike)."""
    issuer, cluster = annotations.get(f"{PREFIX}issuer"), annotations.get(f"{PREFIX}cluster-issuer")
    if issuer is not None and cluster is not None:
        raise InvalidAnnotationError(f"{PREFIX}issuer", "cluster-issuer and issuer may not both be set")
    for other in ("issuer-group", "issuer-kind"):
        if cluster is not None and PREFIX + other in annotations:
            raise InvalidAnnotationError(PREFIX + other, f"cluster-issuer and {other} may not both be set")
    name = cluster if cluster is not None else issuer
    if not name:
        raise InvalidAnnotationError(f"{PREFIX}issuer", "no issuer is named")
    kind = annotations.get(f"{PREFIX}issuer-kind") or ("Issuer" if cluster is None else "ClusterIssuer")
    group = annotations.get(f"{PREFIX}issuer-group") or "cert-manager.io"
    return {"name": name, "kind": kind, "group": group}


def spec_of(secret: str, hosts: list[str], annotations: Mapping[str, str]) -> Spec:
    """The whole spec; raises `InvalidAnnotationError` where ingress-shim would issue nothing."""
    names, addresses = _split(hosts)
    spec: Spec = {"secretName": secret, "issuerRef": issuer_of(annotations), "dnsNames": names}
    if addresses:
        spec["ipAddresses"] = addresses
    spec["usages"] = USAGES
    given = {key[len(PREFIX) :]: value for key, value in annotations.items() if key.startswith(PREFIX)}
    for name, write in _FIELDS.items():
        if name in given:
            try:
                write(spec, given[name])
            except ValueError as error:
                raise InvalidAnnotationError(PREFIX + name, str(error)) from None
    if not spec["dnsNames"]:
        del spec["dnsNames"]
    return spec


def _split(hosts: list[str]) -> tuple[list[str], list[str]]:
    names: list[str] = []
    addresses: list[str] = []
    for host in dict.fromkeys(hosts):
        (addresses if _is_address(host) else names).append(host)
    return names, addresses


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _common_name(spec: Spec, text: str) -> None:
    if len(text.encode()) > 64:
        raise ValueError("the common name has more than 64 bytes")
    spec["commonName"] = text


def _alt_names(spec: Spec, text: str) -> None:
    spec["dnsNames"] = spec["dnsNames"] + (text.split(",") if text else [])


def _addresses(spec: Spec, text: str) -> None:
    found = [one.strip() for one in text.split(",")] if text else []
    if not all(map(_is_address, found)):
        raise ValueError(f"{text!r} holds no IP address")
    if found:
        spec["ipAddresses"] = spec.get("ipAddresses", []) + found


def _mails(spec: Spec, text: str) -> None:
    found = [one.strip() for one in text.split(",")] if text else []
    if not all(re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", one) for one in found):
        raise ValueError(f"{text!r} holds no mail address")
    if found:
        spec["emailAddresses"] = found


def _subject(field: str) -> Callable[[Spec, str], None]:
    def write(spec: Spec, text: str) -> None:
        spec.setdefault("subject", {})[field] = next(csv.reader([text]), [])

    return write


def _serial(spec: Spec, text: str) -> None:
    spec.setdefault("subject", {})["serialNumber"] = text


def _duration(field: str, least: float, shown: str) -> Callable[[Spec, str], None]:
    def write(spec: Spec, text: str) -> None:
        if not _DURATION.fullmatch(text):
            raise ValueError(f"{text!r} is not a duration")
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
        if text.startswith("-") or seconds < least:
            raise ValueError(f"{text} is shorter than {shown}")
        spec[field] = text.lstrip("+")

    return write


def _number(field: str, least: int | None) -> Callable[[Spec, str], None]:
    def write(spec: Spec, text: str) -> None:
        if not re.fullmatch(r"[+-]?\d{1,10}", text) or (least is not None and int(text) < least):
            raise ValueError(f"{text!r} is not a number that cert-manager takes")
        spec[field] = int(text)

    return write


def _usages(spec: Spec, text: str) -> None:
    found = [one.strip(" ") for one in text.split(",")]
    unknown = [one for one in found if one not in _USAGES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a key usage")
    spec["usages"] = found


def _option(field: str, *options: str) -> Callable[[Spec, str], None]:
    def write(spec: Spec, text: str) -> None:
        if text not in options:
            raise ValueError(f"{text!r} is none of {', '.join(options)}")
        spec.setdefault("privateKey", {})[field] = text

    return write


def _key_size(spec: Spec, text: str) -> None:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise ValueError(f"{text!r} is not a number")
    size, algorithm = int(text), spec.get("privateKey", {}).get("algorithm", "RSA")
    if (algorithm == "RSA" and not 2048 <= size <= 8192) or (algorithm == "ECDSA" and size not in (256, 384, 521)):
        raise ValueError(f"{size} is not a size of an {algorithm} key")
    spec.setdefault("privateKey", {})["size"] = size


def _template(spec: Spec, text: str) -> None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("the value is not JSON") from None
    if not isinstance(found, dict) or not set(found) <= {"annotations", "labels"}:
        raise ValueError("the value has other fields than annotations and labels")
    spec["secretTemplate"] = found


_FIELDS: dict[str, Callable[[Spec, str], None]] = {
    "common-name": _common_name,
    "alt-names": _alt_names,
    "ip-sans": _addresses,
    "email-sans": _mails,
    **{name: _subject(field) for name, field in _SUBJECT.items()},
    "subject-serialnumber": _serial,
    "duration": _duration("duration", 3600, "1h"),
    "renew-before": _duration("renewBefore", 300, "5m"),
    "renew-before-percentage": _number("renewBeforePercentage", None),
    "usages": _usages,
    "revision-history-limit": _number("revisionHistoryLimit", 1),
    "private-key-algorithm": _option("algorithm", "RSA", "ECDSA", "Ed25519"),
    "private-key-encoding": _option("encoding", "PKCS1", "PKCS8"),
    "private-key-size": _key_size,
    "private-key-rotation-policy": _option("rotationPolicy", "Never", "Always"),
    "secret-template": _template,
}
"""In the order of translateAnnotations: the size of a key is read with its algorithm known."""
