package endpoint

import "syscall"

// resets is how the system says that the peer reset the connection.
var resets = []error{
	syscall.WSAECONNRESET,
	syscall.WSAECONNABORTED,
	syscall.ERROR_BROKEN_PIPE,
	syscall.ERROR_NETNAME_DELETED,
}
