"""The collector's ear: an MQTT connection that hands on messages in bulk and acknowledges them in bulk."""
