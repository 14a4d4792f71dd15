package mqtt

import (
	"crypto/x509"
	"fmt"
	"sync"
)

// roots are the authorities of a file that may be replaced at any time.
type roots struct {
	file string

	mu     sync.Mutex
	pool   *x509.CertPool
	failed error
}

// get reads the file. When it cannot be used, what was read last is.
func (r *roots) get() (*x509.CertPool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, err := readPEM(r.file)
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

// problem returns why the file is not in force.
func (r *roots) problem() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
