"""SQL that gives requests which rules cannot distinguish the same key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from converter.replay.inspected_parts import InspectedParts
from converter.replay.path_alphabet import interchangeable
from converter.replay.sql import literal
from converter.routing.matchers import network_of

SIMPLE_PATH = r"^(?:/[\w~@:!$&()*+,=-][\w.~@:!$&()*+,=-]*)*/?$"
"""Paths that every proxy reads as they are sent: no escapes, no empty or dotted segments, no parameters."""
LONGEST_EXPRESSION = 30_000
"""Characters of an expression; RE2 takes many times longer for those whose states do not fit into its memory."""
Tree = dict[str, "Tree"]
_ADDRESS = r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$"


def target_key(target: str, group: str, parts: InspectedParts, groups: Collection[str]) -> str:
    """The key of a path and query.

    Args:
        target: Column of the target as sent.
        group: Column of what decides whose rules apply: host, or upstream.
        parts: What the rules look at.
        groups: Values of `group` whose rules look deep into paths.
    """
    path = f"split_part({target}, '?', 1)"
    begun = f"regexp_extract({path}, {literal(beginning(parts.paths))})"
    simple = f"regexp_matches({path}, {literal(SIMPLE_PATH)})"
    further = "true" if parts.everywhere else f"{group} IN ({_list(groups)})" if groups else "false"
    # a redirect may take a final slash away, and an empty query is not none
    end = f"CASE WHEN {target} LIKE '%/' THEN ' /' WHEN {target} LIKE '%?' THEN ' ?' ELSE '' END"
    key = f"CASE WHEN NOT {simple} THEN {path} WHEN {further} THEN {_alike(path, parts)} ELSE {begun} END"
    return f"concat({key}, {_query(target, parts)}, {end})"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(texts)))


def _alike(path: str, parts: InspectedParts) -> str:
    """A path in which characters that no expression distinguishes are the same."""
    given, shown = interchangeable(parts.expressions)
    return f"translate({path}, {literal(given)}, {literal(shown)})" if given else path


def _query(target: str, parts: InspectedParts) -> str:
    query = f"substr({target}, strpos({target}, '?') + 1)"
    if parts.query:
        kept = query
    elif parts.parameters:
        names = "|".join(re.escape(name) for name in sorted(parts.parameters))
        kept = f"array_to_string(regexp_extract_all({query}, {literal(f'(?:^|&)(?:{names})(?:=[^&]*)?')}), '')"
    else:
        kept = "''"
    return f"CASE WHEN contains({target}, '?') THEN concat(' ?', {kept}) ELSE '' END"


def beginning(texts: Iterable[str]) -> str:
    """An expression for how far a path goes along with any of the texts, and one character more.

    Of very many texts only their first characters are distinguished, and paths are kept as they are from there on.
    """
    tree: Tree = {}
    longest = 0
    for text in texts:
        longest = max(longest, len(text))
        node = tree
        for char in text:
            node = node.setdefault(char, {})
    while len(branch := _branch(tree, longest)) > LONGEST_EXPRESSION:
        longest = longest * 3 // 4
    return f"(?i)^{branch}.?"


def _branch(tree: Tree, depth: int) -> str:
    """The alternatives below a node."""
    if not tree:
        return ""
    if not depth:
        return ".*"
    return f"(?:{'|'.join(f'{re.escape(char)}{_branch(rest, depth - 1)}' for char, rest in tree.items())})?"


def client_key(client: str, networks: Iterable[str]) -> str:
    """The key of an address: between which ends of networks it is; of IPv6, the address itself."""
    found = [network_of(text) for text in networks]
    ends = sorted(
        {
            number
            for one in found
            if one is not None and one.version == 4
            for number in (int(one.network_address), int(one.broadcast_address) + 1)
        }
    )
    if not any(found):
        return "''"
    six = client if any(one is not None and one.version == 6 for one in found) else "'6'"
    number = f"({' + '.join(_octet(client, place) for place in range(4))})"
    return f"CASE WHEN regexp_matches({client}, {literal(_ADDRESS)}) THEN {_between(number, ends)} ELSE {six} END"


def _octet(client: str, place: int) -> str:
    return f"CAST(split_part({client}, '.', {place + 1}) AS BIGINT) * {256 ** (3 - place)}"


def _between(number: str, ends: list[int], first: int = 0) -> str:
    """Of sorted numbers, between which one is; a tree of comparisons."""
    if not ends:
        return f"'{first}'"
    middle = len(ends) // 2
    lower, upper = _between(number, ends[:middle], first), _between(number, ends[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {number} < {ends[middle]} THEN {lower} ELSE {upper} END"
