package provisioning

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

// pemSet is what CSR, CERT and KEY stand for in a shape.
type pemSet struct {
	key            *ecdsa.PrivateKey
	csr            []byte
	csrPEM         string
	certPEM, other string
	keyPEM         string
}

func newPEM(t testing.TB) pemSet {
	t.Helper()
	p := pemSet{}
	for _, to := range []*string{&p.other, &p.certPEM} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		*to = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		p.key = key
	}
	der, err := x509.MarshalECPrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	p.keyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	if p.csr, err = signingRequest(p.key, "x"); err != nil {
		t.Fatal(err)
	}
	p.csrPEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: p.csr}))
	return p
}

// shape is a message of testdata/shapes.
func (p pemSet) shape(t testing.TB, name string) (topic string, payload []byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "shapes", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	topic, text, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	for from, to := range map[string]string{`"CSR"`: p.csrPEM, `"CERT"`: p.certPEM, `"KEY"`: p.keyPEM} {
		quoted, err := json.Marshal(to)
		if err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(text, from, string(quoted))
	}
	return topic, []byte(text)
}

func TestRequestShapes(t *testing.T) {
	p := newPEM(t)
	for name, got := range map[string]struct {
		topic   string
		payload []byte
	}{
		"request-create":          {createTopic, createRequest()},
		"request-create-from-csr": {fromCSRTopic, csrRequest(p.csr)},
		"request-register":        {registerTopic("hubs"), registerRequest("T", map[string]string{"SerialNumber": "1", "DeviceLocation": "Seattle"})},
		"request-register-bare":   {registerTopic("hubs"), registerRequest("T", nil)},
	} {
		topic, payload := p.shape(t, name)
		if got.topic != topic || string(got.payload) != string(payload) {
			t.Errorf("%s: %s %s\nwant %s %s", name, got.topic, got.payload, topic, payload)
		}
	}
}

func TestAcceptedShapes(t *testing.T) {
	p := newPEM(t)
	_, payload := p.shape(t, "accepted-create-from-csr")
	c, err := parseCertificate(payload, p.key.Public())
	if err != nil || c.Token != "T" || c.ID != "c0ffee" || c.PEM != p.certPEM || c.Key != "" {
		t.Errorf("create-from-csr: %+v, %v", c, err)
	}
	_, payload = p.shape(t, "accepted-create")
	c, err = parseCertificate(payload, nil)
	if err != nil || c.Token != "T" || c.ID != "c0ffee" || c.PEM != p.certPEM || c.Key != p.keyPEM {
		t.Errorf("create: %+v, %v", c, err)
	}
	_, payload = p.shape(t, "accepted-register")
	got, err := parseThing(payload)
	if d := cmp.Diff(thing{"hub-7", map[string]string{"interval": "5", "fallback": "true"}}, got); d != "" || err != nil {
		t.Errorf("register: %v; -want +got:\n%s", err, d)
	}
	for text, want := range map[string]thing{
		`{}`: {},
		`{"thingName":null,"deviceConfiguration":null}`:                                  {},
		`{"thingName":"a","deviceConfiguration":{"n":5,"o":{"a":[1]},"s":"x","z":null}}`: {"a", map[string]string{"n": "5", "o": `{"a":[1]}`, "s": "x", "z": ""}},
	} {
		got, err := parseThing([]byte(text))
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v; -want +got:\n%s", text, err, d)
		}
	}
}

// What is no certificate for this key is none.
func TestCertificatesRefused(t *testing.T) {
	p := newPEM(t)
	q := newPEM(t)
	_, good := p.shape(t, "accepted-create")
	for name, edit := range map[string][2]string{
		"no token":         {`"T"`, `""`},
		"no id":            {`"c0ffee"`, `""`},
		"no PEM":           {"BEGIN CERT", "BEGIN CRT"},
		"not DER":          {`CERTIFICATE-----\nM`, `CERTIFICATE-----\nA`},
		"no key":           {"BEGIN EC", "BEGIN CE"},
		"another kind":     {`"T"`, `7`},
		"cut off":          {`}`, ``},
		"an id of no size": {"c0ffee", strings.Repeat("0", 257)},
	} {
		bad := strings.Replace(string(good), edit[0], edit[1], 1)
		if bad == string(good) {
			t.Fatalf("%s changed nothing", name)
		}
		if c, err := parseCertificate([]byte(bad), nil); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if _, err := parseCertificate(good, q.key.Public()); err == nil {
		t.Error("a certificate for another key is taken")
	}
	p.certPEM = q.certPEM
	if _, wrong := p.shape(t, "accepted-create"); true {
		if _, err := parseCertificate(wrong, nil); err == nil {
			t.Error("a certificate that is not for the key that came with it is taken")
		}
	}
}

func TestRejectedShapes(t *testing.T) {
	p := newPEM(t)
	_, payload := p.shape(t, "rejected-any")
	if e := parseRejected("register", payload); e.Status != 403 || e.Code != "AccessDenied" || e.Message != "why" || e.Error() != "awsiot: provisioning: register rejected: AccessDenied (403): why" {
		t.Errorf("%v", e)
	}
	_, payload = p.shape(t, "rejected-token")
	if e := parseRejected("register", payload); e.Code != CodeInvalidToken || e.Status != 400 {
		t.Errorf("%v", e)
	}
	if e := parseRejected("create", []byte("{")); e.Message == "" || string(e.Payload) != "{" {
		t.Errorf("%v", e)
	}
}

func FuzzAnswer(f *testing.F) {
	p := newPEM(f)
	for _, name := range []string{"accepted-create", "accepted-create-from-csr", "accepted-register", "rejected-any", "rejected-token"} {
		_, payload := p.shape(f, name)
		f.Add(payload)
	}
	f.Add([]byte(`{"deviceConfiguration":{"a":{"b":null}},"thingName":""}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		_ = parseRejected("x", payload).Error()
		for _, public := range []bool{false, true} {
			var c certificate
			var err error
			if public {
				c, err = parseCertificate(payload, p.key.Public())
			} else {
				c, err = parseCertificate(payload, nil)
			}
			if err == nil && (c.Token == "" || c.ID == "" || c.Key == "" != public) {
				t.Errorf("%+v", c)
			}
		}
		if g, err := parseThing(payload); err == nil && g.Name != "" && name.Thing(g.Name) != nil {
			t.Errorf("%+v", g)
		}
	})
}

func FuzzState(f *testing.F) {
	p := newPEM(f)
	b := mustMarshal(journal{Stage: stageCertificate, Template: "hubs", CertificatePEM: p.certPEM, Token: "T"})
	f.Add(b, []byte(p.keyPEM))
	f.Add([]byte(`{"stage":"stored"}`), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{0}}))
	f.Fuzz(func(t *testing.T, state, key []byte) {
		if j, err := parseJournal("x", state); err == nil && j.Stage != stageStart {
			if _, err := parsePEM(j.CertificatePEM); err != nil {
				t.Errorf("%+v", j)
			}
		}
		if s, err := parseKey(key); err == nil && s == nil {
			t.Error("no key and no error")
		}
	})
}
