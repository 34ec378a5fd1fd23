"""Care tasks: which person they are done to, where that person is, what of them is touched, and what counts as done."""
