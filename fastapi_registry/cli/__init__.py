"""What people type, and what they are told. The only code that prints, asks or exits."""
