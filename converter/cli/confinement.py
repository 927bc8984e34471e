"""What an `ing2gw.yaml` that nobody has named may do: read inside of its repository, write below its own folder.

Whoever clones a repository or checks out a pull request gets its configuration with it, and has not chosen it.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import click

from converter.cli.configuration import Config

_READ = ("mappings", "crds", "baseline", "service-ports")
_OURS = {
    "json": re.compile(rb'\{\s*"version": 1,\s*"tool": \{\s*"name": "ing2gw"'),
    "sarif": re.compile(rb'.{0,400}"name": "ing2gw"', re.S),
    "html": re.compile(rb".{0,400}ing2gw", re.S),
    "markdown": re.compile(rb"## ing2gw: "),
    "junit": re.compile(rb'<\?xml [^>]*>\s*<testsuites name="ing2gw"'),
    "github": re.compile(rb"::(?:error|warning|notice) "),
    "text": re.compile(
        rb"(?:.*\n)?(?:[0-9,]+ objects? \([^\n]*\), [0-9,]+ findings? \([^\n]*\), |[0-9,]+ findings?: [^\n]*\n)"
        rb"[0-9,]+ resources?[^\n]*\n?\Z",
        re.S,
    ),
}
"""How an earlier report of each format begins; the text report: how it ends."""


def confine(config: Config, keys: frozenset[str], *, sources: bool) -> None:
    """Refuse paths of the configuration that lead out. `keys`: its values that count; `sources`: whether those do.

    Raises:
        click.UsageError: A path leads out, or a report would replace a file that is none.
    """
    assert config.path is not None  # noqa: S101  (it was found)
    folder = _real(str(config.path.parent))
    root = _repository(folder)
    if not _below(_real(str(config.path)), root):
        raise click.UsageError(f"{config.path}: is a link that leads out of {root}; name it with --config to use it")
    if "output" in keys:
        _check_write(config, "output", config.values["output"], folder)
    if "report" in keys:
        for entry in config.values["report"]:
            name, _, file = entry.partition(":")
            if file and file != "-":
                _check_write(config, "report", file, folder)
                _check_report(config, name, file)
    read = [(key, one) for key in _READ if key in keys for one in _paths(config.values[key])]
    read += [("sources", one) for one in config.sources if sources and one != "-"]
    for key, path in read:
        if not _below(_real(re.split(r"[*?\[]", path, maxsplit=1)[0]), root):
            raise _refuse(config, key, f"{path} leads out of {root}")


def _paths(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []


def _check_write(config: Config, key: str, path: str, folder: str) -> None:
    real = _real(path)
    if not _below(real, folder):
        raise _refuse(config, key, f"{path} leads out of {folder}")
    if ".git" in Path(os.path.relpath(real, folder)).parts:
        raise _refuse(config, key, f"{path} is inside of .git")


def _check_report(config: Config, name: str, file: str) -> None:
    try:
        mode = os.stat(file).st_mode  # noqa: PTH116
        if not stat.S_ISREG(mode):
            raise _refuse(config, "report", f"{file} is not a regular file")
        text = Path(file).read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refuse(config, "report", f"{file}: {error.strerror or error}") from None
    if text and name in _OURS and not _OURS[name].match(text):
        raise _refuse(config, "report", f"{file} exists and is not a {name} report of ing2gw")


def _refuse(config: Config, key: str, words: str) -> click.UsageError:
    return click.UsageError(
        f"{config.place(key)}: {key}: {words}; a configuration that was found and not named may not do that "
        f"(--config {config.path} allows it)"
    )


def _real(path: str) -> str:
    return os.path.realpath(path)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _repository(folder: str) -> str:
    """The root of the repository that a folder is in, or else the folder."""
    place = Path(folder)
    return str(next((one for one in (place, *place.parents) if (one / ".git").exists()), place))
