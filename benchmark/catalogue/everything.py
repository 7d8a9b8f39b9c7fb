"""Importing this module imports the whole catalogue: for a process that will fork workers."""

from benchmark.catalogue.registry import discover

discover()
