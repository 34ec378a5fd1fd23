"""From a plan to its proof: what can be said before a trial, the trials, and what the proof covers."""
