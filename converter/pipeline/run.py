"""The whole of a run, on one screen: read, decide who owns what, compile, emit, check, compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from converter.comparison.announce import announce_all
from converter.comparison.rejected_rules import settle_rejected
from converter.model import ObjectRef, ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.model.progress import PROGRESS
from converter.packs.presets import with_preset
from converter.pipeline.read_back import compare
from converter.pipeline.result import Result
from converter.reading.facts import facts
from converter.reading.garbage_collection import without_garbage_collection
from converter.reading.inventory import Inventory
from converter.validation.withhold import problems_of, withhold_invalid

if TYPE_CHECKING:
    from converter.targets.contract import Emission
    from converter.validation.problem import Problem


def convert(paths: Sequence[str], options: Options = Options(), stdin: BinaryIO | None = None) -> Result:
    """Convert the Ingresses of files and directories (`-`: stdin). Writes nothing.

    Raises nothing for bad input: what cannot be read or converted is in `Result.inputs`, `objects` and `findings`.
    """
    from converter.reading import read

    ledger = Ledger()
    options = with_preset(options)
    inventory, statuses = read(paths, options, ledger, stdin)
    return convert_inventory(inventory, options, ledger, statuses)


def convert_inventory(
    inventory: Inventory, options: Options, ledger: Ledger, statuses: Sequence[ObjectStatus] = ()
) -> Result:
    """Convert what has been read."""
    with without_garbage_collection():
        return _converted(inventory, options, ledger, statuses)


def _converted(inventory: Inventory, options: Options, ledger: Ledger, statuses: Sequence[ObjectStatus]) -> Result:
    if options.mappings:
        from converter.packs.annotation_aliases import apply_aliases

        apply_aliases(inventory.ingresses, options.mappings, ledger)
    result = Result(inventory, options, ledger, objects=list(statuses))
    compile_tables(result)
    emission = _emit(result)
    problems = _problems(result)
    result.resources = withhold_invalid(problems, emission.resources, inventory, ledger, options.crds)
    PROGRESS.begin("comparing", 0)
    result.comparisons = compare(result, emission)
    _mark_withheld(result, dict(emission.withheld))
    _mark_nothing_written(result)
    PROGRESS.begin(
        "comparing",
        sum(
            len(port.hosts) for one in result.comparisons for table in (one.before, one.sampled) for port in table.ports
        ),
    )
    result.surprises += announce_all(result.comparisons, ledger)
    settle_rejected(result.comparisons, emission.equal_rules, ledger)
    return result


def _problems(result: Result) -> list[Problem]:
    from converter.targets.registry import target

    refusals = target(result.options.target).refusals
    return problems_of(result.resources, result.inventory, result.options, refusals)


def compile_tables(result: Result) -> None:
    """Who owns which Ingress, and what each controller does with its own."""
    from converter.sources.chains import settle_chains
    from converter.sources.charts import read_charts
    from converter.sources.ownership import assign
    from converter.sources.progressive_delivery import settle_deliveries
    from converter.sources.registry import SOURCES, source
    from converter.sources.unclaimed import settle_unclaimed

    result.objects += read_charts(result.inventory, result.ledger)
    assigned, skipped = assign(result.inventory, result.options, result.ledger)
    settle_deliveries(result.inventory, result.ledger)
    result.objects += skipped
    for name, known in SOURCES.items():
        if result.options.source in ("auto", name) and any(result.inventory.of(kind) for kind in known.own_kinds):
            assigned.setdefault(name, [])
    PROGRESS.begin("compiling", sum(map(len, assigned.values())))
    for name, ingresses in assigned.items():
        for ingress in ingresses:
            PROGRESS.done += 1
            result.ledger.expect(facts(ingress))
        compiled = source(name).compile(ingresses, result.inventory, result.ledger, result.options)
        if SOURCES[name].is_controller:
            settle_unclaimed(ingresses, compiled.tables, result.ledger, name, source(name).pack(result.options))
        settle_chains(name, ingresses, result.inventory, result.ledger)
        for ingress in ingresses:
            ingress.forget_facts()
        result.tables += compiled.tables
        result.objects += compiled.statuses
        result.handovers += compiled.handovers


def _emit(result: Result) -> Emission:
    from converter.targets.contract import TargetRun
    from converter.targets.registry import pack_of, target

    run = TargetRun(result.inventory, result.ledger, result.options, pack_of(result.options))
    emission = target(result.options.target).write(run, result.tables, result.handovers)
    result.resources, result.exposed = emission.resources, emission.exposed
    return emission


def _mark_nothing_written(result: Result) -> None:
    """Where no object is written, none of the input is converted."""
    if result.resources:
        return
    for status in result.objects:
        if status.status == "converted":
            status.status, status.reason = "failed", "no object of the target is written for it"


def _mark_withheld(result: Result, reasons: dict[ObjectRef, str]) -> None:
    """An object with a rule that is not served, because it would lose its protection, is not simply converted."""
    for status in result.objects:
        if status.status == "converted" and status.ref in reasons:
            status.status, status.reason = "withheld", reasons[status.ref]
