"""Classifiers; every module here is found without a list."""
