package streams

import (
	"errors"
	"fmt"
	"strings"
)

// The codes of an [awsiot.RejectedError], as the service's page names them.
// VersionMismatch is seen only by who asked for a version, and InternalError
// when it came again and again.
const (
	InvalidTopic             = "InvalidTopic"
	InvalidJson              = "InvalidJson"
	InvalidCbor              = "InvalidCbor"
	InvalidRequest           = "InvalidRequest"
	Unauthorized             = "Unauthorized"
	BlockSizeOutOfBounds     = "BlockSizeOutOfBounds"
	OffsetOutOfBounds        = "OffsetOutOfBounds"
	BlockCountLimitExceeded  = "BlockCountLimitExceeded"
	BlockBitmapLimitExceeded = "BlockBitmapLimitExceeded"
	ResourceNotFound         = "ResourceNotFound"
	VersionMismatch          = "VersionMismatch"
	ETagMismatch             = "ETagMismatch"
	InternalError            = "InternalError"
)

// temporary says whether the same request may be granted later. The page names
// no code for too many requests; the service's other interfaces have Throttled
// in its name.
func temporary(code string) bool {
	return code == InternalError || strings.Contains(code, "Thrott") || code == "ServiceUnavailable"
}

var (
	// ErrNoFile reports a file that the stream does not have.
	ErrNoFile = errors.New("streams: the stream has no such file")
	// ErrBusy reports a path to which another process, or another client, is
	// fetching.
	ErrBusy = errors.New("streams: the path is being fetched to")
)

// SizeError reports a file that is not of the size that was asked for, or that
// is too large. Sizes are in bytes.
type SizeError struct {
	Stream string
	ID     int
	Size   int64 // as the service has it
	Want   int64 // as asked for; 0: any up to Limit
	Limit  int64
}

func (e *SizeError) Error() string {
	if e.Want != 0 {
		return fmt.Sprintf("streams: file %d of stream %q has %d bytes; want %d", e.ID, e.Stream, e.Size, e.Want)
	}
	return fmt.Sprintf("streams: file %d of stream %q has %d bytes; the limit is %d", e.ID, e.Stream, e.Size, e.Limit)
}

// ChecksumError reports a file that arrived whole and is not the one that was
// asked for. It was deleted.
type ChecksumError struct {
	Stream    string
	ID        int
	Got, Want []byte // SHA-256
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("streams: file %d of stream %q has SHA-256 %x; want %x", e.ID, e.Stream, e.Got, e.Want)
}
