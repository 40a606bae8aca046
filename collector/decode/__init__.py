"""What payload formats share: JSON in batches, times and values as columns."""
