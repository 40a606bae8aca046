"""What the readings themselves say about their sensors and devices: silence, and values that cannot be."""
