//go:build !unix || aix || solaris

package inference

import (
	"errors"
	"os"
)

// mapFile would map a file into memory; its error makes the caller read it instead.
func mapFile(*os.File, int) ([]byte, error) { return nil, errors.New("files cannot be mapped here") }

func unmap([]byte) {}
