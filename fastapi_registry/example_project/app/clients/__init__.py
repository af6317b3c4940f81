"""What lives outside the process: the database, Redis, mail."""
