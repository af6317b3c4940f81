"""`python manage.py …` is `python -m app …`."""

if __name__ == "__main__":
    # Not above: a worker of `serve` begins with this file, and has to be quick about it.
    from app.__main__ import main

    main()
