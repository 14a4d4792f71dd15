package wire

import (
	"errors"
	"strconv"
)

// ErrNotModel is what a [FormatError] wraps when the input is no ONNX model at all,
// as opposed to a broken one.
var ErrNotModel = errors.New("this is not an ONNX model")

// FormatError reports input that is not a well-formed message.
type FormatError struct {
	Path   string // the message, from the root: "graph.node[3].attribute[1].t"; "" is the root itself
	Offset int64  // of the byte in the input where reading stopped; -1 when no byte is to blame
	Err    error
}

func (e *FormatError) Error() string {
	s := e.Err.Error()
	if e.Path != "" {
		s = e.Path + ": " + s
	}
	if e.Offset >= 0 {
		s += " (byte " + strconv.FormatInt(e.Offset, 10) + ")"
	}
	return s
}

// Unwrap gives the reason.
func (e *FormatError) Unwrap() error { return e.Err }
