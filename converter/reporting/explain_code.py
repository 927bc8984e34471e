"""What the code of a finding means, why it is there, what to do about it and how to accept it, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from converter.model import Fidelity
from converter.packs.catalogue import KnownFeature
from converter.packs.codes import code_classes, meaning, renamed_codes
from converter.packs.differences import controllers_with_differences, differences_by_code

_CLASSES = {
    "input": "The input lacks something; the report names what is assumed instead.",
    "prerequisite": "A step before the output works; the report lists it among the prerequisites.",
    "sequel": "It follows from another finding on the same object.",
}

_CODE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def code(name: str, features: Mapping[str, KnownFeature]) -> Iterator[str]:
    """One paragraph; nothing for what is not the code of a finding."""
    new = renamed_codes().get(name)
    if new:
        yield f"{name} is now called {new}\n"
        name = new
    text = meaning(name)
    if not text or not _CODE.fullmatch(name):
        return
    lines = [f"{name}  (code of findings)", f"  means    {text}"]
    lines += [f"  why      {why}" for why in [_CLASSES.get(code_classes().get(name, ""), "")] if why]
    feature = features.get(name.partition(".")[0])
    lines += _example(feature) if feature is not None else []
    lines += _standard(name)
    lines += _advice(name, feature)
    yield "\n".join([*lines, *_acceptance(name, feature)]) + "\n"


def _example(feature: KnownFeature) -> list[str]:
    """A setting that findings of this code are about."""
    known = next((some[0] for some in feature.annotations.values() if some), None)
    if known is None:
        return []
    return [f"  example  {known.key}: {known.field.means}".rstrip(": ")]


def _standard(name: str) -> list[str]:
    out = []
    for controller in controllers_with_differences():
        one = differences_by_code(controller).get(name)
        if one is not None:
            out.append(f"  standard difference of {controller} (docs/differences/{controller}.md): {one.title}")
            out.append(f"    before {one.before}")
            out += [f"    after{f' ({target})' if target else ''} {text}" for target, text in one.after.items()]
            out += [f"    check  {one.check}"] if one.check else []
    return out


def _advice(name: str, feature: KnownFeature | None) -> list[str]:
    """What the packs advise where this fidelity, or no better one, is all that can be had."""
    if feature is None:
        return ["  to do    the finding's own hint shows what to do"]
    out = []
    for fate in feature.fates:
        if fate.hint:
            out.append(f"  to do    {fate.target}: {fate.hint}")
    return out or ["  to do    the finding's own hint shows what to do, if anything"]


def _acceptance(name: str, feature: KnownFeature | None) -> list[str]:
    if name.startswith("internal."):
        return ["  accept   not possible; please report the bug with the manifest"]
    if name.rpartition(".")[2] in (Fidelity.EXACT.value, "kept", Fidelity.OBSOLETE.value, "no-effect"):
        return ["  accept   nothing to accept; it fails no run"]
    waiver = f"waivers: [{{code: {name}, object: NAMESPACE/NAME, reason: REASON}}] in ing2gw.yaml"
    if feature is not None and feature.protects:
        return [
            f"  accept   {waiver}; where a protection is lost, its routes stay closed",
            "           expose-unprotected in ing2gw.yaml serves them without the protection",
        ]
    return [f"  accept   {waiver}", f'           or on the Ingress: ing2gw/accept: "{name}: REASON"']
