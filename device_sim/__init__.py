"""A facility to try it on."""
