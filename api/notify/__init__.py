"""From the outbox to people: routing, channels, and a sender that tells at least once, recognisably once."""
