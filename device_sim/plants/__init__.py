"""Plants that run in a process of their own and know nothing of who controls them."""
