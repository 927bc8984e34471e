"""What the findings say beforehand of requests that get different responses."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from converter.comparison.path_names import PathNames
from converter.comparison.request_kinds import OF_HOSTS, announced_of, fits
from converter.model import Aspects, Finding, Origin
from converter.model.request_kind import BARE, BEYOND, DEEPER, HOST, RequestKind
from converter.routing.exchange import Request
from converter.routing.table import Certificate, Feature, Port, RoutingTable, Rule, VirtualHost

MAX_FINDINGS_KEPT_AS_LIST = 32
"""More findings on one place are asked for less often."""
PATH_KINDS = frozenset({BEYOND.strip(), BARE.strip()})
MAX_REMEMBERED_REQUESTS = 10_000
"""Requests that responses are kept for."""


class AnnouncementIndex:
    """The findings on the facts of one table, found by the rules, hosts and ports that a request meets."""

    def __init__(
        self, table: RoutingTable, finding: Callable[[Origin], Finding | None], equal_rules: dict[int, list[Rule]]
    ) -> None:
        self._table, self._finding, self._equal_rules = table, finding, equal_rules
        self._numbers: dict[Hashable, int] = {}
        self._many: dict[tuple[int, str], RemainingFindings] = {}
        self._guarding: dict[int, dict[str, list[Certificate]]] = {}
        self._deep: tuple[Finding, ...] | None = None
        self.of_table = self.of_facts(_origins(table))
        """Findings on the entry as a whole."""
        self._of_hosts = {
            id(one): one
            for one in self.of_table
            if any(when.startswith((DEEPER, HOST)) or when in OF_HOSTS for _, when in one.narrow)
        }
        """Those that look at the host."""
        self._of_requests: dict[Hashable, list[Finding]] = {}
        """The others, as far as they announce something of a request to whatever host."""

    def of(self, request: Request, before: Rule | None, made_of: Rule | None) -> tuple[Finding, ...]:
        """Findings on the rules that match, on their host and port, and on the entry as a whole.

        `made_of`: the rule of this table that the one which will match was made of.
        """
        found: list[Finding] = []
        for rule in (before, made_of):
            if rule is not None:
                found += self._some((id(rule), "rule"), self.of_rule(rule))
        equal_rules = self._equal_rules.get(id(made_of))
        if equal_rules:
            found += self._equal_rule_findings(id(made_of), equal_rules)
        own = [one for one in found if (announced_of(one, request) if one.narrow else one.affects)]
        around = [one for one in self._place_findings(request) if announced_of(one, request)]
        return tuple({id(one): one for one in (*own, *self._of_entry(request), *around)}.values())

    def _of_entry(self, request: Request) -> Sequence[Finding]:
        """Findings on the entry as a whole; thousands of hosts are asked the same few questions."""
        if request.situation or len(self.of_table) > MAX_FINDINGS_KEPT_AS_LIST:
            return [one for one in self._some((0, "table"), self.of_table) if announced_of(one, request)]
        key = (request.method, request.scheme, request.path, request.headers, request.source, request.port)
        known = self._of_requests.get(key)
        if known is None:
            if len(self._of_requests) > MAX_REMEMBERED_REQUESTS:
                self._of_requests.clear()
            known = [one for one in self.of_table if id(one) not in self._of_hosts and announced_of(one, request)]
            self._of_requests[key] = known
        return [*known, *(one for one in self._of_hosts.values() if announced_of(one, request))]

    def forget(self) -> None:
        """A finding announces more than before, and of every request."""
        self._of_requests.clear()

    def _equal_rule_findings(self, rule: int, equal_rules: Iterable[Rule]) -> Sequence[Finding]:
        """Findings on the other rules that one was written for."""
        known = self._many.get((rule, "twins"))
        if known is None:
            found = [finding for equal_rule in equal_rules for finding in self.of_rule(equal_rule)]
            if len(found) <= MAX_FINDINGS_KEPT_AS_LIST:
                return found
            known = self._many[rule, "twins"] = RemainingFindings(found)
        return known.now()

    def _some(self, key: tuple[int, str], findings: Sequence[Finding]) -> Sequence[Finding]:
        """As many of these as are still of use (see Many)."""
        if len(findings) <= MAX_FINDINGS_KEPT_AS_LIST:
            return findings
        known = self._many.get(key)
        if known is None:
            known = self._many[key] = RemainingFindings(list(findings))
        return known.now()

    def of_hosts(self, request: Request) -> tuple[Finding, ...]:
        """Findings on what becomes of hosts like this one; they hold even where none of their rules would respond."""
        if self._deep is None:
            found = {
                id(finding): finding
                for _, _, rule in self._table.rules()
                for finding in self.of_rule(rule)
                if any(when.startswith((DEEPER, HOST)) for _, when in finding.narrow)
            }
            self._deep = tuple(found.values())
        return tuple(
            one
            for one in self._deep
            if any(when.startswith((DEEPER, HOST)) and fits(when, request) for _, when in one.narrow)
        )

    def of_rule(self, rule: Rule) -> Sequence[Finding]:
        """Findings on the facts of a rule."""
        origins = [] if rule.origin is None else [rule.origin]
        for feature in rule.features:
            origins += feature.origins
        origins += rule.origins
        return self.of_facts(origins)

    def of_place(self, request: Request) -> tuple[Finding, ...]:
        """Findings on the entry, the port that is asked, its host and certificates, whatever they announce."""
        return (*self.of_table, *self._place_findings(request))

    def _place_findings(self, request: Request) -> tuple[Finding, ...]:
        port = self._table.port(request.listener_port)
        if port is None:
            return ()
        name = request.host.partition(":")[0].lower()
        vhost = port.select(name)
        if request.sni and port.protocol == "HTTPS":
            other = port.select(request.sni.lower())
            if other is not None and other is not vhost and other.features:
                return (*self._findings_on((id(other), ""), other.features), *self._at(port, vhost, name))
        return self._at(port, vhost, name)

    def _at(self, port: Port, vhost: VirtualHost | None, name: str) -> tuple[Finding, ...]:
        """Findings on a port, one of its hosts, and the certificates of that."""
        place = id(port)
        found = [*self._findings_on((place, "features"), port.features)]
        if vhost is not None and vhost.features:
            found += self._findings_on((id(vhost), ""), vhost.features)
        if port.certificates:
            by_name = self._certificates(port)
            for key in ("", name, f"*.{name.partition('.')[2]}"):
                if key in by_name:
                    found += self._findings_on((place, f"certificates {key}"), by_name[key])
        return tuple(found)

    def _findings_on(self, key: tuple[int, str], bearers: Iterable[Feature | Certificate]) -> Sequence[Finding]:
        """Findings on the facts of these; of many that say the same, one is enough once they have their examples."""
        known = self._many.get(key)
        if known is None:
            found = list(self.of_facts([origin for one in bearers for origin in one.origins]))
            if len(found) <= MAX_FINDINGS_KEPT_AS_LIST:
                return found
            known = self._many[key] = RemainingFindings(found)
        return known.now()

    def _certificates(self, port: Port) -> dict[str, list[Certificate]]:
        """The certificates of a port by the names that they are for; "": every name."""
        known = self._guarding.get(id(port))
        if known is None:
            known = self._guarding[id(port)] = {}
            for one in port.certificates:
                for host in one.hosts or ("",):
                    known.setdefault(host, []).append(one)
        return known

    def has_equal_rules(self, rule: Rule) -> bool:
        """Whether rules of other hosts share the route of this one."""
        return bool(self._equal_rules.get(id(rule)))

    def of_facts(self, origins: Iterable[Origin]) -> Sequence[Finding]:
        """Findings on these facts."""
        found = map(self._finding, origins)
        return [finding for finding in found if finding is not None]

    def signature(self, rule: Rule, path_names: PathNames | None = None) -> int:
        """A number for what the findings on this rule announce; rules with the same one are announced alike.

        `path_names`: plain paths are numbered.
        """
        if path_names is None:
            said: Hashable = tuple([(one.code, one.affects, one.narrow) for one in self.of_rule(rule) if one.affects])
        else:
            key = tuple(map(id, rule.features))
            known = path_names.announced.get(key)
            own = () if rule.origin is None else (rule.origin,)
            first = self._announced(own, path_names)
            if known is None:
                origins = [origin for feature in rule.features for origin in feature.origins]
                known = path_names.announced[key] = self._announced(origins, path_names)
            said = first, known, self._announced(rule.origins, path_names)
        return self._numbers.setdefault(said, len(self._numbers))

    def _announced(self, origins: Iterable[Origin], path_names: PathNames) -> Hashable:
        found = self.of_facts(origins)
        return tuple([(one.code, one.affects, _numbered(one.narrow, path_names)) for one in found if one.affects])


def _numbered(narrow: tuple[tuple[Aspects, RequestKind], ...], path_names: PathNames) -> Hashable:
    """Kinds of requests with numbers in place of the paths and hosts that some of them name."""
    out: list[Hashable] = []
    for aspects, when in narrow:
        kind, _, rest = when.partition(" ")
        if kind in PATH_KINDS:
            out.append((aspects, kind, path_names.token(rest)))
        else:
            out.append((aspects, path_names.values.known(when) if when.startswith((DEEPER, HOST)) else when))
    return tuple(out)


class RemainingFindings:
    """The findings on one place, where there are many."""

    __slots__ = ("_asked", "_findings")

    def __init__(self, findings: list[Finding]) -> None:
        self._findings, self._asked = findings, 0

    def now(self) -> list[Finding]:
        """Those that have no example yet, and one of each kind of the others; in the end one of each kind."""
        self._asked += 1
        if self._asked % 16 == 0 and self._asked <= 512:
            kinds: set[Hashable] = set()
            kept = []
            for one in self._findings:
                kind = (one.code, one.affects, one.narrow)
                if kind not in kinds or (one.example is None and one.affects and self._asked < 256):
                    kept.append(one)
                kinds.add(kind)
            self._findings = kept
        return self._findings


def _origins(table: RoutingTable) -> list[Origin]:
    out = [origin for feature in table.features for origin in feature.origins]
    return out if table.origin is None else [*out, table.origin]
