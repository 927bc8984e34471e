"""The page of a wave: what leaves together, and each step from the first check to the last deletion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from converter.model import ObjectRef, Resource
from converter.packs.migration import controller_steps
from converter.planning.certificates import Solver, solver_back, solver_file, solver_steps, solvers
from converter.planning.commands import check, curl, delete, look, new_address, old_address, quoted, resource
from converter.planning.decisions import decision_steps
from converter.planning.deletion import deletion, save_steps
from converter.planning.dns import ExternalDns, apply_commands, lower_ttl, shift
from converter.planning.estate import Estate
from converter.planning.flagger import canary
from converter.planning.hosts import ANY_HOST
from converter.planning.plan import Page, PlanStep, Wave
from converter.planning.rollouts import Changes, Patches, rollout
from converter.planning.steps import listed, step
from converter.planning.watch import watch
from converter.reading.deliveries import Delivery
from converter.reporting.groups import plural

_CONDITIONS = {
    "ROUTE": ".metadata.name",
    **{title: f".status.parents[*].conditions[*].{title.lower()}" for title in ("TYPE", "STATUS", "REASON")},
}
MOST_TESTS = 20
"""Hosts that are asked one by one."""


class Invocation:
    """How the commands of this program are repeated: the same input and options.

    Args:
        inputs: Paths and options, as a shell takes them.
        options: The options that are not about the input.
        folder: Where the plan is written; patches are below it.
        staging_domain: Domain of a second set of routes for tests; "": there is none.
    """

    def __init__(self, inputs: str, options: str, folder: str, staging_domain: str = "") -> None:
        self.inputs, self.options, self.folder = inputs, options, folder.rstrip("/")
        self.staging_domain = staging_domain


def wave_page(estate: Estate, wave: Wave, dns: ExternalDns | None, call: Invocation) -> tuple[Page, Patches]:
    """The page, and the patches that its commands name."""
    changes = [_changes(estate, one, call.folder, dns) for one in _deliveries(estate, wave)]
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


def _changes(estate: Estate, one: Delivery, folder: str, dns: ExternalDns | None) -> Changes:
    return rollout(estate, one, folder) if one.document.kind == "Rollout" else canary(estate, one, folder, dns)


def _contents(estate: Estate, wave: Wave) -> list[PlanStep]:
    rows = [("object", "file", "entry point", "becomes")]
    for ref in wave.objects:
        status = estate.statuses.get(ref)
        made = listed(f"{one.kind} {one.name}" for one in estate.routes_of([ref]))
        place, entry = (str(status.location), f"{status.controller} {status.entry}") if status else ("", "")
        rows.append((str(ref), place, entry, made or "no route of its own"))
    values = {
        "hosts": listed("every other name" if host == ANY_HOST else host for host in wave.hosts),
        "risk": f"{wave.risk.level} ({'; '.join(wave.risk.reasons)})" if wave.risk.reasons else wave.risk.level,
    }
    steps = [step("contents", (), wave.objects, table=rows, values=values)]
    links: dict[str, str] = {}
    for one in wave.links:
        links.setdefault(one.reason, f"{listed(one.hosts)}: {one.reason}.")
    return [*steps, step("links", text=links.values())] if links else steps


def _decisions(estate: Estate, wave: Wave) -> list[PlanStep]:
    """Findings of the objects that somebody has to decide before they are applied."""
    steps = decision_steps([one for ref in wave.objects for one in estate.risks.decisions(ref)])
    for ref in wave.objects:
        status = estate.statuses.get(ref)
        if status is not None and status.status == "withheld":
            steps.append(step("withheld", (), [ref], object=ref, reason=status.reason))
    return steps


def _apply(
    estate: Estate, wave: Wave, dns: ExternalDns | None, call: Invocation, changes: list[Changes]
) -> list[PlanStep]:
    made = [one.ref for one in estate.made_of(wave.objects)]
    files = [estate.path(file) for file in sorted({one.file for one in estate.made_of(wave.objects)})]
    if not files:
        return [step("nothing-written")]
    name = "apply" if dns is None else "apply-unpublished"
    steps = [step("dry-run", check(files), made), step(name, apply_commands(files, dns), made)]
    return [*steps, *(one for change in changes for one in change.before), *_tests(estate, wave, call)]


def _tests(estate: Estate, wave: Wave, call: Invocation) -> list[PlanStep]:
    routes = estate.routes_of(wave.objects)
    gateways = [ObjectRef("Gateway", space, name) for space, name in estate.gateways_of(routes)]
    looks = look([one.ref for one in routes], _CONDITIONS)
    looks += [f"kubectl wait --for=condition=Programmed --timeout=5m {resource(ref)}" for ref in gateways]
    only = [f"--only {quoted(f'{ref.namespace}/{ref.name}')}" for ref in wave.objects if ref.kind == "Ingress"]
    status = " ".join(["ing2gw status --cluster -A", *([call.options] if call.options else []), *only])
    steps = [
        step("conditions", looks, [one.ref for one in routes]),
        *([step("status", [f"{status} -o {quoted(estate.folder)}"])] if only else []),
        step("verify", [f"ing2gw verify {call.inputs}"]),
    ]
    hosts = [host for host in wave.hosts if host != ANY_HOST and _is_name(host)]
    if hosts:
        left = len(hosts) - MOST_TESTS
        asked = _curls(estate, wave, hosts[:MOST_TESTS], call)
        steps.append(step("curl", asked, left=f"{left} more hosts are asked in the same way." if left > 0 else ""))
    return steps


def _curls(estate: Estate, wave: Wave, hosts: Sequence[str], call: Invocation) -> list[str]:
    """Both addresses of each Gateway, and the hosts behind it."""
    out = []
    own = {ref for ref in wave.objects if ref.kind == "Ingress"}
    by_gateway: dict[tuple[str, str], dict[str, None]] = {}
    ingresses: dict[str, ObjectRef] = {}
    for one in estate.routes_of(wave.objects):
        for host in one.body["spec"].get("hostnames") or ():
            for gateway in estate.gateways_of([one]) if host in hosts else ():
                by_gateway.setdefault(gateway, {})[host] = None
            ingresses.setdefault(host, next((ref for ref in one.sources if ref in own), one.ref))
    for (space, name), some in by_gateway.items():
        ref, new = ingresses[next(iter(some))], new_address(ObjectRef("Gateway", space, name))
        out += [old_address(ref), new, _probe(estate, ref, some, call)] if ref.kind == "Ingress" else [new]
        for host in some:
            asked = f"name.{host[2:]}" if host.startswith("*.") else host
            for scheme in estate.schemes.get(host, ("http",)):
                out += [curl(asked, scheme, address) for address in ("$OLD", "$NEW")]
    return out


def _probe(estate: Estate, ref: ObjectRef, hosts: Iterable[str], call: Invocation) -> str:
    """All requests of these hosts to both addresses."""
    status = estate.statuses.get(ref)
    entry = f" --entry {quoted(status.entry)}" if status is not None and len(estate.result.tables) > 1 else ""
    names = " ".join(f"--host {quoted(host)}" for host in hosts)
    return f'ing2gw probe {call.inputs} --before "$OLD" --after "$NEW"{entry} {names}'


def _is_name(host: str) -> bool:
    return all(part.replace("-", "").isalnum() for part in host.removeprefix("*.").split("."))


def _controllers(estate: Estate, wave: Wave) -> list[str]:
    return list(dict.fromkeys(table.controller for table in estate.entries_of(wave.objects)))


def _before_shift(estate: Estate, wave: Wave) -> list[PlanStep]:
    text = [line for one in _controllers(estate, wave) for line in controller_steps(one).get("side-by-side", ())]
    return [step("both-sides", text=text)] if text else []


def _roll_back(estate: Estate, wave: Wave, back: Sequence[PlanStep], changes: list[Changes]) -> list[PlanStep]:
    rows = [controller_steps(one) for one in _controllers(estate, wave)]
    text = [row["roll-back"] for row in rows if "roll-back" in row]
    steps = [step("back-old", text=text)] if text else []
    steps += [*back, *(one for change in changes for one in change.back)]
    made, own = estate.made_of(wave.objects), set(wave.objects)
    return [*steps, _remove(made, [one for one in made if not own.issuperset(one.sources)])] if made else steps


def _remove(made: list[Resource], shared: list[Resource]) -> PlanStep:
    """Take the routes away, once no traffic reaches them: policies go last, so that no route is served without."""
    kept = {one.ref for one in shared}
    refs = [one.ref for one in made if one.ref not in kept]
    order = sorted(refs, key=lambda ref: not ref.kind.endswith("Route"))
    return step("back-routes", delete(order), order, shared=listed(kept))
