package provisioning

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

const (
	journalFile = "provisioning.json"
	lockFile    = "provisioning.lock"
	keyFile     = "key.pem"
	certFile    = "cert.pem"

	maxJournal = 1 << 20 // bytes
)

// stage is how far a device came.
type stage string

const (
	stageStart       stage = ""            // nothing, or a key
	stageCertificate stage = "certificate" // a certificate with its token
	stageRegistering stage = "registering" // a registration may have been carried out
	stageRegistered  stage = "registered"  // the service said so
	stageStored      stage = "stored"      // the files are in place
)

// journal is provisioning.json. The token, and a key that the service made, are
// in it only until the device is registered and stored.
type journal struct {
	Stage          stage             `json:"stage"`
	Template       string            `json:"template,omitempty"`
	CertificateID  string            `json:"certificateId,omitempty"`
	CertificatePEM string            `json:"certificatePem,omitempty"`
	PrivateKey     string            `json:"privateKey,omitempty"`
	Signer         bool              `json:"signer,omitempty"` // the key lies elsewhere
	Token          string            `json:"token,omitempty"`
	TokenAt        time.Time         `json:"tokenAt,omitzero"`
	ThingName      string            `json:"thingName,omitempty"`
	Configuration  map[string]string `json:"deviceConfiguration,omitempty"`
}

// readJournal returns the zero journal when there is none.
func readJournal(fsys durable.FS, dir string) (journal, error) {
	name := filepath.Join(dir, journalFile)
	b, err := durable.ReadFile(fsys, name, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return journal{}, nil
	}
	if err != nil {
		return journal{}, fmt.Errorf("provisioning: %w", err)
	}
	return parseJournal(name, b)
}

func parseJournal(name string, b []byte) (journal, error) {
	var j journal
	if err := json.Unmarshal(b, &j); err != nil {
		return journal{}, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	switch j.Stage {
	case stageStart:
		return journal{}, nil
	case stageCertificate, stageRegistering:
		if j.Token == "" {
			return journal{}, fmt.Errorf("%w: %s: no token", ErrDamaged, name)
		}
	case stageRegistered, stageStored:
	default:
		return journal{}, fmt.Errorf("%w: %s: stage %.20q", ErrDamaged, name, j.Stage)
	}
	if _, err := parsePEM(j.CertificatePEM); err != nil {
		return journal{}, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	return j, nil
}

// save makes j the state, durably.
func (p *provisioner) save(j journal) error {
	b := mustMarshal(j)
	if err := durable.Replace(p.fs, filepath.Join(p.o.Dir, journalFile), b); err != nil {
		return final{fmt.Errorf("provisioning: %w", err)}
	}
	p.j = j
	return nil
}

func (p *provisioner) keyFile() string { return filepath.Join(p.o.Dir, keyFile) }

func (p *provisioner) certFile() string { return filepath.Join(p.o.Dir, certFile) }
