"""The page of a wave: what leaves together, and each step from the first check to the last deletion."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import ObjectRef, Resource
from converter.packs.migration import controller_steps
from converter.planning.certificates import Solver, solver_back, solver_file, solver_steps, solvers
from converter.planning.commands import curl, delete, quoted, resource
from converter.planning.deletion import deletion, save_steps
from converter.planning.deliveries import Delivery
from converter.planning.dns import ExternalDns, apply_commands, lower_ttl, shift
from converter.planning.estate import Estate
from converter.planning.flagger import canary
from converter.planning.hosts import ANY_HOST
from converter.planning.plan import Page, Step, Wave
from converter.planning.rollouts import Changes, Patches, rollout
from converter.planning.watch import watch
from converter.reporting.groups import by_code, plural

MOST_TESTS = 20
"""Hosts that are asked one by one."""


class Invocation:
    """How the commands of this program are repeated: the same input and options.

    Args:
        inputs: Paths and options, as a shell takes them.
        folder: Where the plan is written; patches are below it.
    """

    def __init__(self, inputs: str, folder: str) -> None:
        self.inputs, self.folder = inputs, folder.rstrip("/")


def wave_page(estate: Estate, wave: Wave, dns: ExternalDns | None, call: Invocation) -> tuple[Page, Patches]:
    """The page, and the patches that its commands name."""
    changes = [_changes(estate, one, call.folder) for one in _deliveries(estate, wave)]
    solved, moved = solvers(estate, wave), shift(estate, wave, dns)
    page = Page(f"waves/{wave.name}", f"Wave {wave.name}: {plural(len(wave.hosts), 'host')}")
    page.add("What leaves together", _contents(estate, wave))
    page.add("Decide", _decisions(estate, wave))
    page.add("Prepare", [*save_steps(wave), *lower_ttl(estate, wave, dns)])
    page.add("Apply and test", _apply(estate, wave, dns, call, changes))
    page.add("Shift", [*_before_shift(estate, wave), *moved.forward, *solver_steps(solved, wave, call.folder)])
    page.add("Watch", watch(estate, wave))
    page.add("Roll back", _roll_back(estate, wave, [*moved.back, *solver_back(solved)], changes))
    page.add("Delete", deletion(estate, wave, dns, changes))
    return page, _patches(changes, solved, wave)


def _patches(changes: list[Changes], solved: list[Solver], wave: Wave) -> Patches:
    out: Patches = {solver_file(one, wave): one.patch for one in solved}
    for one in changes:
        out |= one.patches
    return out


def _deliveries(estate: Estate, wave: Wave) -> list[Delivery]:
    refs = set(wave.objects)
    return [one for one in estate.deliveries if refs & set(one.ingresses)]


def _changes(estate: Estate, one: Delivery, folder: str) -> Changes:
    return rollout(estate, one, folder) if one.document.kind == "Rollout" else canary(estate, one, folder)


def _contents(estate: Estate, wave: Wave) -> list[Step]:
    rows = [("object", "file", "entry point", "becomes")]
    for ref in wave.objects:
        status = estate.statuses.get(ref)
        made = ", ".join(f"{one.kind} {one.name}" for one in estate.routes_of([ref]))
        place, entry = (str(status.location), f"{status.controller} {status.entry}") if status else ("", "")
        rows.append((str(ref), place, entry, made or "no route of its own"))
    hosts = ", ".join("every other name" if host == ANY_HOST else host for host in wave.hosts)
    text = [f"Hosts: {hosts}.", f"Risk: {wave.risk.level}{_because(wave)}."]
    if wave.requests is not None:
        text.append(f"Requests in the log: {wave.requests:,}.")
    steps = [Step("note", "Hosts and objects", tuple(text), (), tuple(wave.objects), tuple(rows))]
    links = [f"{', '.join(one.hosts)}: {one.reason}." for one in wave.links]
    if links:
        steps.append(Step("note", "Why they belong together", tuple(dict.fromkeys(links))))
    return steps


def _because(wave: Wave) -> str:
    return f" ({'; '.join(wave.risk.reasons)})" if wave.risk.reasons else ""


def _decisions(estate: Estate, wave: Wave) -> list[Step]:
    """Findings of the objects that somebody has to decide before they are applied."""
    found = [one for ref in wave.objects for one in estate.risks.decisions(ref)]
    steps = []
    for group in by_code(found):
        messages = dict.fromkeys(f"{one.origin.object} ({one.origin.location}): {one.message}" for one in group.findings)
        refs = sorted({one.origin.object for one in group.findings if one.origin.object is not None})
        title = f"{group.code}, {group.fidelity.value}{', protects' if group.protects else ''}"
        steps.append(Step("decide", title, (*messages, *([group.hint] if group.hint else [])), (), tuple(refs)))
    for ref in wave.objects:
        status = estate.statuses.get(ref)
        if status is not None and status.status == "withheld":
            text = "Its routes answer an error until then, so do not shift its hosts before."
            steps.append(Step("decide", f"{ref} is withheld: {status.reason}", (text,), (), (ref,)))
    return steps


def _apply(
    estate: Estate, wave: Wave, dns: ExternalDns | None, call: Invocation, changes: list[Changes]
) -> list[Step]:
    made = estate.made_of(wave.objects)
    files = [estate.path(file) for file in dict.fromkeys(one.file for one in made)]
    if not files:
        return [Step("note", "There is nothing to apply: no route is written for these objects")]
    checks = tuple(f"kubectl apply --dry-run=server -f {quoted(file)}" for file in files)
    held = (
        ("The routes get controller: none, so that external-dns does not publish them yet. Use these commands, not others, "
         "until the shift: applying a file without the annotation publishes its names.",)
        if dns is not None
        else ()
    )
    steps = [
        Step("apply", "Let the API server look at the objects", (), checks, tuple(one.ref for one in made)),
        Step("apply", "Apply the routes; no traffic reaches them yet", held, apply_commands(files, dns), tuple(one.ref for one in made)),
    ]
    steps += [step for one in changes for step in one.before]
    return [*steps, *_tests(estate, wave, call)]


def _tests(estate: Estate, wave: Wave, call: Invocation) -> list[Step]:
    routes = estate.routes_of(wave.objects)
    conditions = "{range .status.parents[*].conditions[*]}{.type}={.status} {.reason}{\"\\n\"}{end}"
    steps = [
        Step(
            "test",
            "Every route must be Accepted with ResolvedRefs, and every Gateway Programmed",
            (),
            (
                *(f"kubectl get {resource(one.ref)} -o jsonpath='{conditions}'" for one in routes),
                *(f"kubectl wait --for=condition=Programmed --timeout=5m {resource(ObjectRef('Gateway', space, name))}"
                  for space, name in estate.gateways_of(routes)),
            ),
            tuple(one.ref for one in routes),
        ),
        Step(
            "test",
            "Ask the same requests of both sides, offline",
            ("It fails on a difference that no finding announces, and on a request that is served before and fails after.",),
            (f"ing2gw verify {call.inputs}",),
        ),
    ]
    asked = _curls(estate, wave)
    if asked:
        text = ("Set OLD and NEW as the preparation says. Status and Location of both must agree, but for what the findings say.",)
        steps.append(Step("test", "Ask both addresses, whatever DNS says", text, tuple(asked)))
    return steps


def _curls(estate: Estate, wave: Wave) -> list[str]:
    schemes = _schemes(estate, wave)
    out = []
    for host in [host for host in wave.hosts if host != ANY_HOST and _is_name(host)][:MOST_TESTS]:
        name = f"name.{host[2:]}" if host.startswith("*.") else host
        for scheme in schemes.get(host, ("http",)):
            out += [curl(name, scheme, address) for address in ("$OLD", "$NEW")]
    return out


def _is_name(host: str) -> bool:
    return all(part.replace("-", "").isalnum() for part in host.removeprefix("*.").split("."))


def _schemes(estate: Estate, wave: Wave) -> dict[str, tuple[str, ...]]:
    """By which schemes a host is served now."""
    out: dict[str, dict[str, None]] = {}
    for table in estate.entries_of(wave.objects):
        for port in table.ports:
            scheme = {"HTTP": "http", "HTTPS": "https", "TLS": "https"}.get(port.protocol)
            for vhost in port.hosts if scheme else ():
                tests = [test for rule in vhost.rules for test in rule.hosts] if port.fall_through else vhost.hosts
                for test in tests:
                    out.setdefault(test.value.lower(), {})[str(scheme)] = None
    return {host: tuple(found) for host, found in out.items()}


def _before_shift(estate: Estate, wave: Wave) -> list[Step]:
    sentences = [
        text
        for controller in dict.fromkeys(table.controller for table in estate.entries_of(wave.objects))
        for text in controller_steps(controller).get("side-by-side", ())
    ]
    return [Step("note", "Both sides run", tuple(sentences))] if sentences else []


def _roll_back(estate: Estate, wave: Wave, back: Sequence[Step], changes: list[Changes]) -> list[Step]:
    texts = [
        controller_steps(controller)["roll-back"]
        for controller in dict.fromkeys(table.controller for table in estate.entries_of(wave.objects))
        if "roll-back" in controller_steps(controller)
    ]
    steps = [Step("note", "As long as nothing of the last section was done", tuple(texts))] if texts else []
    steps += back
    steps += [step for one in changes for step in one.back]
    made = estate.made_of(wave.objects)
    own = set(wave.objects)
    shared = [one for one in made if not own.issuperset(one.sources)]
    if made:
        steps.append(_remove(made, shared))
    return steps


def _remove(made: list[Resource], shared: list[Resource]) -> Step:
    """Take the routes away, once no traffic reaches them: policies go last, so that no route is served without."""
    kept = {id(one) for one in shared}
    routes = [one.ref for one in made if id(one) not in kept and one.kind.endswith("Route")]
    others = [one.ref for one in made if id(one) not in kept and not one.kind.endswith("Route")]
    text = ["Only when traffic is back at the old address for a TTL. Routes first: a policy that is gone protects nothing."]
    if shared:
        text.append(f"Objects that other waves use stay: {', '.join(str(one.ref) for one in shared)}.")
    return Step("roll-back", "Delete the routes", tuple(text), tuple(delete([*routes, *others])), tuple([*routes, *others]))
