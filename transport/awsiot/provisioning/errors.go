package provisioning

import (
	"errors"
	"strings"

	"github.com/brinkml/brink/transport/awsiot"
)

var (
	// ErrNotProvisioned reports a directory that holds no complete identity:
	// [Device] makes one, or completes it.
	ErrNotProvisioned = errors.New("provisioning: not provisioned")
	// ErrRunning reports that Device is under way for this directory, here or in
	// another process.
	ErrRunning = errors.New("provisioning: already under way")
	// ErrDamaged reports a provisioning.json that cannot be read. It is left as
	// it is, because to start afresh would provision the device twice: whoever
	// wants that removes the directory.
	ErrDamaged = errors.New("provisioning: state damaged")
	// ErrKey reports that the certificate is not for the key that is there.
	ErrKey = errors.New("provisioning: the certificate is for another key")
)

// CodeInvalidToken is the Code of the [awsiot.RejectedError] with which the
// service refuses a certificate ownership token: unknown, or expired.
const CodeInvalidToken = "InvalidCertificateOwnershipToken"

// isTemporary says whether the same request may succeed later without anybody
// doing anything about it.
func isTemporary(err *awsiot.RejectedError) bool {
	return err.Status == 429 || err.Status >= 500 || strings.Contains(err.Code, "Throttl")
}

// final is an error after which nothing is tried again.
type final struct{ error }

func (f final) Unwrap() error { return f.error }
