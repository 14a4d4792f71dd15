//go:build !windows

package endpoint

import "syscall"

// resets is how the system says that the peer reset the connection.
var resets = []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED}
