"""What the REST routes and the pages both call: each function takes who asks, and checks their rights."""
