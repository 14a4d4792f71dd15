package sensor

// Motion is one sample of an inertial unit, in the axes of the board and with the signs that python-sense-hat's users know.
//
// x and y lie along the board's edges. A board that lies flat and still reads Accel = (0, 0, +9.81) and, on the northern
// hemisphere, a positive z of Mag: the three share axes whose z goes into the board, and Accel is the pull of gravity less
// the board's own acceleration, which is the specific force negated. Code that expects the specific force negates Accel.
// Package lsm9ds1 has the signs axis by axis.
type Motion struct {
	Accel [3]float64 // m/s²
	Gyro  [3]float64 // rad/s
	Mag   [3]float64 // µT
}
