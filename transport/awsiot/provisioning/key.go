package provisioning

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"

	"github.com/brinkml/brink/internal/durable"
)

// maxKey bounds a key file, in bytes.
const maxKey = 64 << 10

// signer returns the device's key: the one handed in, the one on disk, or a new
// one, which is on disk before it is used.
func (p *provisioner) signer() (crypto.Signer, error) {
	if p.o.Signer != nil {
		return p.o.Signer, nil
	}
	b, err := durable.ReadFile(p.fs, p.keyFile(), maxKey)
	if err == nil {
		return parseKey(b)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("provisioning: make a key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("provisioning: make a key: %w", err)
	}
	if err := durable.Replace(p.fs, p.keyFile(), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})); err != nil {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	return key, nil
}

// parseKey reads a private key in PEM, in any of the usual forms.
func parseKey(b []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("provisioning: key.pem holds no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if k, e := x509.ParseECPrivateKey(block.Bytes); e == nil {
			return k, nil
		}
		if k, e := x509.ParsePKCS1PrivateKey(block.Bytes); e == nil {
			return k, nil
		}
		return nil, fmt.Errorf("provisioning: key.pem: %w", err)
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("provisioning: key.pem holds a %T, which cannot sign", key)
	}
	return s, nil
}

// signingRequest is the CSR in DER.
func signingRequest(key crypto.Signer, commonName string) ([]byte, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: commonName},
	}, key)
	if err != nil {
		return nil, fmt.Errorf("provisioning: sign the request: %w", err)
	}
	return csr, nil
}
