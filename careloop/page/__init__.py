"""The full-screen page of a running session, for a terminal; Textual is read only when it is shown."""
