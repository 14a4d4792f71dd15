//go:build !linux

package regs

import "syscall"

// busErrnos is empty: only periph's Linux bus is known to drop them.
var busErrnos [0]syscall.Errno
