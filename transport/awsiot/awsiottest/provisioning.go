package awsiottest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
)

// ProvisioningOptions of a [Provisioning]. The zero value is ready to use.
type ProvisioningOptions struct {
	// Template decides about a registration: the thing's name and the device's
	// configuration, or a refusal. Nil: the parameter SerialNumber, or else the
	// start of the certificate's id, is the name, for every template.
	Template func(template, certificateID string, parameters map[string]string) (thing string, configuration map[string]string, refusal *Refusal)

	// TokenLife is how long a certificate ownership token is good. 0: 1 h.
	TokenLife time.Duration

	// OneUse refuses a token that was used, instead of confirming the
	// registration: what AWS does is not documented.
	OneUse bool
}

// Provisioning plays fleet provisioning: it signs certificates with an
// authority of its own, and keeps a registry of things. It is safe for
// concurrent use.
type Provisioning struct {
	relay
	o    ProvisioningOptions
	key  *ecdsa.PrivateKey
	root *x509.Certificate

	state  sync.Mutex
	serial int64
	certs  map[string]*issued // by token
	counts map[string]int
}

type issued struct {
	IssuedCertificate
	token         string
	configuration map[string]string
}

// IssuedCertificate is a certificate that a [Provisioning] made.
type IssuedCertificate struct {
	ID      string
	PEM     string
	Created time.Time
	Active  bool   // a thing was registered with it
	Thing   string // what it was registered for
}

// NewProvisioning returns a service with a new authority.
func NewProvisioning(o *ProvisioningOptions) *Provisioning {
	s := &Provisioning{certs: map[string]*issued{}, counts: map[string]int{}}
	if o != nil {
		s.o = *o
	}
	if s.o.TokenLife == 0 {
		s.o.TokenLife = time.Hour
	}
	if s.o.Template == nil {
		s.o.Template = bySerialNumber
	}
	s.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // fails for other curves only
	s.root = &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "awsiottest"},
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().AddDate(30, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, s.root, s.root, s.key.Public(), s.key)
	if err == nil {
		s.root, err = x509.ParseCertificate(der)
	}
	if err != nil {
		panic("awsiottest: make an authority: " + err.Error())
	}
	s.serial = 1
	return s
}

func bySerialNumber(_, certificateID string, parameters map[string]string) (string, map[string]string, *Refusal) {
	if n := parameters["SerialNumber"]; n != "" {
		return n, nil, nil
	}
	return "thing-" + certificateID[:8], nil, nil
}

// RootPEM is the certificate of the authority, for a broker that lets in who
// was provisioned.
func (s *Provisioning) RootPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.root.Raw})
}

// Script sets what befalls every request from now on; nil: nothing. f must not
// block and must not call the service; it is called for one request at a time.
func (s *Provisioning) Script(f func(Request) Fate) { s.setScript(f) }

// Serve answers requests over a connection until ctx ends; it returns ctx's
// error. Several may be under way.
func (s *Provisioning) Serve(ctx context.Context, c awsiot.Conn) error {
	return s.serve(ctx, c, []string{
		"$aws/certificates/create/json",
		"$aws/certificates/create-from-csr/json",
		"$aws/provisioning-templates/+/provision/json",
	}, s.handle)
}

// Ready waits until a Serve answers requests: what was asked before is lost.
func (s *Provisioning) Ready(ctx context.Context) error { return s.wait(ctx) }

// Certificates returns what was issued and not deleted, in the order of issue.
func (s *Provisioning) Certificates() []IssuedCertificate {
	s.state.Lock()
	defer s.state.Unlock()
	s.expire()
	all := slices.SortedFunc(maps.Values(s.certs), func(a, b *issued) int { return a.Created.Compare(b.Created) })
	out := make([]IssuedCertificate, len(all))
	for i, c := range all {
		out[i] = c.IssuedCertificate
	}
	return out
}

// Requests is how many of an operation arrived: create, create-from-csr or
// register.
func (s *Provisioning) Requests(op string) int {
	s.state.Lock()
	defer s.state.Unlock()
	return s.counts[op]
}

// expire deletes the certificates that nothing was registered with in time.
func (s *Provisioning) expire() {
	maps.DeleteFunc(s.certs, func(_ string, c *issued) bool {
		return !c.Active && time.Since(c.Created) >= s.o.TokenLife
	})
}

