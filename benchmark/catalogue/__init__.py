"""What can be compared: strategies, models and metrics."""
