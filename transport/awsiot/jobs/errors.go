package jobs

import (
	"errors"
	"fmt"

	"github.com/brinkml/brink/transport/awsiot"
)

// The codes of a [RejectedError].
const (
	CodeInvalidTopic           = "InvalidTopic"           // no request is sent to this topic
	CodeInvalidJSON            = "InvalidJson"            // not valid UTF-8 JSON
	CodeInvalidRequest         = "InvalidRequest"         // for example invalid status details
	CodeInvalidStateTransition = "InvalidStateTransition" // the execution is in another state; see State
	CodeResourceNotFound       = "ResourceNotFound"       // no such execution
	CodeVersionMismatch        = "VersionMismatch"        // the execution has another version; see State
	CodeInternalError          = "InternalError"          // the service failed
	CodeRequestThrottled       = "RequestThrottled"       // too many requests
	CodeTerminalStateReached   = "TerminalStateReached"   // the execution is over
)

var (
	// ErrReject is what a handler's error wraps to report the job as REJECTED,
	// which the service does not retry, rather than FAILED.
	ErrReject = errors.New("jobs: rejected")
	// ErrRunning reports that Run is under way for this thing and directory,
	// here or in another process.
	ErrRunning = errors.New("jobs: already running")
	// ErrDetails reports status details that the service would not take.
	ErrDetails = errors.New("jobs: invalid status details")
)

// RejectedError is the service's refusal of a request.
type RejectedError struct {
	awsiot.RejectedError
	State *State // of the execution, where the service tells it
}

// Unwrap returns the [*awsiot.RejectedError] in it.
func (e *RejectedError) Unwrap() error { return &e.RejectedError }

// EndedError is why a handler's context ended: the execution is over for the
// service.
type EndedError struct {
	JobID  string
	Status Status // empty for one that was deleted
}

func (e *EndedError) Error() string {
	if e.Status == "" {
		return fmt.Sprintf("jobs: %s: no longer exists", e.JobID)
	}
	return fmt.Sprintf("jobs: %s: is %s", e.JobID, e.Status)
}
