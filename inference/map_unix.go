//go:build unix && !aix && !solaris

package inference

import (
	"os"
	"syscall"
)

// mapFile maps the first size bytes of f into memory, to be read only.
func mapFile(f *os.File, size int) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
}

// unmap ends a mapping. Nothing may look at it any more.
func unmap(b []byte) { _ = syscall.Munmap(b) }
