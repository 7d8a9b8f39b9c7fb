"""Measures of quality; every module here is found without a list."""
