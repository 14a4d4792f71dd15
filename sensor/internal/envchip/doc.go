// Package envchip is the driver that ST's environmental sensors have in common. They start, convert, report and fail
// alike; what a chip has of its own, which is registers, calibration and conversion, it gives as a [Chip].
//
// A conversion is made at the chip's own rate, or, in one-shot mode, when a read asks for it.
package envchip
