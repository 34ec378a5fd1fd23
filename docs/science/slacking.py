"""Help that is not forgotten makes a patient lazy.

## Question

People's effort slackens by itself: from one movement to the next it keeps the share f_H and adds what the error asks
for (Emken and others 2007). A robot that learns from the same error, and forgets nothing, takes the task over; one that
forgets faster than the person, f_R < f_H, leaves it to them. Wolbrecht and others (2008) give their adaptive model a
forgetting term for the same reason. Do `error-based-assistance` and `adaptive-assistance` do so on a simulated robot?

## Protocol

Written before the first run; the history of `docs/science/slacking.py` shows it.

* **Robot.** The simulated `knee-exo` with its cuff, drive counts, friction and one cycle of delay; the law alone, no
  guard. The recorded walking knee from 20 to 65° at 0.3 of walking speed, 60 cycles. In every case the robot carries
  itself (weight; friction and inertia along the reference) and has a `joint-impedance` of 30 N·m/rad and 3 N·m·s/rad:
  what of the limb's weight is carried is left to the person and to what is learnt.
* **Patients.** Four synthetic ones, drawn uniformly from seed 2007: height from 1.55 to 1.9 m, mass from 50 to 95 kg,
  f_H from 0.85 to 0.95 a cycle, G from 6 to 12 1/rad, effort at the start from 0.6 to 0.9. The voluntary torque is the
  effort u times what the limb's own weight, passive moment and inertia ask for. After each cycle u becomes
  f_H u + (1 − f_H) G e within 0 and 1, where e in rad is how far the limb fell short: the error q_ref − q averaged with
  the sign and the weight of the torque asked for. The numbers are synthetic.
* **Laws.** *Impedance alone*, for what the person does by themselves. `error-based-assistance` with a gain of 6
  N·m/rad, no dead band, and f_R of 1, of 0.98 (slower than every patient forgets) and of 0.7 (faster).
  `adaptive-assistance` with a rate of 30 N·m/rad, a position share of 2 1/s, and a forgetting rate of 0 and of 1.5 1/s.
* **Measured**: effort, and the limb's RMS error, as the means of the last five cycles.
* **Predicted** for the error-based law: with N the mean size of the torque asked for and stiffness K, at rest
  N (1 − u) = (K + g_R/(1 − f_R)) e and u = G e; with f_R = 1 both go to zero.
* **It comes out** where, for each of the four: without forgetting the effort ends below 0.1 (Emken; Wolbrecht); with
  forgetting faster than the person it ends above half of what they do with the impedance alone (the same); with
  forgetting slower than the person it ends lower than with faster. The prediction is good where it is within 0.1.
"""
