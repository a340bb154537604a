"""What every live source shares: device time made host time, a track without untold holes, one bounded queue, events."""
