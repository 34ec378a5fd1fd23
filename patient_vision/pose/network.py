"""A network of the data home, run on one thread: control needs the other ones."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from robot.errors import DeviceError

Values = npt.NDArray[np.float32]


class Network:
    """A TensorFlow Lite network; called with its one input it gives its outputs, as many as are asked for, copied."""

    def __init__(self, content: bytes) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as problem:
            raise DeviceError("pose-not-installed") from problem
        with _unheard():
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


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep the library's greeting off the error stream: it has no other way to be silent."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
