"""A winter played against a plant in a process of its own, and what each controller made of it."""
