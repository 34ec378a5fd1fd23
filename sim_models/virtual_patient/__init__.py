"""Virtual patients: passive joints, voluntary effort, spasticity, tremor; every number labelled synthetic."""

from sim_models.virtual_patient.patient import STANDARD, VirtualPatient

__all__ = ["STANDARD", "VirtualPatient"]
