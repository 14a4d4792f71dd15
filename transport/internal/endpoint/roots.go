package endpoint

import (
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"sync"
)

// Roots are the authorities of a file that may be replaced at any time. It is
// safe for concurrent use.
type Roots struct {
	file string

	mu     sync.Mutex
	pool   *x509.CertPool
	failed error
}

// NewRoots reads nothing yet.
func NewRoots(file string) *Roots { return &Roots{file: file} }

// Get reads the file. When it cannot be used, what was read last is.
func (r *Roots) Get() (*x509.CertPool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, err := ReadPEM(r.file)
	if err == nil {
		pool := x509.NewCertPool()
		if pool.AppendCertsFromPEM(b) {
			r.pool, r.failed = pool, nil
			return pool, nil
		}
		err = fmt.Errorf("mqtt: %s holds no certificate", r.file)
	}
	r.failed = err
	if r.pool == nil {
		return nil, err
	}
	return r.pool, nil
}

// Problem returns why the file is not in force.
func (r *Roots) Problem() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// maxPEM bounds what is read of a file of certificates or keys.
const maxPEM = 1 << 20

// ReadPEM reads a file of certificates or keys, up to 1 MiB.
func ReadPEM(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	if len(b) > maxPEM {
		return nil, fmt.Errorf("mqtt: %s is longer than %d bytes", name, maxPEM)
	}
	return b, nil
}
