package mqtt

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/internal/endpoint"
)

// KeyPairOptions say where a device's certificate and its private key are.
type KeyPairOptions struct {
	// CertFile holds the certificate in PEM, and after it those of intermediate
	// authorities, if any. Required.
	CertFile string
	// KeyFile holds the private key in PEM. Nobody but its owner should be able
	// to read it.
	KeyFile string
	// Signer is the private key, instead of KeyFile, when it does not lie in a
	// file: in a TPM or a PKCS #11 token, for example. It must be safe for
	// concurrent use.
	Signer crypto.Signer
	// Warn is how long before its end the coming expiry of a certificate is
	// told; 0 means 30 days.
	Warn time.Duration
}

// KeyPair is a certificate with its key that may be replaced on disk at any
// time. It is safe for concurrent use and may serve several dialers.
//
// Whoever replaces the files may write them one after the other: as long as
// they do not fit together, or one of them cannot be read or parsed, the pair
// read last stays in force, and [KeyPair.Problems] says why. Renaming new files
// over the old ones is the better way, because a power cut leaves no half file.
//
// A certificate that has expired, or is not valid yet, is told there as well
// and used nevertheless: it is the broker's to refuse it, and a device's clock
// may be wrong.
type KeyPair struct {
	o KeyPairOptions

	mu     sync.Mutex
	sum    [sha256.Size]byte // of the files that current was made of
	cur    *tls.Certificate
	chain  []*x509.Certificate
	failed error // why the files that are there now are not in force
}

// NewKeyPair reads a pair. It fails when the options are wrong or when there is
// no usable pair to begin with.
func NewKeyPair(o *KeyPairOptions) (*KeyPair, error) {
	k := new(KeyPair)
	if o != nil {
		k.o = *o
	}
	var errs []error
	if k.o.CertFile == "" {
		errs = append(errs, errors.New("mqtt: key pair: no CertFile"))
	}
	if (k.o.KeyFile == "") == (k.o.Signer == nil) {
		errs = append(errs, errors.New("mqtt: key pair: one of KeyFile and Signer must be set, and not both"))
	}
	if k.o.Warn < 0 {
		errs = append(errs, fmt.Errorf("mqtt: key pair: Warn is negative: %v", k.o.Warn))
	}
	if k.o.Warn == 0 {
		k.o.Warn = 30 * 24 * time.Hour
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if k.current(); k.cur == nil {
		return nil, k.failed
	}
	return k, nil
}

// Get returns the pair in force, after a look at the files. It is made for
// [tls.Config.GetClientCertificate]; the argument is not used.
func (k *KeyPair) Get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return k.current(), nil
}

// current reads the files anew when their content has changed. The value it
// returns is another one exactly when there is another pair.
func (k *KeyPair) current() *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	certPEM, keyPEM, err := k.read()
	if err != nil {
		k.failed = err
		return k.cur
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d ", len(certPEM))
	h.Write(certPEM)
	h.Write(keyPEM)
	sum := [sha256.Size]byte(h.Sum(nil))
	if k.cur != nil && sum == k.sum {
		k.failed = nil
		return k.cur
	}
	cert, chain, err := k.parse(certPEM, keyPEM)
	if err != nil {
		k.failed = err
		return k.cur
	}
	k.cur, k.chain, k.sum, k.failed = cert, chain, sum, nil
	return k.cur
}

func (k *KeyPair) read() (certPEM, keyPEM []byte, err error) {
	if certPEM, err = endpoint.ReadPEM(k.o.CertFile); err == nil && k.o.KeyFile != "" {
		keyPEM, err = endpoint.ReadPEM(k.o.KeyFile)
	}
	return certPEM, keyPEM, err
}

// parse makes a pair whose halves belong together.
func (k *KeyPair) parse(certPEM, keyPEM []byte) (*tls.Certificate, []*x509.Certificate, error) {
	cert := &tls.Certificate{PrivateKey: k.o.Signer}
	if k.o.Signer == nil {
		c, err := tls.X509KeyPair(certPEM, keyPEM)
		if err != nil {
			return nil, nil, fmt.Errorf("mqtt: key pair: %s and %s: %w", k.o.CertFile, k.o.KeyFile, err)
		}
		cert = &c
	} else {
		cert.Certificate = certificates(certPEM)
	}
	var chain []*x509.Certificate
	for _, der := range cert.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, nil, fmt.Errorf("mqtt: key pair: %s: %w", k.o.CertFile, err)
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, nil, fmt.Errorf("mqtt: key pair: %s holds no certificate", k.o.CertFile)
	}
	cert.Leaf = chain[0]
	if k.o.Signer != nil && !sameKey(chain[0].PublicKey, k.o.Signer.Public()) {
		return nil, nil, fmt.Errorf("mqtt: key pair: the certificate in %s is not for the signer's key", k.o.CertFile)
	}
	return cert, chain, nil
}

// certificates returns the DER of every certificate in a PEM file.
func certificates(b []byte) (ders [][]byte) {
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return ders
		}
		if block.Type == "CERTIFICATE" {
			ders = append(ders, block.Bytes)
		}
	}
}

func sameKey(a, b crypto.PublicKey) bool {
	x, err := x509.MarshalPKIXPublicKey(a)
	if err != nil {
		return false
	}
	y, err := x509.MarshalPKIXPublicKey(b)
	return err == nil && bytes.Equal(x, y)
}

// Problems looks at the files and returns what an operator should know: a pair
// on disk that is not in force and why, a key file that others can read, a
// certificate that has expired, will soon, or is not valid yet.
func (k *KeyPair) Problems() []error {
	k.current()
	k.mu.Lock()
	failed, chain := k.failed, k.chain
	k.mu.Unlock()
	var errs []error
	if failed != nil {
		errs = append(errs, fmt.Errorf("the pair read before stays in force: %w", failed))
	}
	if k.o.KeyFile != "" {
		errs = append(errs, checkKeyMode(k.o.KeyFile))
	}
	now := time.Now()
	for _, c := range chain {
		errs = append(errs, k.checkTime(c, now))
	}
	return compact(errs)
}

// checkKeyMode returns an error when others than the owner may read the file.
// Windows has no such bits.
func checkKeyMode(name string) error {
	i, err := os.Stat(name)
	if err != nil || runtime.GOOS == "windows" {
		return nil // that it cannot be read is told by reading it
	}
	if mode := i.Mode() & fs.ModePerm; mode&0o077 != 0 {
		return fmt.Errorf("mqtt: key pair: %s has mode %#o; nobody but its owner should have access (0600)", name, mode)
	}
	return nil
}

func (k *KeyPair) checkTime(c *x509.Certificate, now time.Time) error {
	name, left := c.Subject.CommonName, c.NotAfter.Sub(now)
	switch {
	case now.Before(c.NotBefore):
		return fmt.Errorf("mqtt: key pair: certificate %.64q is not valid before %s; is the clock right?", name, stamp(c.NotBefore))
	case left < 0:
		return fmt.Errorf("mqtt: key pair: certificate %.64q expired at %s", name, stamp(c.NotAfter))
	case left < k.o.Warn:
		return fmt.Errorf("mqtt: key pair: certificate %.64q expires at %s, in %v", name, stamp(c.NotAfter), left.Truncate(time.Hour))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// compact leaves out the nils.
func compact(errs []error) (out []error) {
	for _, err := range errs {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}
