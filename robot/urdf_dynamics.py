"""adam's symbolic dynamics of a URDF, imported without its reader of MuJoCo's files.

That reader brings scipy's rotations, which nothing here needs: a third of the time that a process takes to start. A
session starts four, a validation one for each core. Where adam should name it otherwise only that time is lost.
"""

import sys
from types import ModuleType

_STAND_IN = ModuleType("adam.model.mj_factory.mujoco_model")
_STAND_IN.__dict__["MujocoModelFactory"] = None
sys.modules.setdefault(_STAND_IN.__name__, _STAND_IN)

from adam.casadi import KinDynComputations  # noqa: E402

if sys.modules[_STAND_IN.__name__] is _STAND_IN:
    del sys.modules[_STAND_IN.__name__]  # whoever asks for the reader itself gets it

__all__ = ["KinDynComputations"]
