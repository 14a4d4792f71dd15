package endpoint

import (
	"errors"
	"io"
	"net"
	"slices"
)

// ByPeer reports whether an error of the network connection means that the
// other side ended it, and not that it fell silent.
func ByPeer(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe} {
		if errors.Is(err, e) {
			return true
		}
	}
	// An alert of TLS, such as a certificate refused after the handshake.
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return true
	}
	return slices.ContainsFunc(resets, func(e error) bool { return errors.Is(err, e) })
}
