"""The syntax of RE2, as Go's regexp/syntax and Envoy read it: is a pattern one, and if not, why?"""

from __future__ import annotations

import re
from functools import lru_cache

_CATEGORIES = frozenset(
    """
Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs
""".split()  # noqa: SIM905 - a table reads better
)
_SCRIPTS = frozenset(
    """
Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki
Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee
Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari
Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic
Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage
Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan
Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri
Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh
Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
""".split()  # noqa: SIM905
)
_POSIX = frozenset(
    """
alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit
""".split()  # noqa: SIM905
)
_LIMIT = 1000
_DEPTH = 1000
_COUNT = re.compile(r"\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAME = re.compile(r"\(\?P?<([A-Za-z0-9_]+)>")
_RUN = re.compile(r"[^*+?{()|\[\\]+")
"""Characters that stand for themselves or for one character."""
_SIMPLE_PATTERN = re.compile(r"(?:[A-Za-z0-9/_~%=&,;:@! \-]|\.\*?|\(\.\*\)|\(/\|\$\)|\\[./-])*\$?")
_ERROR_TEXTS = (
    (re.compile(r"\(\?<?[=!]"), "look-around"),
    (re.compile(r"\(\?>"), "an atomic group"),
    (re.compile(r"\(\?(?:R|\d|&|P>|P=|\(|\+|-\d)"), "recursion, a condition or a named back-reference"),
    (re.compile(r"\(\?\|"), "a branch reset group"),
    (re.compile(r"\(\?#"), "a comment"),
)


class Re2Error(ValueError):
    """What RE2 cannot do of a pattern, in words."""


@lru_cache(maxsize=65536)
def re2_error(pattern: str) -> str | None:
    """What RE2 cannot do of this pattern, in words; None where it can."""
    if _SIMPLE_PATTERN.fullmatch(pattern.removeprefix("(?i)").removeprefix("^")):
        return None
    try:
        _CostParser(pattern).parse()
    except Re2Error as error:
        return str(error)
    return None


class _CostParser:
    """One pass over the pattern. `weights` holds, for each open group, how often nested repetitions multiply."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.names: set[str] = set()
        self.weights = [1]
        self.atom = 0
        """Weight of what a repetition would apply to; 0: nothing is there."""
        self.repeated = False

    def parse(self) -> None:
        while self.at < len(self.text):
            run = _RUN.match(self.text, self.at)
            if run is not None:
                self.at = run.end()
                self._single()
            else:
                self._step(self.text[self.at])
        if len(self.weights) > 1:
            raise Re2Error("a group that is not closed")

    def _step(self, char: str) -> None:
        if char in "*+?":
            self._repeat(1, 1)
        elif char == "{" and (count := _COUNT.match(self.text, self.at)):
            self._counted(count)
        elif char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self.at += 1
            self.atom, self.repeated = 0, False
        elif char == "[":
            self._class()
            self._single()
        elif char == "\\":
            self._escape()
        else:
            self.at += 1
            self._single()

    def _single(self) -> None:
        self.atom, self.repeated = 1, False

    def _counted(self, count: re.Match[str]) -> None:
        low = int(count.group(1))
        high = low if count.group(2) is None else int(count.group(3) or -1)
        if low > _LIMIT or high > _LIMIT:
            raise Re2Error("a repetition above 1000")
        if 0 <= high < low:
            raise Re2Error("a repetition whose end is below its start")
        self._repeat(max(low, high), len(count.group()))

    def _repeat(self, times: int, width: int) -> None:
        if self.repeated:
            raise Re2Error("a possessive quantifier" if self.text[self.at] == "+" else "a quantifier on a quantifier")
        if not self.atom:
            raise Re2Error(f"a quantifier ({self.text[self.at]}) with nothing before it")
        self.at += width
        if self.text[self.at : self.at + 1] == "?":
            self.at += 1
        self.repeated = True
        self.atom *= max(times, 1)
        if self.atom > _LIMIT and times > 1:
            raise Re2Error("nested repetitions that multiply to more than 1000")
        self.weights[-1] = max(self.weights[-1], self.atom)

    def _open(self) -> None:
        if not self.text.startswith("(?", self.at):
            self.at += 1
            self._push()
            return
        if flags := _FLAGS.match(self.text, self.at):
            self._flags(flags)
            return
        if name := _NAME.match(self.text, self.at):
            if name.group(1) in self.names:
                raise Re2Error(f"two groups of the name {name.group(1)}")
            self.names.add(name.group(1))
            self.at = name.end()
            self._push()
            return
        for probe, words in _ERROR_TEXTS:
            if probe.match(self.text, self.at):
                raise Re2Error(words)
        raise Re2Error("a group of an unknown kind")

    def _flags(self, flags: re.Match[str]) -> None:
        self.at = flags.end()
        if flags.group(3) == ":":
            self._push()
            return
        self.repeated = False

    def _push(self) -> None:
        self.atom, self.repeated = 0, False
        if len(self.weights) > _DEPTH:
            raise Re2Error("groups nested too deeply")
        self.weights.append(1)

    def _close(self) -> None:
        if len(self.weights) == 1:
            raise Re2Error("a closing parenthesis without an opening one")
        self.at += 1
        self.atom, self.repeated = self.weights.pop(), False
        self.weights[-1] = max(self.weights[-1], self.atom)

    def _escape(self) -> None:
        char = self.text[self.at + 1 : self.at + 2]
        if char == "Q":
            end = self.text.find("\\E", self.at)
            literal = self.text[self.at + 2 : end if end >= 0 else len(self.text)]
            self.at = end + 2 if end >= 0 else len(self.text)
            if literal:
                self._single()
            return
        if char and char in "AbBzdDsSwW":
            self.at += 2
        elif char and char in "pP":
            self._unicode()
        else:
            self._char_escape()
        self._single()

    def _unicode(self) -> None:
        match = re.compile(r"\\[pP](?:\{\^?([^}]*)\}|([^{]))").match(self.text, self.at)
        name = (match.group(1) or match.group(2)) if match else None
        if match is None or (name not in _CATEGORIES and name not in _SCRIPTS):
            raise Re2Error("an unknown Unicode class")
        self.at = match.end()

    def _char_escape(self) -> int:
        """An escape that stands for one character, whose code is returned."""
        rest = self.text[self.at + 1 :]
        if not rest:
            raise Re2Error("a backslash at the end")
        char = rest[0]
        if char == "x":
            match = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))").match(rest)
            if match is None or int(match.group(1) or match.group(2), 16) > 0x10FFFF:
                raise Re2Error("a broken \\x escape")
            self.at += 1 + match.end()
            return int(match.group(1) or match.group(2), 16)
        if octal := re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}").match(rest):
            self.at += 1 + octal.end()
            return int(octal.group(), 8)
        if char.isdigit() and char.isascii():
            raise Re2Error("a back-reference")
        if char in "afnrtv":
            self.at += 2
            return ord({"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}[char])
        if char.isascii() and not char.isalnum():
            self.at += 2
            return ord(char)
        raise Re2Error(f"the escape \\{char}")

    def _class(self) -> None:
        self.at += 2 if self.text.startswith("[^", self.at) else 1
        first = True
        while first or self.text[self.at : self.at + 1] != "]":
            if self.at >= len(self.text):
                raise Re2Error("a character class that is not closed")
            first = False
            if not self._class_group():
                self._class_range()
        self.at += 1

    def _class_group(self) -> bool:
        """[:name:], \\d and \\p of a class."""
        if self.text.startswith("[:", self.at) and (end := self.text.find(":]", self.at + 2)) >= 0:
            if self.text[self.at + 2 : end].removeprefix("^") not in _POSIX:
                raise Re2Error(f"the unknown class {self.text[self.at : end + 2]}")
            self.at = end + 2
            return True
        pair = self.text[self.at : self.at + 2]
        if len(pair) == 2 and pair[0] == "\\" and pair[1] in "dDsSwW":
            self.at += 2
            return True
        if pair in {"\\p", "\\P"}:
            self._unicode()
            return True
        return False

    def _class_range(self) -> None:
        low = self._class_char()
        if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in {"]", ""}:
            self.at += 1
            if self._class_char() < low:
                raise Re2Error("a character range whose end is below its start")

    def _class_char(self) -> int:
        if self.at >= len(self.text):
            raise Re2Error("a character class that is not closed")
        if self.text[self.at] == "\\":
            return self._char_escape()
        self.at += 1
        return ord(self.text[self.at - 1])
