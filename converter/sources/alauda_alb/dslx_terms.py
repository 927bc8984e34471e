"""Terms of a DSLX as the Lua code takes their arguments apart.

alb: template/nginx/lua/match_engine/operation.lua, split_matcher_args: a type without key leaves a key of the Rule
among its arguments, a type with key takes its first argument where the Rule has none.
"""

from __future__ import annotations

from itertools import groupby

from converter.sources.alauda_alb.sourced_value import Term

WITHOUT_KEY = ("HOST", "URL", "SRC_IP", "METHOD")
WITH_KEY = ("HEADER", "PARAM", "COOKIE")
ARGUMENTS = {"EQ": 1, "STARTS_WITH": 1, "ENDS_WITH": 1, "REGEX": 1, "EXIST": 0, "RANGE": 2, "IN": -1}
"""Operators and how many arguments each takes (-1: any)."""
ALWAYS = ("AND", "OR")
"""Operators of expressions; in a row of values they are true whatever the request is."""
LUA_ERROR = ("",)
"""A row that no operator evaluates: a Lua error for every request that reaches it."""


def evaluated(term: Term) -> list[Term]:
    """The terms, ORed, that stand for a term: each with the key and the arguments that are compared.

    Args:
        term: As the Rule has it, with at least one row.

    Returns:
        One term as a rule; several where rows name different keys.
    """
    if term.type in WITHOUT_KEY and term.key:
        return [Term(term.type, tuple((row[0], term.key, *row[1:]) for row in term.rows))]
    if term.type not in WITH_KEY or term.key:
        return [term]
    out = []
    for key, rows in groupby(term.rows, lambda row: row[1] if len(row) > 1 else None):
        if key is None:
            out.append(Term(term.type, (LUA_ERROR,) * len(list(rows))))
        else:
            out.append(Term(term.type, tuple((row[0], *row[2:]) for row in rows), key))
    return out


def error_row(term: Term) -> int | None:
    """The first row that is a Lua error; None where there is none. A type that is not known is never an error."""
    if term.type not in (*WITHOUT_KEY, *WITH_KEY):
        return None
    return next((at for at, row in enumerate(term.rows) if row[0] not in ARGUMENTS), None)


def may_fail(term: Term) -> bool:
    """True where a parameter without value, or one that is repeated, is a Lua error."""
    return term.type == "PARAM" and any(row[0] in ("STARTS_WITH", "ENDS_WITH") and len(row) == 2 for row in term.rows)
