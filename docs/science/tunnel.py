"""A tunnel about the path, or a stiff hand on it.

## Question

Duschau-Wicke and others (2010) walked 11 people in a gait robot under path control, a virtual tunnel that moves along,
and under position control: path control gave more variability from step to step, lower interaction torque and more
muscle activity. Does `path-control` do that to a synthetic person who has an intention of their own, and what does it
cost in error?

## Protocol

Written before the first run; the history of `docs/science/tunnel.py` shows it.

* **Robot.** The simulated `knee-exo` with its cuff, drive counts, friction and one cycle of delay; the law alone, no
  guard. The recorded walking knee from 20 to 65° at 0.3 of walking speed, 24 cycles, of which the first 4 do not
  count. The robot's weight, and friction and inertia along the reference, are carried in every case.
* **Laws.** *Position control*: `joint-impedance` of 200 N·m/rad and 15 N·m·s/rad. *Path control*: `path-control` with
  the same spring and damper beyond a tunnel of 3° and a window of 0.25 s, without flow. *With flow*: the same and a
  flow of 3 N·m.
* **People.** Six synthetic ones, seeds 20101 to 20106: height from 1.55 to 1.9 m, mass from 50 to 95 kg, strength from
  20 to 60 N·m/rad, all uniform. They carry all of their limb's own weight and inertia, and pull it towards an intended
  angle by that strength and a twentieth of it in damping (N·m·s/rad). What they intend in each cycle is the recorded
  curve, shifted by N(0, 0.1 s), stretched by N(1, 0.06), and moved by N(0, 1.5°), each gone over to along a cosine in
  the tenth of a cycle about its end. The numbers are synthetic.
* **Measured** at the limb, which no robot sees, over 100 phases of 20 cycles: *variability*, the standard deviation
  from cycle to cycle, RMS over the phases; *interaction torque*, RMS; *error* of a cycle, RMS, mean of the cycles;
  *error of the mean cycle*, RMS; *activity*, RMS of the person's voluntary torque.
* **It comes out** where, in each of the six: variability is higher under path control than under position control;
  interaction torque is lower; activity is higher. Nothing was published that is known here of the error: it is told,
  with whether the mean cycle stays within 6°.
* **Not predicted.** These people pull as they do whatever the robot does, and do not become lazy. Position control
  then makes them work against it, and activity may well come out the other way round.
"""
