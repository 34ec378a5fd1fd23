"""Trials: virtual patients in conditions, held against gates, before a plan may reach a motor."""
