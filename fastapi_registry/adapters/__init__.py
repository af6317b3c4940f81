"""Where blocks come from and where a plan is written: the only code that touches the disk."""
