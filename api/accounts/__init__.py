"""Accounts: who they are, how they sign in, what was granted to them."""
