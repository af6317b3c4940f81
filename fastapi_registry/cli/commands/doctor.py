"""`doctor`: what is wrong with a project, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from fastapi_registry.adapters.app_health import findings_of_the_app
from fastapi_registry.cli.carry_out import LEFT_TO_YOU, SOMETHING_TO_DO, look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.project import NoProject, what_git_ignores
from fastapi_registry.engine.doctor.diagnosis import diagnose
from fastapi_registry.engine.doctor.finding import Finding, Remedy, Shell
from fastapi_registry.engine.doctor.ignored import to_commit
from fastapi_registry.engine.layout import layout_of
from fastapi_registry.engine.lock import LOCK_PATH, lock_of
from fastapi_registry.engine.tree import Tree


@command(example="fastapi-blocks doctor")
@click.option("--detect", is_flag=True, help="Tell what was found out about the project, and why.")
@click.option("--python", metavar="PATH", help="The project's interpreter, if it is not found.")
def doctor(run: Run, detect: bool, python: str | None) -> int:
    """Check files, wiring, dependencies, settings, migrations, and that the app imports.

    Each finding comes with its remedy. Exit 3 if there is one, 4 with --check.
    """
    project = look_at(run.project, run)
    if detect:
        return _tell_what_is_known(run, project)
    if LOCK_PATH not in project:
        raise NoProject(run.project)
    found = diagnose(project, os.environ)
    if not any(finding.kind == "lock" for finding in found):
        found = (
            *found,
            *what_git_ignores(run.project, project, to_commit(project)),
            *_of_the_app(run, project, python),
        )
    if not found:
        run.output.say("Nothing is wrong")
    run.output.data(line for number, each in enumerate(found, 1) for line in _lines(number, each))
    wrong = SOMETHING_TO_DO if run.check else LEFT_TO_YOU
    return run.output.document({"findings": [_entry(each) for each in found]}, wrong * bool(found))


def _of_the_app(run: Run, project: Tree, python: str | None) -> Sequence[Finding]:
    lock = lock_of(project)
    layout = layout_of(lock)
    if layout is None:
        return ()
    needed = sorted({dep.req for block in lock.blocks for dep in block.deps})
    return findings_of_the_app(run.project, layout, os.environ, needed, python)


def _tell_what_is_known(run: Run, project: Tree) -> int:
    """Everything that `add` would build on, with the place that says so."""
    from fastapi_registry.engine.detect import detect, findings  # reads all of the project

    known = list(findings(detect(project)))
    run.output.data(
        f"{each.fact:<14} {each.value}{f'  ({each.evidence})' if each.evidence else ''}"
        for each in known
    )
    return run.output.document({"facts": [asdict(each) for each in known]})


def _lines(number: int, finding: Finding) -> Iterator[str]:
    yield f"{number}. {finding.what}"
    for remedy in finding.remedies:
        if isinstance(remedy, Shell):
            yield f"     run: {remedy.command}"
            continue
        instead = f", instead of {remedy.replaced} there" if remedy.replaced else ""
        verb = "paste" if remedy.lines else "delete"
        yield f"     {verb} as line {remedy.line} of {remedy.path}{instead}:"
        yield from (f"       {line}" for line in remedy.lines)


def _entry(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind,
        "what": finding.what,
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
    }


def _remedy(remedy: Remedy) -> dict[str, object]:
    return {"run": remedy.command} if isinstance(remedy, Shell) else {"paste": asdict(remedy)}
