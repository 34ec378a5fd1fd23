"""A network of the data home, run on one thread: control needs the other ones."""

import numpy as np
import numpy.typing as npt

from patient_vision.quiet import unheard
from robot.errors import DeviceError

Values = npt.NDArray[np.float32]


class Network:
    """A TensorFlow Lite network; called with its one input it gives its outputs, as many as are asked for, copied."""

    def __init__(self, content: bytes) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as problem:
            raise DeviceError("pose-not-installed") from problem
        with unheard():
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        (given,) = self._interpreter.get_input_details()
        self._input = given["index"]
        self._outputs = [one["index"] for one in self._interpreter.get_output_details()]
        self.side: int = int(given["shape"][1])

    def __call__(self, image: Values, outputs: tuple[int, ...]) -> tuple[Values, ...]:
        """The outputs of these numbers for an image of `side` × `side` × 3, red first, in the network's own range."""
        self._interpreter.set_tensor(self._input, image[np.newaxis])
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(self._outputs[one])[0] for one in outputs)
