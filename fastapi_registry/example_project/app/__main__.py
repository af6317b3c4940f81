"""`python -m …`: commands of the app and its blocks."""


def main() -> None:
    # Not above: a worker of `serve` begins with this file, and has to be quick about it.
    from app import installed
    from app.core.commands import run

    run(installed.BLOCKS, getattr(installed, "load_settings", installed.Settings))


if __name__ == "__main__":
    main()
