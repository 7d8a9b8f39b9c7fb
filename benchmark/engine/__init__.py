"""How it is computed: plan, folds, search, fit, score."""
