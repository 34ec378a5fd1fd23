"""Virtual patients: a body and what ails each joint of it; every number labelled synthetic."""

from sim_models.virtual_patient.patient import STANDARD, VirtualPatient, alike

__all__ = ["STANDARD", "VirtualPatient", "alike"]
