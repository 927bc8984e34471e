"""Annotations of an Ingress, which some of them set for single paths (`index.<rule>-<path>…`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack
from converter.packs.settings import Settings, key_table, read_settings, settle_unknown
from converter.reading.inventory import Ingress
from converter.sources.alauda_alb.base_domain import domain_of

NGINX = "nginx.ingress.kubernetes.io/"
NOWHERE = {"rule": "-", "path": "-"}
"""Indexes that no key has: what holds for all paths."""


@lru_cache
def _indexed(domain: str) -> re.Pattern[str]:
    end = re.escape(domain)
    return re.compile(rf"index\.(\d+)-(\d+)\.alb\.ingress\.{end}/|alb\.{end}/ingress-rule-priority-(\d+)-(\d+)$")


class IngressAnnotations:
    """The settings of each path of an Ingress. Facts that no path makes use of are settled at the end."""

    def __init__(self, ingress: Ingress, pack: SourcePack, ledger: Ledger, options: Options) -> None:
        self._ingress, self._pack, self._ledger, self._domain = ingress, pack, ledger, options.alb_domain
        self._own: dict[tuple[int, int], list[str]] = {}
        pattern = _indexed(self._domain)
        for key in ingress.annotations:
            found = pattern.match(key)
            if found:
                numbers = [int(number) for number in found.groups() if number is not None]
                self._own.setdefault((numbers[0], numbers[1]), []).append(key)
        single = {key for keys in self._own.values() for key in keys}
        self._shared = {key: ingress.annotation(key) for key in ingress.annotations if key not in single}
        self._everywhere = read_settings(ingress, pack, ledger, self._variables(NOWHERE), self._shared)
        self._paths: dict[tuple[int, int], Settings] = {}
        self._used: set[Origin] = set()
        self._settle_strangers(list(self._shared.values()), key_table(pack, self._variables(NOWHERE)))

    def _variables(self, place: dict[str, str]) -> dict[str, str]:
        return {"domain": self._domain, **place}

    @property
    def everywhere(self) -> Settings:
        """What holds for the Ingress as a whole."""
        return self._everywhere

    def of(self, rule: int, path: int) -> Settings:
        """What holds for one path."""
        keys = self._own.get((rule, path))
        if not keys:
            return self._everywhere
        if (rule, path) not in self._paths:
            place = self._variables({"rule": str(rule), "path": str(path)})
            facts = self._shared | {key: self._ingress.annotation(key) for key in keys}
            self._settle_strangers([facts[key] for key in keys], key_table(self._pack, place))
            scratch = Ledger()
            self._paths[rule, path] = read_settings(self._ingress, self._pack, scratch, place, facts)
            for finding in scratch.findings():
                if finding.origin.key in keys:
                    self._ledger.settle(
                        finding.origin,
                        Outcome(finding.code, finding.fidelity, finding.message, finding.hint, affects=finding.affects),
                    )
        return self._paths[rule, path]

    def origins(self) -> set[Origin]:
        """Every fact that is read and was not dropped."""
        return {
            origin
            for one in (self._everywhere, *self._paths.values())
            for setting in one.by_name.values()
            for origin in setting.origins.values()
        }

    def mark(self, origins: tuple[Origin, ...]) -> None:
        """These facts have a meaning somewhere."""
        self._used.update(origins)

    def close(self, why: str = "") -> None:
        """Settle what nothing made use of."""
        settings = [self._everywhere, *self._paths.values()]
        for one in settings:
            for setting in one.by_name.values():
                for origin in setting.origins.values():
                    if origin not in self._used:
                        words = why or "had no effect under Alauda ALB with the other settings of this Ingress"
                        outcome = Outcome.obsolete(f"{setting.name}.no-effect", words)
                        self._ledger.settle(origin, outcome, setting.name)
            for problem in one.problems:
                words = f"{problem.message}; had no effect under Alauda ALB"
                self._ledger.settle_unsettled(problem.origin, Outcome.obsolete("value.invalid", words))
        for place, keys in self._own.items():
            if place not in self._paths:
                for key in keys:
                    words = f"the Ingress has no path {place[1]} of a rule {place[0]} that is served"
                    self._ledger.settle(
                        self._ingress.annotation(key), Outcome.obsolete("annotation.no-such-path", words)
                    )

    def _settle_strangers(self, origins: list[Origin], known: Mapping[str, object]) -> None:
        """Keys that no row knows: those of ingress-nginx are not read, others may be misspelt."""
        own = []
        for origin in origins:
            if origin.key in known:
                continue
            domain = domain_of([origin.key], self._domain)
            if domain:
                words = f"it is below the base domain {domain}, and annotations below {self._domain} were read"
                outcome = Outcome.manual("alb2.base-domain", words, f"run with --alb-domain {domain}", affects=())
                self._ledger.settle(origin, outcome)
            elif origin.key.startswith(NGINX) or origin.key.split("/")[-1] in self._ingress_wide_names:
                words = "had no effect under ALB, which does not read it"
                self._ledger.settle(origin, Outcome.obsolete("annotation.no-effect", words))
            else:
                own.append(origin)
        settle_unknown(self._ledger, own, self._prefixes(), self._known())

    @property
    def _ingress_wide_names(self) -> frozenset[str]:
        """Names that count for a whole Ingress only; an index in front of them hides them."""
        return frozenset(
            row.annotation.rpartition("/")[2]
            for feature in self._pack.features.values()
            for row in feature.fields.values()
            if not row.family and "{domain}" in row.annotation
        )

    def _prefixes(self) -> tuple[str, ...]:
        heads = tuple(prefix.replace("{domain}", self._domain) for prefix in self._pack.prefixes)
        return (*heads, "index.", f"alb.{self._domain}/")

    def _known(self) -> list[str]:
        return list(key_table(self._pack, self._variables({"rule": "0", "path": "0"})))
