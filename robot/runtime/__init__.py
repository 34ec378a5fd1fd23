"""What runs: clock, loop, session states, and the shared memory in which processes meet."""
