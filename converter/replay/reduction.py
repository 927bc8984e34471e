"""Lines of logs become few rows: requests that rules cannot distinguish, how many, and what the log says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from converter.replay.engine import CRI, Engine
from converter.replay.folding import client_key, target_key
from converter.replay.inspected_parts import InspectedParts
from converter.replay.log_files import LogFile
from converter.replay.log_format import LogFormat
from converter.replay.rows import Logged, Row
from converter.replay.sql import literal

REQUEST, OTHER, BROKEN = "request", "other", "broken"
"""Kinds of lines: of a request; of a client that sent none; in no known form."""
SAMPLES = 3
CHUNK = 4096
_KEYS = ("method", "scheme", "host", "port", "folded", "client_key")
_LOGGED = ("status", "upstream", "contacted")
_PORT = r":\d+$"


class Reduction:
    """The requests of logs of one format.

    Args:
        engine: Where they are kept.
        made: The format.
        parts: What rules look at.
        groups: See `folding.target_key`.
        wrapper: line | cri | docker: what stands around each line.
    """

    def __init__(
        self, engine: Engine, made: LogFormat, parts: InspectedParts, groups: Collection[str], wrapper: str = "line"
    ) -> None:
        self._engine, self._format, self._wrapper, self._groups = engine, made, wrapper, groups
        self._parts = parts
        self._headers = [(column, name) for column, name in made.headers.items() if parts.header(name)]
        engine.run.execute("DROP TABLE IF EXISTS requests")
        names = [*_KEYS, *(column for column, _ in self._headers), *_LOGGED, "target", "place", "sample", "client"]
        engine.run.execute(
            f"CREATE TABLE requests (kind VARCHAR, {', '.join(f'{name} VARCHAR' for name in names)}, n BIGINT)"
        )

    def read(self, files: Sequence[LogFile]) -> list[LogFile]:
        """Take the lines of files; see `Engine.insert`."""
        return self._engine.insert(files, self._insert())

    def _insert(self) -> str:
        headers = [column for column, _ in self._headers]
        named = ", ".join([*_KEYS, *headers, *_LOGGED])
        empty = ", ".join(f"CASE WHEN kind = '{REQUEST}' THEN {one} ELSE '' END AS {one}" for one in (*_KEYS, *headers))
        return f"""
            INSERT INTO requests
            SELECT kind, {named}, target, place, min(sample), min(client), count(*) FROM (
              SELECT kind, {empty}, CASE WHEN kind = '{BROKEN}' THEN '' ELSE status END AS status,
                     CASE WHEN kind = '{REQUEST}' THEN upstream ELSE '' END AS upstream,
                     CASE WHEN kind = '{REQUEST}' THEN contacted ELSE '' END AS contacted,
                     CASE WHEN kind = '{REQUEST}' THEN target WHEN kind = '{BROKEN}' THEN bucket ELSE '' END AS target,
                     CASE WHEN kind = '{BROKEN}' THEN filename ELSE '' END AS place,
                     CASE WHEN kind = '{BROKEN}' THEN left(line, 2000) ELSE '' END AS sample,
                     CASE WHEN kind = '{REQUEST}' THEN client ELSE '' END AS client
              FROM ({self._keyed()}))
            GROUP BY kind, {named}, target, place"""

    def _keyed(self) -> str:
        """Lines with their columns and keys."""
        group = "host" if "host" in self._format.columns or self._format.absolute else "upstream"
        named = "rtrim(split_part(lower(host), ':', 1), '.')" if group == "host" else "lower(upstream)"
        folded = target_key("target", named, self._parts, self._groups)
        return f"""SELECT *, {folded} AS folded, {client_key("client", self._parts.networks)} AS client_key,
            CAST(hash(line) % {SAMPLES} AS VARCHAR) AS bucket FROM ({self._columns()})"""

    def _columns(self) -> str:
        """Lines with what they say, as texts; "" for what they do not."""
        get = self._values()
        if "target" not in get:
            query = get.get("query", "''")
            get["target"] = f"concat({get['path']}, CASE WHEN {query} IN ('', '-') THEN '' ELSE '?' END, {query})"
        method, status = get.get("method", "'GET'"), get.get("status", "'0'")
        shown = {
            "method": method,
            "client": _address(get.get("client", "''"), ported=self._format.ported),
            "status": f"CASE WHEN {status} IN ('-', '') THEN '0' ELSE {status} END",
            "upstream": get.get("upstream", "''"),
            "contacted": _contacted(get.get("contacted")),
            **self._place(get),
            **{column: get[column] for column, _ in self._headers},
        }
        columns = ", ".join(f"coalesce({value}, '') AS {name}" for name, value in shown.items())
        matched = f"{get['status' if 'status' in get else 'target']} <> ''"
        valid = f"{get['target']} <> '' AND {method} NOT IN ('', '-')"
        if "protocol" in get:
            valid += f" AND starts_with({get['protocol']}, 'HTTP/')"
        kind = (
            f"CASE WHEN NOT coalesce({matched}, false) THEN '{BROKEN}' WHEN {valid} THEN '{REQUEST}' ELSE '{OTHER}' END"
        )
        return f"SELECT line, filename, {kind} AS kind, {columns} FROM ({self._taken_apart()})"

    def _place(self, get: dict[str, str]) -> dict[str, str]:
        """Target, scheme, host and port, which some formats write as one URL."""
        target, port = get["target"], get.get("port", "''")
        if "port" in get:
            port = f"regexp_extract({port}, '(\\d+)$', 1)"
        scheme = get.get("scheme", "''")
        if "sni" in get and "scheme" not in get:
            scheme = f"CASE WHEN {get['sni']} IN ('-', '') THEN '' ELSE 'https' END"
        out = {"target": target, "scheme": f"lower({scheme})", "host": get.get("host", "''"), "port": port}
        if self._format.absolute:
            url = literal(r"^(?:https?|wss?)://([^/:]*|\[[^\]]*\])(?::(\d+))?(/.*)?$")
            out["host"], out["port"] = f"regexp_extract({target}, {url}, 1)", f"regexp_extract({target}, {url}, 2)"
            out["scheme"] = f"CASE WHEN {target} LIKE 'https:%' OR {target} LIKE 'wss:%' THEN 'https' ELSE 'http' END"
            rest = f"regexp_extract({target}, {url}, 3)"
            out["target"] = f"CASE WHEN {rest} = '' THEN '/' ELSE {rest} END"
        return out

    def _values(self) -> dict[str, str]:
        """The value of each column in SQL."""
        if not self._format.members:
            takers = self._format.takers(self._wanted)
            return {column: f"m{number}.{column}" for number, (_, columns) in enumerate(takers) for column in columns}
        out = {column: f"coalesce(m0[{place}], '')" for place, (column, _) in enumerate(self._format.members, 1)}
        if "request" in out:
            names = enumerate(("method", "target", "protocol"), 1)
            out |= {name: f"split_part({out['request']}, ' ', {place})" for place, name in names}
        return out

    @property
    def _wanted(self) -> list[str]:
        """Columns that are used: of the headers only those that rules look at."""
        unused = set(self._format.headers) - {column for column, _ in self._headers}
        return [one for one in self._format.columns if one not in unused]

    def _taken_apart(self) -> str:
        line = {
            "line": "replace(line, ' : ', ', ')",  # as nginx parts backends of different groups
            "cri": f"regexp_replace(line, {literal(CRI)}, '')",
            "docker": "rtrim(coalesce(TRY(json_extract_string(line, '$.log')), line), chr(10))",
        }[self._wrapper]
        if self._format.members:
            keys = ", ".join(literal(f'$."{key}"') for _, key in self._format.members)
            text = f"replace({line}, '\\x', '\\u00')"  # (nginx writes \\x22 unless the format says escape=json)
            apart = [f"TRY(json_extract_string({text}, [{keys}])) AS m0"]
        else:
            apart = [
                f"regexp_extract({line}, {literal(pattern)}, [{', '.join(map(literal, columns))}]) AS m{number}"
                for number, (pattern, columns) in enumerate(self._format.takers(self._wanted))
            ]
        return f"SELECT line, filename, {', '.join(apart)} FROM {{lines}} WHERE line IS NOT NULL"

    def counts(self) -> dict[str, int]:
        """Lines by their kind."""
        return dict(self._engine.rows("SELECT kind, sum(n)::BIGINT FROM requests GROUP BY kind"))

    def others(self) -> dict[str, int]:
        """Status -> lines of clients that sent no request."""
        return dict(
            self._engine.rows(
                f"SELECT status, sum(n)::BIGINT FROM requests WHERE kind = '{OTHER}' GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )

    def broken(self) -> list[tuple[str, str, int]]:
        """Place, a line in no known form, and how many of them the file has."""
        return self._engine.rows(
            f"""SELECT place, min(sample), sum(n)::BIGINT FROM requests WHERE kind = '{BROKEN}'
                GROUP BY place, target ORDER BY place, target"""
        )

    def rows(self) -> Iterator[Row]:
        """All requests, the most frequent first."""
        keys = ", ".join([*_KEYS, *(column for column, _ in self._headers)])
        shown = self._shown()
        query = f"""
            WITH by_log AS (
              SELECT {keys}, {", ".join(_LOGGED)}, sum(n)::BIGINT AS n, min(target) AS a, max(target) AS b,
                     count(DISTINCT hash(target)) AS logged_targets, min(client) AS client
              FROM requests WHERE kind = '{REQUEST}' GROUP BY ALL),
            targets AS (SELECT {keys}, count(DISTINCT hash(target)) AS targets FROM requests
                        WHERE kind = '{REQUEST}' GROUP BY ALL),
            sums AS (SELECT {keys}, min(client) AS client, min(a) AS a, max(b) AS b, sum(n) AS n,
                     list([{", ".join(_LOGGED)}, CAST(n AS VARCHAR), CAST(logged_targets AS VARCHAR)]
                          ORDER BY status, upstream, contacted) AS logged
                     FROM by_log GROUP BY ALL)
            SELECT {shown}, a, b, targets, logged, hash({keys}) FROM sums JOIN targets USING ({keys})
            ORDER BY n DESC, {keys}"""
        yield from map(self._row, _stream(self._engine, query))

    def single(self, keys: Sequence[int]) -> Iterator[Row]:
        """The requests of some rows one by one."""
        if not keys:
            return
        named = ", ".join([*_KEYS, *(column for column, _ in self._headers)])
        query = f"""
            SELECT {self._shown("min(client)")}, target, target, 1,
                   list([{", ".join(_LOGGED)}, CAST(n AS VARCHAR), '1'] ORDER BY status, upstream, contacted), 0
            FROM requests WHERE kind = '{REQUEST}' AND hash({named}) IN (SELECT unnest(?::UBIGINT[]))
            GROUP BY {named}, target ORDER BY sum(n) DESC, {named}, target"""
        yield from map(self._row, _stream(self._engine, query, [list(keys)]))

    def _shown(self, client: str = "client") -> str:
        return ", ".join(["method", "scheme", "host", "port", client, *(column for column, _ in self._headers)])

    def _row(self, found: tuple[Any, ...]) -> Row:
        at = 5 + len(self._headers)
        headers = tuple(
            (name, value) for (_, name), value in zip(self._headers, found[5:at], strict=True) if value not in ("", "-")
        )
        first, last, distinct, logged, key = found[at:]
        by_log = tuple(Logged(one[0], one[1], one[2], int(one[3]), int(one[4])) for one in logged)
        method, scheme, host, port, client = found[:5]
        client = client if self._parts.networks else ""
        return Row(method, scheme, host, port, client, headers, first, last, int(distinct), by_log, key)


def _stream(engine: Engine, query: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    found = engine.run.cursor().execute(query, list(parameters))
    while rows := found.fetchmany(CHUNK):
        yield from rows


def _address(column: str, *, ported: bool) -> str:
    """An address without the port behind it: `10.0.0.1:80`, `[2001:db8::1]:80`."""
    return f"trim(regexp_replace({column}, ':\\d+$', ''), '[]')" if ported else column


def _contacted(column: str | None) -> str:
    return "''" if column is None else f"CASE WHEN coalesce({column}, '') IN ('', '-') THEN 'no' ELSE 'yes' END"
