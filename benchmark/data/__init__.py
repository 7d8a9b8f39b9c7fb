"""What it is compared on: cards, sources, the offline mirror."""
