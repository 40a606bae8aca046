"""One file per behaviour, found by a folder scan (`device_sim.registry`)."""
