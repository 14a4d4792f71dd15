package awsiot

import (
	"errors"
	"fmt"
)

var (
	// ErrNoLink reports that there is no connection, or that it was lost before
	// the answer came. The request may have been carried out.
	ErrNoLink = errors.New("awsiot: no connection")
	// ErrTimeout reports that the service did not answer in time. The request
	// may have been carried out.
	ErrTimeout = errors.New("awsiot: no answer in time")
)

// RejectedError is a service's refusal of a request.
type RejectedError struct {
	Service string // such as "jobs"
	Op      string // such as "start-next"
	Code    string // the service's own name for the reason, such as "VersionMismatch"
	Status  int    // the HTTP-like number, where the service gives one; else 0
	Message string // for people; may be empty
	Payload []byte // the whole answer
}

func (e *RejectedError) Error() string {
	s := fmt.Sprintf("awsiot: %s: %s rejected: %s", e.Service, e.Op, e.Code)
	if e.Status != 0 {
		s = fmt.Sprintf("%s (%d)", s, e.Status)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// MessageError reports a message of a service that cannot be understood.
type MessageError struct {
	Topic string
	Err   error
}

func (e *MessageError) Error() string {
	return fmt.Sprintf("awsiot: message on %s: %v", e.Topic, e.Err)
}

func (e *MessageError) Unwrap() error { return e.Err }
