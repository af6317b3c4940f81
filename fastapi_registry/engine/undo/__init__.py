"""Taking back the last command that wrote, if nothing that it wrote was edited since.

Each plan that is written carries a record of what was there before: one file below
`.blocks/`, so the transaction that writes the plan writes the record too. Only the last
one is kept. It holds old contents of `.env`, so it is as private as that: mode 0600, and
ignored by git. Where the last block leaves a project, the record does not stay behind.
"""
