"""What git would say about the project, where there is a git and the project is in its care."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fastapi_registry.engine.doctor.ignored import Rule

_GIT: Final = ("git", "-c", "core.fsmonitor=false")  # else it may start a program of the project
_CHECK_IGNORE: Final = (*_GIT, "check-ignore", "--verbose", "-z", "--stdin")
_SECONDS: Final = 10


def ignored_by_git(root: Path, paths: Iterable[str]) -> dict[str, Rule]:
    """Those of `paths` that are ignored and not committed yet, with the rule that hides each.

    None where git cannot tell: that is never a reason to fail.
    https://git-scm.com/docs/git-check-ignore#_output
    """
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return {}
    import subprocess  # only who asks has to pay for it

    asked = "".join(f"{path}\0" for path in sorted(paths)).encode("utf-8", "surrogateescape")
    try:
        done = subprocess.run(
            _CHECK_IGNORE, input=asked, cwd=root, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    if done.returncode != 0:  # 1: none is ignored; 128: this is no work tree
        return {}
    fields = done.stdout.decode("utf-8", "replace").split("\0")[:-1]
    answers = zip(fields[::4], fields[1::4], fields[2::4], fields[3::4], strict=True)
    return {
        path: Rule(source, int(line), pattern)
        for source, line, pattern, path in answers
        if not pattern.startswith("!")  # the rule that lets it in
    }
