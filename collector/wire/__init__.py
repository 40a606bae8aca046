"""What devices say on the wire: one file per payload format, found by a folder scan."""
