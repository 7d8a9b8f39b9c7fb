"""Techniques for class imbalance; every module here is found without a list."""
