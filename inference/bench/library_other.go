//go:build !darwin && !freebsd && !linux && !netbsd

package main

import (
	"fmt"
	"runtime"
)

// openLibrary would load a shared library. ONNX Runtime takes paths in another form on Windows, too; the engine of this
// module is timed alone there.
func openLibrary(string) (uintptr, error) {
	return 0, fmt.Errorf("ONNX Runtime cannot be called on %s: leave -lib out", runtime.GOOS)
}
