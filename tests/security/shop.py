"""A generated project with every bundled block: what the tests of this folder attack."""

from __future__ import annotations

from pathlib import Path

from tests.blocks.bundled import NAMES
from tests.project.generated import Project, new_project
from tests.project.journey import with_mail_files

FOR_TESTS = {
    "ENVIRONMENT": "test",  # else they are refused
    "DATABASE_AUTO_MIGRATE": "true",
    "PASSWORD_HASH_MEMORY_KIB": "8",
    "PASSWORD_HASH_PASSES": "1",
}


def whole_shop(folder: Path) -> Project:
    """Its mails are files, and its passwords are hashed quickly: thousands of logins follow."""
    others = ",".join(name for name in NAMES if name != "core")
    shop = with_mail_files(new_project(folder, "--with", others))
    return shop.with_variables(**FOR_TESTS)
