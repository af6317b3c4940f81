from __future__ import annotations

from collections.abc import Mapping

import pytest
from packaging.specifiers import SpecifierSet

from fastapi_registry.engine.manifest import BlockRequirement, Manifest
from fastapi_registry.engine.resolve import (
    MissingRequirement,
    RequirementCycle,
    VersionConflict,
    is_newer,
    resolve,
    satisfies,
)


def blocks(**requires: str) -> Mapping[str, Manifest]:
    """Manifests by name; what each requires is written `core >=1.0; auth`."""
    return {
        name: Manifest(
            name,
            "1.2.0",
            name,
            requires=tuple(
                BlockRequirement(*(part.strip() for part in text.strip().partition(" ")[::2]))
                for text in needed.split(";")
                if text
            ),
        )
        for name, needed in requires.items()
    }


DIAMOND = blocks(core="", auth="core >=1.0", logs="core", users="auth; logs", teams="core")


def test_what_is_required_comes_first_and_otherwise_the_alphabet_decides() -> None:
    assert resolve(["users", "teams"], DIAMOND) == ("core", "auth", "logs", "teams", "users")


def test_what_is_installed_is_not_named_again() -> None:
    assert resolve(["users"], DIAMOND, {"core": "1.0.0", "auth": "1.0.0"}) == ("logs", "users")
    assert resolve(["core"], DIAMOND, {"core": "1.0.0"}) == ()


def test_a_missing_block_is_told_with_the_way_to_it() -> None:
    with pytest.raises(MissingRequirement) as refusal:
        resolve(["users"], blocks(core="", users="auth", auth="mail"))

    assert refusal.value.path == ("users", "auth", "mail")
    assert "`mail`, which `users` → `auth` needs" in refusal.value.message


def test_an_unknown_name_is_missing_too() -> None:
    with pytest.raises(MissingRequirement, match=r"there is no block `nothing`$"):
        resolve(["nothing"], DIAMOND)


def test_a_cycle_is_shown_from_its_first_block_to_itself() -> None:
    with pytest.raises(RequirementCycle) as refusal:
        resolve(["a"], blocks(a="b", b="c", c="b"))

    assert refusal.value.path == ("b", "c", "b")


@pytest.mark.parametrize("installed", [{}, {"core": "1.2.0"}])
def test_a_version_that_will_not_do_is_told_with_the_way_to_it(installed: dict[str, str]) -> None:
    with pytest.raises(VersionConflict) as refusal:
        resolve(["users"], blocks(core="", auth="core >=2", users="auth"), installed)

    assert refusal.value.path == ("users", "auth", "core >=2")
    assert "core 1.2.0" in refusal.value.message


@pytest.mark.parametrize("version", ["1.0.0", "1.2.0", "1.10.0", "2.0.0rc1", "0.9.9"])
@pytest.mark.parametrize("bounds", [">=1", ">= 1.0", ">=1.2.0", ">=1.9", ">=1.0.0.0", ">=2", "<2"])
def test_bounds_mean_what_they_mean_for_distributions(version: str, bounds: str) -> None:
    assert satisfies(version, bounds) == SpecifierSet(bounds).contains(version, prereleases=True)


def test_versions_are_compared_as_numbers() -> None:
    assert is_newer("1.10.0", "1.9.0")
    assert not is_newer("1.0.0", "1.0.0")
