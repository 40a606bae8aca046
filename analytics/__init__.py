"""From a stored reading to a known problem and planned work."""
