package provisioning

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
)

// anew is how often one call of Device starts again at the certificate.
const anew = 3

// provisioner is one call of [Device].
type provisioner struct {
	o        Options
	template string
	conn     awsiot.Conn
	fs       durable.FS
	key      crypto.Signer // nil when the service makes the key
	csr      []byte        // the request to sign it, in DER
	j        journal
	renewed  int   // how often it started again at the certificate
	last     error // of the requests
}

// Device provisions a device with a template, over a connection that was made
// with a claim certificate, and returns its identity. It goes on where an
// earlier call was interrupted, and returns what is stored without using conn
// once the device is provisioned, with whatever template that was done. The
// program then closes that connection and makes one with the identity's files.
//
// It blocks until that is done, until ctx ends, or until the service refuses
// with an [*awsiot.RejectedError] that waiting does not change; another call
// then tries the same again. Lost connections, missing answers and throttling
// are taken care of. Errors besides are [ErrRunning], [ErrDamaged], [ErrKey],
// all that is wrong with the arguments, and trouble with the disk.
func Device(ctx context.Context, conn awsiot.Conn, template string, o *Options) (*Identity, error) {
	return device(ctx, conn, template, o, durable.OS{})
}

func device(ctx context.Context, conn awsiot.Conn, template string, o *Options, fsys durable.FS) (_ *Identity, err error) {
	s, err := o.check(template)
	if err != nil {
		return nil, err
	}
	p := &provisioner{o: s, template: template, conn: conn, fs: fsys}
	if err := p.fs.MkdirAll(s.Dir); err != nil {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	lock, err := p.fs.Lock(filepath.Join(s.Dir, lockFile))
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%w: %s", ErrRunning, s.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	defer func() {
		if f, ok := err.(final); ok {
			err = f.error
		}
		err = faults.Join(err, lock.Close())
	}()
	if p.j, err = readJournal(p.fs, s.Dir); err != nil {
		return nil, err
	}
	switch p.j.Stage {
	case stageStored:
		return p.stored()
	case stageRegistered:
		return p.store()
	}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	for link := range conn.Links(ctx) {
		err := p.serve(ctx, link)
		if p.j.Stage == stageStored {
			return p.stored()
		}
		if err != nil {
			return nil, err
		}
	}
	err = ctx.Err()
	if err == nil {
		err = errors.New("the connection will not come back")
	}
	if p.last != nil {
		return nil, fmt.Errorf("provisioning: %w; the last try: %w", err, p.last)
	}
	return nil, fmt.Errorf("provisioning: %w", err)
}

// prepare has the key ready, and gives up a certificate that was got for
// something else.
func (p *provisioner) prepare() (err error) {
	if !p.o.CloudKeys {
		if p.key, err = p.signer(); err != nil {
			return err
		}
		if p.csr, err = signingRequest(p.key, p.o.CommonName); err != nil {
			return err
		}
	}
	if p.j.Stage == stageStart {
		return nil
	}
	switch {
	case p.j.Template != p.template:
		return p.again("it was got for the template " + p.j.Template)
	case p.o.CloudKeys != (p.j.PrivateKey != ""), p.key != nil && !isFor(p.j.CertificatePEM, p.key):
		return p.again("it is for another key")
	}
	return nil
}

// again starts again at the certificate.
func (p *provisioner) again(why string) error {
	p.o.Logger.Warn("provisioning starts again at the certificate",
		slog.String("why", why), slog.String("certificate", p.j.CertificateID),
		slog.Bool("mayBeActive", p.j.Stage == stageRegistering))
	return p.save(journal{})
}

// expired says whether the token is too old to be tried. A clock that went back
// says nothing: the service will tell.
func (p *provisioner) expired() bool { return time.Since(p.j.TokenAt) >= TokenLife }

// store puts the files of a registered device in place.
func (p *provisioner) store() (*Identity, error) {
	j := p.j
	if j.PrivateKey != "" {
		if err := durable.Replace(p.fs, p.keyFile(), []byte(j.PrivateKey)); err != nil {
			return nil, final{fmt.Errorf("provisioning: %w", err)}
		}
	}
	if err := durable.Replace(p.fs, p.certFile(), []byte(j.CertificatePEM)); err != nil {
		return nil, final{fmt.Errorf("provisioning: %w", err)}
	}
	j.Stage, j.PrivateKey, j.Token, j.TokenAt = stageStored, "", "", time.Time{}
	if err := p.save(j); err != nil {
		return nil, err
	}
	return p.stored()
}

// stored returns the identity of a device that is provisioned. A certificate
// file that somebody deleted is put back.
func (p *provisioner) stored() (*Identity, error) {
	_, err := durable.ReadFile(p.fs, p.certFile(), maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		if err := durable.Replace(p.fs, p.certFile(), []byte(p.j.CertificatePEM)); err != nil {
			return nil, fmt.Errorf("provisioning: %w", err)
		}
	}
	if p.o.Signer != nil && !isFor(p.j.CertificatePEM, p.o.Signer) {
		return nil, fmt.Errorf("%w: Options.Signer", ErrKey)
	}
	return p.j.identity(p.fs, p.o.Dir)
}
