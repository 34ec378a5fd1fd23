"""Posture without markers, by the BlazePose networks: it supervises posture and presence, and closes no torque loop."""
