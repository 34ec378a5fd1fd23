"""From a camera to a patient's joint angles and posture; what is seen can only make things safer."""