func (s *Provisioning) handle(q Request, f Fate) {
	op, answer, refusal := s.carryOut(q, f.Refuse)
	if op == "" {
		return
	}
	p := publication{topic: q.Topic + "/accepted"}
	var err error
	if refusal != nil {
		p.topic = q.Topic + "/rejected"
		answer = struct {
			Status  int    `json:"statusCode"`
			Code    string `json:"errorCode"`
			Message string `json:"errorMessage"`
		}{refusal.Status, refusal.Code, refusal.Message}
	}
	if p.payload, err = json.Marshal(answer); err != nil {
		panic("awsiottest: " + err.Error())
	}
	s.answer(p, f)
}

// carryOut carries out one request, or refuses it.
func (s *Provisioning) carryOut(q Request, scripted *Refusal) (op string, answer any, refusal *Refusal) {
	s.state.Lock()
	defer s.state.Unlock()
	s.expire()
	var template string
	switch q.Topic {
	case "$aws/certificates/create/json":
		op = "create"
	case "$aws/certificates/create-from-csr/json":
		op = "create-from-csr"
	default:
		parts := strings.Split(q.Topic, "/")
		if len(parts) != 5 {
			return "", nil, nil
		}
		op, template = "register", parts[2]
	}
	s.counts[op]++
	switch {
	case scripted != nil:
		refusal = scripted
	case op == "register":
		answer, refusal = s.register(template, q.Payload)
	default:
		answer, refusal = s.issue(op, q.Payload)
	}
	return op, answer, refusal
}

func invalid(format string, args ...any) *Refusal {
	return &Refusal{400, "InvalidPayload", fmt.Sprintf(format, args...)}
}

// issue makes a certificate, and a key where none was made.
func (s *Provisioning) issue(op string, payload []byte) (any, *Refusal) {
	var request struct {
		CSR string `json:"certificateSigningRequest"`
	}
	if err := json.Unmarshal(payload, &request); err != nil && len(payload) > 0 {
		return nil, invalid("%v", err)
	}
	var public crypto.PublicKey
	var keyPEM string
	if op == "create" {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, &Refusal{500, "InternalError", err.Error()}
		}
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, &Refusal{500, "InternalError", err.Error()}
		}
		public = key.Public()
		keyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	} else {
		block, _ := pem.Decode([]byte(request.CSR))
		if block == nil {
			return nil, &Refusal{400, "InvalidCertificateSigningRequest", "no PEM"}
		}
		csr, err := x509.ParseCertificateRequest(block.Bytes)
		if err == nil {
			err = csr.CheckSignature()
		}
		if err != nil {
			return nil, &Refusal{400, "InvalidCertificateSigningRequest", err.Error()}
		}
		public = csr.PublicKey
	}
	s.serial++
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(s.serial),
		Subject:      pkix.Name{CommonName: "AWS IoT Certificate"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(20, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, s.root, public, s.key)
	if err != nil {
		return nil, &Refusal{400, "InvalidCertificateSigningRequest", err.Error()}
	}
	sum := sha256.Sum256(der)
	c := &issued{token: rand.Text() + rand.Text(), IssuedCertificate: IssuedCertificate{
		ID:      hex.EncodeToString(sum[:]),
		PEM:     string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		Created: time.Now(),
	}}
	s.certs[c.token] = c
	return struct {
		ID    string `json:"certificateId"`
		PEM   string `json:"certificatePem"`
		Key   string `json:"privateKey,omitempty"`
		Token string `json:"certificateOwnershipToken"`
	}{c.ID, c.PEM, keyPEM, c.token}, nil
}

// register activates a certificate and names its thing.
func (s *Provisioning) register(template string, payload []byte) (any, *Refusal) {
	var request struct {
		Token      string            `json:"certificateOwnershipToken"`
		Parameters map[string]string `json:"parameters"`
	}
	if err := json.Unmarshal(payload, &request); err != nil {
		return nil, invalid("%v", err)
	}
	if request.Token == "" {
		return nil, &Refusal{400, "InvalidCertificateOwnershipToken", "Certificate ownership token cannot be empty."}
	}
	c := s.certs[request.Token]
	if c == nil || time.Since(c.Created) >= s.o.TokenLife || c.Active && s.o.OneUse {
		return nil, &Refusal{400, "InvalidCertificateOwnershipToken", "Certificate ownership token is invalid or has expired."}
	}
	if !c.Active {
		thing, configuration, refusal := s.o.Template(template, c.ID, request.Parameters)
		if refusal != nil {
			return nil, refusal
		}
		c.Active, c.Thing, c.configuration = true, thing, configuration
	}
	configuration := c.configuration
	if configuration == nil {
		configuration = map[string]string{}
	}
	return struct {
		Configuration map[string]string `json:"deviceConfiguration"`
		Thing         string            `json:"thingName"`
	}{configuration, c.Thing}, nil
}
