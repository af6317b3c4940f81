"""`python -m …`: commands of the app and its blocks."""

from app import installed
from app.core.commands import run


def main() -> None:
    run(installed.BLOCKS, getattr(installed, "load_settings", installed.Settings))


if __name__ == "__main__":
    main()
