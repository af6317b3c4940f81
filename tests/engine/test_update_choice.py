"""Which blocks an update takes, and which it refuses."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.manifest import Manifest
from fastapi_registry.engine.resolve import MissingRequirement, VersionConflict
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update import choose_updates
from fastapi_registry.engine.update.choice import Downgrade, NotInstalled
from tests.engine.made_up_blocks import AUTH, LOGS, USERS, a_block
from tests.engine.updates import V1, a_project, core, mails

NOTHING: Mapping[str, str] = {}


def offered(*blocks: Block) -> dict[str, Manifest]:
    return {block.name: block.manifest for block in blocks}


def choose(project: Tree, *blocks: Block, wanted: Mapping[str, str] = NOTHING) -> tuple[str, ...]:
    return choose_updates(project, offered(*blocks), wanted)


def auth(version: str, *requires: str) -> Block:
    needs = ", ".join(f'"{each}"' for each in requires)
    return a_block(
        f"""
        schema = 1
        name = "auth"
        version = "{version}"
        title = "Sign-in"
        requires = [{needs}]
        """,
        {},
    )


def test_by_default_all_installed_blocks_are_taken_in_order() -> None:
    project = a_project(AUTH, LOGS, USERS)

    assert choose(project, USERS, LOGS, AUTH, core("1.3.0")) == ("core", "auth", "logs", "users")


def test_by_name_only_those_are_taken() -> None:
    names = choose(a_project(AUTH, LOGS), auth("1.1.0"), LOGS, wanted={"auth": ""})

    assert names == ("auth",)


def test_what_is_not_on_offer_is_passed_over() -> None:
    assert choose(a_project(AUTH, LOGS), LOGS) == ("logs",)


def test_what_is_not_installed_is_refused() -> None:
    with pytest.raises(NotInstalled, match="mails"):
        choose(a_project(AUTH), V1, wanted={"mails": ""})


def test_an_older_version_is_passed_over() -> None:
    assert choose(a_project(mails(version="2.0.0")), V1) == ()


def test_an_older_version_is_refused_by_name() -> None:
    with pytest.raises(Downgrade) as refusal:
        choose(a_project(mails(version="2.0.0")), V1, wanted={"mails": ""})

    assert "mails@1.0.0" in refusal.value.hint


def test_an_older_version_is_taken_by_name_and_version() -> None:
    project = a_project(mails(version="2.0.0"))

    assert choose(project, V1, wanted={"mails": "1.0.0"}) == ("mails",)


def test_a_newly_required_block_comes_along() -> None:
    project = a_project(AUTH)

    names = choose(project, auth("1.1.0", "logs"), LOGS, wanted={"auth": ""})

    assert names == ("logs", "auth")


def test_a_required_block_that_nobody_offers_is_named_with_the_chain() -> None:
    with pytest.raises(MissingRequirement) as refusal:
        choose(a_project(AUTH), auth("1.1.0", "vault"), wanted={"auth": ""})

    assert refusal.value.path == ("auth", "vault")


def test_a_requirement_that_the_installed_version_does_not_meet_is_refused() -> None:
    with pytest.raises(VersionConflict) as refusal:
        choose(a_project(AUTH), auth("2.0.0", "core >=9"), wanted={"auth": ""})

    assert refusal.value.path == ("auth", "core >=9")


def test_a_requirement_that_the_new_version_meets_is_fine() -> None:
    names = choose(a_project(AUTH), auth("2.0.0", "core >=1.3"), core("1.3.0"))

    assert names == ("core", "auth")


def test_a_block_that_stays_must_work_with_those_that_do_not() -> None:
    bound = a_block(
        """
        schema = 1
        name = "audit"
        version = "1.0.0"
        title = "Audit"
        requires = ["auth >=1.0,<2"]
        """,
        {},
    )

    with pytest.raises(VersionConflict) as refusal:
        choose(a_project(AUTH, bound), auth("2.0.0"), wanted={"auth": ""})

    assert refusal.value.path == ("audit", "auth >=1.0,<2")
