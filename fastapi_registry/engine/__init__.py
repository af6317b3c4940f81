"""Decides what a command changes. Pure: no disk, network, clock, chance or printing."""
