"""How stiff may a sampled wall be.

## Question

A stiffness that is computed once a tick makes energy: its force is held while the joint moves on, and it is read off an
encoder that moves in steps. Abbott and Okamura (2005, recalled and not read) give a bound below which the joint's own
friction takes all of it, K ≤ min(2 b / T, 2 f_c / Δ), with viscous friction b, period T, Coulomb friction f_c and
encoder resolution Δ. Does it hold, is it tight, and does it still hold in a loop like ours, in which a torque acts one
cycle after the measurement that it answers?

## Protocol

Written before the first run; the history of `docs/science/wall.py` shows it.

* **Joint.** One rotor of 0.05 kg·m² with b and f_c, moved exactly between the ticks: exponentials, and the moments at
  which Coulomb friction stops it. The spring is the compiled `joint-impedance` without damping, and reads the angle
  rounded to Δ; its torque is held over the period and acts at once, or one cycle late.
* **Cases.** T of 1, 2 and 4 ms and b of 0.1 and 0.2 N·m·s/rad with an ideal encoder and no Coulomb friction, where the
  first term is the bound; Δ of 1, 2 and 4 mrad and f_c of 0.05 and 0.1 N·m at b = 0.5 N·m·s/rad, where the second one
  is; each without delay and one cycle late. Two more go through the simulated plant, with the counts of the knee
  robot's drive and its own cycle of delay.
* **Limit to energy.** A hand leads the joint along x = c + A sin(2π k/n + φ), straight between the ticks, for n from 2
  to 512, A from a hundredth to ten times Δ, c on an encoder's edge and in the middle of a step, and 16 phases φ. What
  the spring gives in a whole turn is K times a number of the motion, what friction takes is another: the limit is the
  least K with which any of these motions gets energy out. This is the passivity that the bound is about.
* **Limit to rest.** The rotor alone is set going at 1 rad/s, for 10 s. It holds where it rests at the end, or where its
  largest speed in the last quarter is below 98.5 % of that in the third. The limit is found by bisection to 0.5 %,
  between a tenth of the bound and a hundred times it.
* **Predicted.** One cycle of delay: Colgate's condition for K z⁻¹ asks for b > K T (1 + 2 cos θ) / 2 at every θ, so
  three times as much, K ≤ 2 b / 3 T. The second term stays as it is. At rest, the limit without Coulomb friction is
  that of the eigenvalues.
* **It comes out** where, in every case it speaks of: no limit is below 0.99 of the bound (it holds); the limit to
  energy is below 1.1 of it (it is tight); the limit to rest of the ideal encoder is below 1.1 of it (beyond, a wall is
  unstable indeed). The same is asked of the bound with delay, once as published and once with three times the period.
* No patient, no chance: there is nothing to seed.
"""
