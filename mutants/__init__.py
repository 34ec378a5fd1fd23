"""Mutation testing: the safety modules with one small error each, and whether a test notices."""

SUBJECTS = {
    "guard": (["robot/guard/*.py"], ["tests/robot/test_guard*.py"]),
    "session": (["robot/runtime/session*.py", "robot/runtime/settling.py"], ["tests/robot/test_session*.py"]),
    "mailbox": (["robot/runtime/mailbox.py"], ["tests/robot/test_mailbox*.py"]),
    "proof": (["robot/proof.py"], ["tests/robot/test_proof*.py"]),
}
"""What is mutated, and the tests that must notice."""

GATE = 0.95
"""Share of its mutants that each subject's tests must notice."""
