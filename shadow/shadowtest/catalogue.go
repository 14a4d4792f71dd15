package shadowtest

import (
	"fmt"

	"github.com/brinkml/brink/shadow"
)

// The error catalogue of the service: codes and texts as on its page "Device
// Shadow error messages".
var (
	invalidJSON     = refusal{400, "Invalid JSON"}
	missingState    = refusal{400, "Missing required node: state"}
	stateObject     = refusal{400, "State node must be an object"}
	desiredObject   = refusal{400, "Desired node must be an object"}
	reportedObject  = refusal{400, "Reported node must be an object"}
	invalidVersion  = refusal{400, "Invalid version"}
	invalidToken    = refusal{400, "Invalid clientToken"}
	invalidNode     = refusal{400, "State contains an invalid node"}
	unauthorized    = refusal{401, "Unauthorized"}
	forbidden       = refusal{403, "Forbidden"}
	thingNotFound   = refusal{404, "Thing not found"}
	versionConflict = refusal{409, "Version conflict"}
	tooLarge        = refusal{413, "The payload exceeds the maximum size allowed"}
	badEncoding     = refusal{415, "Unsupported documented encoding; supported encoding is UTF-8"}
	tooManyRequests = refusal{429, "TOO_MANY_REQUESTS"} // as observed; the page describes the case and gives no text
	internalFailure = refusal{500, "Internal service failure"}
)

type refusal struct {
	code int
	text string
}

func tooDeep(limit int) refusal {
	return refusal{400, fmt.Sprintf("JSON contains too many levels of nesting; maximum is %d", limit)}
}

// noShadow names the thing for its classic shadow.
func noShadow(k key) refusal {
	name := k.name
	if name == "" {
		name = k.thing
	}
	return refusal{404, "No shadow exists with name: " + name}
}

// scripted is the refusal for a code that a script asks for.
func scripted(code int) refusal {
	for _, r := range []refusal{
		unauthorized, forbidden, thingNotFound, versionConflict, tooLarge, badEncoding, tooManyRequests, internalFailure, invalidJSON,
	} {
		if r.code == code {
			return r
		}
	}
	return refusal{code, "Refused by script"}
}

func (r refusal) error(op string) *shadow.RejectedError {
	return &shadow.RejectedError{Op: op, Code: r.code, Message: r.text}
}
