"""What several detectors, or a detector and its training, share; nothing here is a detector."""
