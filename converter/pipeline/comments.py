"""Comments for the written fields that somebody would ask about: the settings of the input that are behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile

from converter.model import FieldRef, Finding, ObjectRef, ObjectStatus, Resource
from converter.model.credentials import shown_setting
from converter.packs.load import source_pack
from converter.sources.registry import SOURCES
from converter.writing.field_lines import resolved

_OF_MANY = re.compile(r"spec(\.(rules|listeners)(\[\d+\])?)?(\.matches\[\d+\]|\.backendRefs\[\d+\])?")
"""Fields that stand for too much to be one setting's."""
_RULE = re.compile(r"spec\.rules\[\d+\]")
_VALUE = re.compile(r"[A-Za-z0-9 ._/:;,=*|()\[\]{}^$~&?+%@\"'\\<>-]{1,48}")
"""A value that says something in a line. Anything else is left to the input: expressions, snippets, and whatever may
steer the log of a CI server."""
_KINDS = ("annotation", "default")


def add_comments(findings: Sequence[Finding], objects: Iterable[ObjectStatus], resources: Sequence[Resource]) -> None:
    """Give resources the comments that are written with them (`Resource.comments`).

    Args:
        findings: All of the run, with the fields that were written (`hold_fields`).
        objects: The input objects, with the controllers that serve them.
        resources: What is written.
    """
    controllers = {one.ref: one.controller for one in objects}
    by_ref = {one.ref: one for one in resources if not one.common}
    notes: dict[tuple[ObjectRef, str], dict[str, list[str]]] = {}
    known: dict[tuple[FieldRef, ...], list[tuple[ObjectRef, str]]] = {}  # settings of one feature have the same fields
    for finding in findings:
        origin = finding.origin
        name = controllers.get(origin.object, "") if origin.object is not None else ""
        if origin.kind not in _KINDS or name not in SOURCES:
            continue
        setting = _setting(finding, name)
        lead = f"{name} default" if origin.kind == "default" else name
        places = known.get(finding.fields)
        if places is None:
            places = known[finding.fields] = list(_fields(finding.fields, by_ref))
        for ref, field in places:
            notes.setdefault((ref, field), {}).setdefault(lead, []).append(setting)
    for (ref, field), settings in notes.items():
        parts = [f"{lead}: {', '.join(dict.fromkeys(some))}" for lead, some in settings.items()]
        by_ref[ref].comments = {**by_ref[ref].comments, field: "; ".join(parts)}


def _setting(finding: Finding, controller: str) -> str:
    """`proxy-read-timeout 60`: the key, without its prefix, or the attribute that it names, and a value that fits."""
    key, value = finding.origin.key, shown_setting(finding.origin.key, finding.origin.value.strip())
    for prefix in source_pack(controller).prefixes:
        key = key.removeprefix(prefix)
    inner = re.fullmatch(r".+\[([^\[\]]+)\]", key)
    key = re.sub(r"[^A-Za-z0-9_./{}*-]", "", inner[1] if inner else key)
    return f"{key} {value}" if _VALUE.fullmatch(value) and "::" not in value else key


def _fields(fields: Iterable[FieldRef], resources: dict[ObjectRef, Resource]) -> Iterator[tuple[ObjectRef, str]]:
    """In each resource, and in each rule of a route, the innermost field that holds all that was written."""
    groups: dict[tuple[ObjectRef, str], list[str]] = {}
    for one in fields:
        if _rule_of(one.field) is None:
            continue
        ref = ObjectRef(one.kind, one.namespace, one.name)
        field = resolved(resources[ref].body, one.field) if ref in resources else ""
        rule = _rule_of(field)
        if field and rule is not None:
            groups.setdefault((ref, rule), []).append(field)
    for (ref, _), some in groups.items():
        field = _common(tuple(some)) if len(some) > 1 else some[0]
        if _rule_of(field) is not None:
            yield ref, field


@lru_cache(maxsize=20_000)
def _rule_of(field: str) -> str | None:
    """The rule of a route that a field stands in, "" for none; None where it stands for too much to be one setting's.

    Fields of thousands of routes are called the same.
    """
    if _OF_MANY.fullmatch(field):
        return None
    rule = _RULE.match(field)
    return rule[0] if rule else ""


@lru_cache(maxsize=20_000)
def _common(fields: tuple[str, ...]) -> str:
    """The innermost field around some."""
    parts = zip(*(one.replace("[", ".[").split(".") for one in fields), strict=False)
    return ".".join(some[0] for some in takewhile(lambda some: len(set(some)) == 1, parts)).replace(".[", "[")
