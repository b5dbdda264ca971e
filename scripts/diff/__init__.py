"""`make diff BASE=main`: which tables and metrics a change moves, and by how much."""
