// Package fault holds the error types that the engine's stages return and the public package re-exports.
//
// They live below every stage so that the decoder, the checker and the executor can all make them; each says what
// was wrong in one sentence and keeps the facts as fields for programs.
package fault

import (
	"fmt"
	"strconv"
	"strings"
)

// FormatError says that the bytes are no valid model, tensor or sequence.
type FormatError struct {
	Reason string
	Err    error // what a lower layer said, or nil
}

// Format returns a *FormatError with a formatted reason.
//
// The functions that make errors are called from everywhere, seldom: copies of them would only take room.
//
//go:noinline
func Format(format string, args ...any) error {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}

func (e *FormatError) Error() string {
	if e.Err != nil {
		return "inference: format: " + e.Reason + ": " + e.Err.Error()
	}
	return "inference: format: " + e.Reason
}

func (e *FormatError) Unwrap() error { return e.Err }

// LimitError says that something is larger than a limit allows. It is returned before the memory is taken.
type LimitError struct {
	What string // what was measured, with its unit, such as "arena bytes"
	Got  int64  // math.MaxInt64 when the true number does not fit
	Max  int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("inference: %s: %d exceeds the limit of %d", e.What, e.Got, e.Max)
}

// ShapeError says that shapes, or values that decide a shape, do not fit an operator or each other.
type ShapeError struct {
	Reason string
}

// Shape returns a *ShapeError with a formatted reason.
//
//go:noinline
func Shape(format string, args ...any) error {
	return &ShapeError{Reason: fmt.Sprintf(format, args...)}
}

func (e *ShapeError) Error() string { return "inference: shape: " + e.Reason }

// InputError says that what was given to run or bind a model does not fit its inputs, or that a name or a Go type
// asked of it is not the declared one.
type InputError struct {
	Name   string // the input's or output's name
	Reason string
}

// Input returns an *InputError with a formatted reason.
//
//go:noinline
func Input(name, format string, args ...any) error {
	return &InputError{Name: name, Reason: fmt.Sprintf(format, args...)}
}

func (e *InputError) Error() string { return "inference: " + strconv.Quote(e.Name) + ": " + e.Reason }

// NodeError says which node of the graph an error belongs to.
type NodeError struct {
	Node   string // the node's name, or its first output's when it has none
	Op     string
	Domain string // "" is ai.onnx
	Opset  int    // the version of Domain that the model imports
	Err    error
}

func (e *NodeError) Error() string {
	return fmt.Sprintf("inference: node %q (%s): %s", e.Node, OpName(e.Domain, e.Op, e.Opset),
		strings.TrimPrefix(e.Err.Error(), "inference: "))
}

func (e *NodeError) Unwrap() error { return e.Err }

// OpUse is an operator as one model uses it.
type OpUse struct {
	Name   string
	Domain string // "" is ai.onnx
	Opset  int    // the version of Domain that the model imports
	Count  int    // nodes of the model that use it this way
	Reason string // why it cannot run; "" when it can
}

func (u OpUse) String() string {
	s := OpName(u.Domain, u.Name, u.Opset)
	if u.Count > 1 {
		s += " x" + strconv.Itoa(u.Count)
	}
	if u.Reason != "" {
		s += " (" + u.Reason + ")"
	}
	return s
}

// UnsupportedError lists everything in a model that this engine cannot run, all at once.
type UnsupportedError struct {
	Missing []OpUse
}

func (e *UnsupportedError) Error() string {
	var b strings.Builder
	b.WriteString("inference: unsupported: ")
	for i, u := range e.Missing {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(u.String())
	}
	return b.String()
}

// OpName writes an operator with its domain and version, such as "Conv-13" or "ai.onnx.ml.Scaler-1".
func OpName(domain, op string, opset int) string {
	s := op + "-" + strconv.Itoa(opset)
	if domain != "" {
		s = domain + "." + s
	}
	return s
}
