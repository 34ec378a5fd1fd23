"""A therapist's day: what a site knows of people and papers, joined with plans, robots and records."""
