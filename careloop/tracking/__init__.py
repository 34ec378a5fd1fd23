"""A patient's joint angles from pictures: what `careloop track` does around a tracker."""
