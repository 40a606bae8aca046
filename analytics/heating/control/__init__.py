"""Control plan of a heating plant: each step's setpoints from what was measured, with reasons."""
