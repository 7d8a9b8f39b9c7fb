"""Where it is kept: the journal, its keys, and the view of it in MLflow."""
