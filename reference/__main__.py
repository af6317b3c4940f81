"""Write docs/reference: `make reference`. A test sees to it that this was done."""

from pathlib import Path

from reference import commands, http, manage, settings

PAGES = Path(__file__).parents[1] / "docs" / "reference"


def pages() -> dict[Path, str]:
    """Each page and what it says."""
    return {
        PAGES / "commands.md": commands.page(),
        PAGES / "manage.md": manage.page(),
        PAGES / "settings.md": settings.page(),
        PAGES / "http.md": http.page(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
