"""What people break by hand, found again, each with the remedy for it."""
