"""People and papers: patients, operators, prescriptions, and what is said after a session."""
