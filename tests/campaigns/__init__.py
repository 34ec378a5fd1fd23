"""Campaigns: the same thing killed many times at random moments, and one very long session; what came of it is counted.

`python -m tests.campaigns [NAME ...] [--kills N] [--json]`; a small sample of each runs with the other tests.
"""
