package shadow

import (
	"errors"
	"fmt"
)

// What is wrong with a document; each arrives wrapped in a [*DocumentError].
var (
	ErrSyntax       = errors.New("not JSON")
	ErrEncoding     = errors.New("not UTF-8")
	ErrDuplicateKey = errors.New("key appears twice")
	ErrDepth        = errors.New("nested too deeply")
	ErrSize         = errors.New("too large")
	ErrNullElement  = errors.New("null in an array")
	ErrNotObject    = errors.New("not a JSON object")
)

// DocumentError says what is wrong with a document and where.
type DocumentError struct {
	Offset int    // in bytes from the start of the document
	Detail string // more about it, may be empty
	Err    error  // one of ErrSyntax, ErrEncoding, ErrDuplicateKey, ErrDepth, ErrSize, ErrNullElement, ErrNotObject
}

func (e *DocumentError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("shadow: document at byte %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("shadow: document at byte %d: %v: %s", e.Offset, e.Err, e.Detail)
}

func (e *DocumentError) Unwrap() error { return e.Err }

var (
	// ErrNoLink reports that there is no connection, or that it was lost before
	// the answer came.
	ErrNoLink = errors.New("shadow: no connection")
	// ErrRunning reports a second Run of the same Shadow at the same time, in
	// this process or, by way of Options.Dir, in another.
	ErrRunning = errors.New("shadow: already running")
	// ErrTimeout reports that the service did not answer in time. The request
	// may have been carried out.
	ErrTimeout = errors.New("shadow: no answer in time")
)

// RejectedError is the service's refusal of a request.
type RejectedError struct {
	Op      string // "get", "update" or "delete"
	Code    int    // the HTTP-like code of the service's error catalogue, such as 409
	Message string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("shadow: %s rejected: %d %s", e.Op, e.Code, e.Message)
}

// Temporary says whether the same request may succeed later: too many requests,
// a version conflict, or a failure inside the service.
func (e *RejectedError) Temporary() bool {
	return e.Code == 409 || e.Code == 429 || e.Code >= 500
}
