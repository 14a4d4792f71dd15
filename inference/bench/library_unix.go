//go:build darwin || freebsd || linux || netbsd

package main

import "github.com/ebitengine/purego"

// openLibrary loads a shared library.
func openLibrary(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}
