package ops

import "runtime"

// frugal says that a program is to be small above all: on 32-bit arm, where large networks do not run. Operators that
// these consist of, and that are rare in others, have one kernel for all floats there, the one for float64. It is a
// constant, so that the others are not linked.
const frugal = runtime.GOARCH == "arm"
