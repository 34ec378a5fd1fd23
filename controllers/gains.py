"""Gains by theory: damping for a wanted damping ratio, and the largest stiffness that a sampled spring may have."""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def joint_damping(stiffness: float, inertia: float, ratio: float) -> float:
    """Damping in N·m·s/rad with which one joint of `inertia` kg·m² on `stiffness` N·m/rad has this damping ratio.

    D = 2 ζ √(K M); at ζ = 1 it just does not overshoot. Negative or not finite: `ValueError`.
    """
    for value in (stiffness, inertia, ratio):
        _check(value)
    return 2.0 * ratio * math.sqrt(stiffness * inertia)


def modal_damping(stiffness: Array, inertia: Array, ratio: float) -> Array:
    """The damping matrix with which every mode of M ẍ + D ẋ + K x = 0 has the same damping ratio.

    With the inertia of the configuration, M = L Lᵀ, and L⁻¹ K L⁻ᵀ = V Λ Vᵀ: D = 2 ζ L V √Λ Vᵀ Lᵀ, the double
    diagonalisation of Albu-Schäffer and others (2003; recalled). For one joint it is 2 ζ √(K M). In N·m·s/rad for K in
    N·m/rad and M in kg·m²; both symmetric, M positive definite and K not negative, else `ValueError`.
    """
    _check(ratio)
    for matrix in (stiffness, inertia):
        if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T):
            raise ValueError("stiffness and inertia are symmetric and finite")
    try:
        root = np.linalg.cholesky(inertia)
    except np.linalg.LinAlgError as problem:
        raise ValueError("the inertia is positive definite") from problem
    half = np.linalg.solve(root, stiffness)
    squares, modes = np.linalg.eigh(np.linalg.solve(root, half.T))
    if squares[0] < -1e-9 * max(abs(squares[-1]), 1.0):
        raise ValueError("the stiffness is not negative in any direction")
    both = root @ modes
    damping: Array = 2.0 * ratio * (both * np.sqrt(np.maximum(squares, 0.0))) @ both.T
    return damping


def largest_passive_stiffness(
    period_s: float, viscous: float, coulomb: float, resolution: float, delay_s: float
) -> float:
    """Largest stiffness in N·m/rad of a sampled spring that cannot make energy, whatever touches it.

    K ≤ min(2 b / (T + 2 t_d), 2 f_c / Δ): b the joint's viscous friction in N·m·s/rad, T the period in s, t_d the
    delay in s from measurement to torque, f_c the Coulomb friction in N·m, Δ the encoder's resolution in rad at the
    joint. Without delay it is the bound of Abbott and Okamura 2005 (recalled; by their abstract necessary and
    sufficient); a delay is put into Colgate and Schenkel's condition, and `docs/science/wall.md` tries both. The first
    term keeps the sampling's energy below what viscous friction takes, the second that of the encoder's steps below
    what Coulomb friction takes. For a spring without damping: `joint_impedance.passive_damping` has both.
    """
    for value in (period_s, viscous, coulomb, resolution, delay_s):
        _check(value)
    if period_s == 0.0 or resolution == 0.0:
        raise ValueError("period and resolution are positive")
    return min(2.0 * viscous / (period_s + 2.0 * delay_s), 2.0 * coulomb / resolution)


def _check(value: float) -> None:
    if not (math.isfinite(value) and value >= 0.0):
        raise ValueError(f"{value} is negative or not finite")
