"""One command a file: read, plan, show, confirm, apply. Imported when it is called."""
