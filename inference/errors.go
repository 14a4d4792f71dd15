package inference

import (
	"errors"

	"github.com/brinkml/brink/inference/internal/fault"
)

// ErrClosed is returned by every method of a [Model], [Session] or [Binding] that needs one which has been closed.
var ErrClosed = errors.New("inference: closed")

// The errors that carry facts. All are found with errors.As in whatever wraps them.
type (
	// FormatError says that bytes are no valid model or tensor: {Reason string; Err error}.
	FormatError = fault.FormatError
	// LimitError says that something is larger than a limit allows, before the memory for it is taken:
	// {What string; Got, Max int64}.
	LimitError = fault.LimitError
	// ShapeError says that shapes do not fit an operator or each other: {Reason string}.
	ShapeError = fault.ShapeError
	// InputError says that what a caller gave or asked for does not fit the model's inputs or outputs:
	// {Name, Reason string}.
	InputError = fault.InputError
	// NodeError says which node another error belongs to: {Node, Op, Domain string; Opset int; Err error}.
	NodeError = fault.NodeError
	// UnsupportedError lists all operators of a model that cannot run: {Missing []OpUse}.
	UnsupportedError = fault.UnsupportedError
	// OpUse is an operator as a model uses it: {Name, Domain string; Opset, Count int; Reason string}.
	// Domain "" is ai.onnx, Opset the version of the domain that the model imports, Count the number of its nodes,
	// Reason why it cannot run, "" when it can.
	OpUse = fault.OpUse
)
