"""Whether what was measured now is worse than a baseline, beyond the noise of seeds."""
