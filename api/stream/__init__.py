"""The live stream (server-sent events): alarms as they change, newest readings, health of the parts."""
