package provisioning

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/brinkml/brink/internal/durable"
)

// Identity is what a device got, and where it lies.
type Identity struct {
	ThingName      string // empty when the template makes no thing
	CertificateID  string
	CertificatePEM []byte            // as the service sent it
	Configuration  map[string]string // the template's deviceConfiguration
	CertFile       string            // the certificate in PEM
	KeyFile        string            // the private key in PEM; empty with Options.Signer
}

// Load returns the identity that [Device] stored in a directory, and changes
// nothing. It fails with [ErrNotProvisioned] when there is none, or none that
// is complete.
func Load(dir string) (*Identity, error) { return load(durable.OS{}, dir) }

func load(fsys durable.FS, dir string) (*Identity, error) {
	j, err := readJournal(fsys, dir)
	if err != nil {
		return nil, err
	}
	if j.Stage != stageStored {
		return nil, fmt.Errorf("%w: %s", ErrNotProvisioned, dir)
	}
	return j.identity(fsys, dir)
}

// identity looks at the files that the identity names: a certificate may have
// been renewed since, but it must be for the key.
func (j journal) identity(fsys durable.FS, dir string) (*Identity, error) {
	id := &Identity{
		ThingName:      j.ThingName,
		CertificateID:  j.CertificateID,
		CertificatePEM: []byte(j.CertificatePEM),
		Configuration:  j.Configuration,
		CertFile:       filepath.Join(dir, certFile),
	}
	b, err := durable.ReadFile(fsys, id.CertFile, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotProvisioned, err)
	}
	if err != nil {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	leaf, err := parsePEM(string(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, id.CertFile, err)
	}
	if j.Signer {
		return id, nil
	}
	id.KeyFile = filepath.Join(dir, keyFile)
	key, err := durable.ReadFile(fsys, id.KeyFile, maxKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	s, err := parseKey(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if !samePublic(leaf.PublicKey, s.Public()) {
		return nil, fmt.Errorf("%w: %s and %s", ErrKey, id.CertFile, id.KeyFile)
	}
	return id, nil
}

// isFor says whether a certificate in PEM is for a key.
func isFor(certPEM string, key crypto.Signer) bool {
	leaf, err := parsePEM(certPEM)
	return err == nil && samePublic(leaf.PublicKey, key.Public())
}
