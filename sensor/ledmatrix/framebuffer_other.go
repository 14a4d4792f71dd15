//go:build !linux

package ledmatrix

import (
	"errors"
	"fmt"
)

func openFramebuffer(string) (*framebuffer, error) {
	return nil, fmt.Errorf("sensor: ledmatrix: frame buffers are Linux's: %w", errors.ErrUnsupported)
}
