"""Small plants and whole seasons to play against the product."""
