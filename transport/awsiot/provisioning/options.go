package provisioning

import (
	"crypto"
	"encoding/json"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

const (
	maxPayload = 128 << 10 // of a message to or from AWS IoT
	// maxParameters leaves the ownership token room in a request.
	maxParameters = 64 << 10
	// TokenLife is how long a certificate ownership token can be used.
	TokenLife = time.Hour
)

// Options of [Device].
type Options struct {
	// Dir is the directory of the identity. It is created when missing, for its
	// owner alone. Required.
	Dir string

	// Parameters are what the template, and a hook that decides about the
	// device, ask for: a serial number, for example. 64 KB of JSON at most.
	Parameters map[string]string

	// Signer is the device's private key when it does not lie in Dir: in a TPM,
	// for example. Nil: a file in Dir.
	Signer crypto.Signer

	// CloudKeys makes the service generate the key and send it with the
	// certificate. False: the key is generated on the device, as ECDSA P-256,
	// and never leaves it; a key.pem that is in Dir already is used.
	CloudKeys bool

	// CommonName is the subject of the signing request. Empty: "AWS IoT
	// Certificate", which is what the service writes into its certificates.
	CommonName string

	// Timeout is how long the service may take to answer a request. 0: 15 s, as
	// a hook of the template alone may take 5 s.
	Timeout time.Duration

	// Logger gets what is tried again, and certificates that may be left over.
	// Nil: nothing is logged. Keys and tokens are never logged.
	Logger *slog.Logger
}

// check returns the options with their defaults, or everything that is wrong.
func (o *Options) check(template string) (Options, error) {
	var s Options
	if o != nil {
		s = *o
	}
	var errs faults.List
	if err := name.Template(template); err != nil {
		errs.Addf("provisioning: %q: %w", template, err)
	}
	if s.Dir == "" {
		errs.Addf("provisioning: no Dir")
	}
	if s.Signer != nil && s.CloudKeys {
		errs.Addf("provisioning: one of Signer and CloudKeys may be set, not both")
	}
	if s.Timeout < 0 {
		errs.Addf("provisioning: Timeout is %v; want none or more", s.Timeout)
	}
	for k, v := range s.Parameters {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			errs.Addf("provisioning: parameter %q is not UTF-8", k)
		}
	}
	if b, err := json.Marshal(s.Parameters); err != nil || len(b) > maxParameters {
		errs.Addf("provisioning: parameters of %d bytes; the limit is %d", len(b), maxParameters)
	}
	if s.Timeout == 0 {
		s.Timeout = 15 * time.Second
	}
	if s.CommonName == "" {
		s.CommonName = "AWS IoT Certificate"
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	return s, errs.Err()
}
