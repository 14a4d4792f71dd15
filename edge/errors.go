package edge

import (
	"errors"
	"fmt"
	"strings"
)

// Errors that programs branch on.
var (
	// ErrHung is the cause of the context, and the failure, of a component
	// that missed its Heartbeat.
	ErrHung = errors.New("edge: component hangs")

	// ErrUnknown is returned for a name that no component has.
	ErrUnknown = errors.New("edge: no component of that name")
)

// Causes of contexts that only this package reads.
var (
	errStop    = errors.New("edge: component is to stop")
	errRestart = errors.New("edge: component is to restart")
	errOver    = errors.New("edge: component has returned")
)

// PanicError is the failure of a component that panicked.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // of the goroutine that panicked
}

// Error returns the value of the panic without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// StuckError names the components that had not returned when [App.Run] did.
// Their goroutines are still running.
type StuckError struct{ Components []string }

// Error names the components.
func (e *StuckError) Error() string {
	return "edge: did not stop in time: " + strings.Join(e.Components, ", ")
}

// fatalError is the mark that [Fatal] sets.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// Fatal marks err, so that a component which returns it stops the whole app
// instead of being restarted. [App.Run] returns err, [Main] a code above zero.
// Fatal(nil) is nil.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return &fatalError{err}
}
