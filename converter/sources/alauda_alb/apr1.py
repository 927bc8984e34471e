"""The $apr1$ hash of Apache's htpasswd, which is the only one that Alauda ALB knows (plugins/auth/crypt.lua)."""

from __future__ import annotations

import hashlib

_DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GROUPS = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))


def apr1(password: str, salt: str) -> str:
    """The hash without its head and salt."""
    word, grain = password.encode(), salt.encode()[:8]
    final = hashlib.md5(word + grain + word, usedforsecurity=False).digest()
    mixed = word + b"$apr1$" + grain + (final * (len(word) // 16 + 1))[: len(word)]
    count = len(word)
    while count:
        mixed += b"\0" if count & 1 else word[:1]
        count >>= 1
    digest = hashlib.md5(mixed, usedforsecurity=False).digest()
    for turn in range(1000):
        text = (word if turn & 1 else digest) + (grain if turn % 3 else b"") + (word if turn % 7 else b"")
        digest = hashlib.md5(text + (digest if turn & 1 else word), usedforsecurity=False).digest()
    out = "".join(_encoded(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in _GROUPS)
    return out + _encoded(digest[11], 2)


def _encoded(value: int, length: int) -> str:
    out = ""
    for _ in range(length):
        out += _DIGITS[value & 63]
        value >>= 6
    return out
