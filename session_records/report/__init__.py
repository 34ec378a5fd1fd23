"""The session's report: one HTML page that stands alone and prints on A4."""
