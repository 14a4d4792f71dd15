package mqtt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

func ExampleNewKeyPair() {
	// An authority and a device's first pair, on disk.
	ca, err := transporttest.NewAuthority("plant")
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	certFile, keyFile := filepath.Join(dir, "device.crt"), filepath.Join(dir, "device.key")
	write := func(name string) {
		certPEM, keyPEM, err := ca.Issue(name, time.Time{}, time.Now().Add(365*24*time.Hour))
		if err != nil {
			fmt.Println(err)
		}
		if err := errors.Join(os.WriteFile(certFile, certPEM, 0o644), os.WriteFile(keyFile, keyPEM, 0o600)); err != nil {
			fmt.Println(err)
		}
	}
	write("hub-7")

	keys, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := mqtt.New(&mqtt.Options{Broker: "tls://broker.example:8883", ClientID: "hub-7", KeyPair: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("problems:", d.Problems())

	write("hub-7, renewed") // from now on, new connections show this one
	cert, err := keys.Get(nil)
	fmt.Println(cert.Leaf.Subject.CommonName, err)
	// Output:
	// problems: []
	// hub-7, renewed <nil>
}

// device is a certificate and its key in files.
type device struct {
	t         *testing.T
	ca        *transporttest.Authority
	cert, key string
}

func newDevice(t *testing.T) *device {
	t.Helper()
	ca, err := transporttest.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d := &device{t, ca, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	d.rotate("first", 365*24*time.Hour)
	return d
}

func (d *device) issue(name string, from, to time.Time) (certPEM, keyPEM []byte) {
	d.t.Helper()
	certPEM, keyPEM, err := d.ca.Issue(name, from, to)
	if err != nil {
		d.t.Fatal(err)
	}
	return certPEM, keyPEM
}

func (d *device) put(name string, b []byte) {
	d.t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *device) rotate(name string, life time.Duration) {
	d.t.Helper()
	certPEM, keyPEM := d.issue(name, time.Time{}, time.Now().Add(life))
	d.put(d.cert, certPEM)
	d.put(d.key, keyPEM)
}

func (d *device) pair() *mqtt.KeyPair {
	d.t.Helper()
	k, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: d.cert, KeyFile: d.key})
	if err != nil {
		d.t.Fatal(err)
	}
	return k
}

func inForce(t *testing.T, k *mqtt.KeyPair, want string) {
	t.Helper()
	c, err := k.Get(nil)
	if err != nil || c.Leaf.Subject.CommonName != want {
		t.Errorf("Get = %v, %v; want %q", c.Leaf.Subject.CommonName, err, want)
	}
}

func problem(t *testing.T, got []error, want string) {
	t.Helper()
	if want == "" {
		if len(got) > 0 {
			t.Errorf("problems %v; want none", got)
		}
		return
	}
	if len(got) != 1 || !strings.Contains(got[0].Error(), want) {
		t.Errorf("problems %v; want one with %q", got, want)
	}
}

// A rotation is seen; what is on disk in its middle is not used.
func TestRotation(t *testing.T) {
	d := newDevice(t)
	k := d.pair()
	inForce(t, k, "first")
	problem(t, k.Problems(), "")
	one, _ := k.Get(nil)
	if two, _ := k.Get(nil); one != two {
		t.Error("Get gives another value for the same files")
	}

	certPEM, keyPEM := d.issue("second", time.Time{}, time.Now().Add(365*24*time.Hour))
	for _, step := range []struct {
		name, file string
		content    []byte
		inForce    string
		problem    string
	}{
		{"half a certificate", d.cert, certPEM[:len(certPEM)/2], "first", "stays in force"},
		{"certificate without its key", d.cert, certPEM, "first", "does not match"},
		{"empty key", d.key, nil, "first", "stays in force"},
		{"both", d.key, keyPEM, "second", ""},
		{"no PEM", d.cert, []byte("\x00\xff"), "second", "stays in force"},
		{"a gigantic file", d.cert, make([]byte, 1<<20+1), "second", "longer than"},
		{"as before", d.cert, certPEM, "second", ""},
	} {
		d.put(step.file, step.content)
		inForce(t, k, step.inForce)
		problem(t, k.Problems(), step.problem)
		if t.Failed() {
			t.Fatalf("step %q", step.name)
		}
	}
	if err := os.Remove(d.key); err != nil {
		t.Fatal(err)
	}
	inForce(t, k, "second")
	problem(t, k.Problems(), "key.pem")
}

func TestKeyPairProblems(t *testing.T) {
	d := newDevice(t)
	k := d.pair()
	now := time.Now()
	for _, tc := range []struct {
		name     string
		from, to time.Time
		want     string
	}{
		{"good", now, now.Add(31 * 24 * time.Hour), ""},
		{"soon", now, now.Add(29 * 24 * time.Hour), "expires at"},
		{"expired", now.Add(-48 * time.Hour), now.Add(-24 * time.Hour), "expired at"},
		{"future", now.Add(48 * time.Hour), now.Add(72 * time.Hour), "is the clock right?"},
	} {
		certPEM, keyPEM := d.issue(tc.name, tc.from, tc.to)
		d.put(d.cert, certPEM)
		d.put(d.key, keyPEM)
		inForce(t, k, tc.name) // whatever its dates say
		problem(t, k.Problems(), tc.want)
	}
	d.rotate("again", 365*24*time.Hour)
	if runtime.GOOS != "windows" {
		if err := os.Chmod(d.key, 0o640); err != nil {
			t.Fatal(err)
		}
		problem(t, k.Problems(), "mode 0640")
		inForce(t, k, "again")
	}
}

func TestNewKeyPairRefuses(t *testing.T) {
	d := newDevice(t)
	other := newDevice(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		o    *mqtt.KeyPairOptions
		want []string
	}{
		{nil, []string{"no CertFile", "KeyFile and Signer"}},
		{&mqtt.KeyPairOptions{CertFile: d.cert, KeyFile: d.key, Signer: key, Warn: -1}, []string{"KeyFile and Signer", "Warn"}},
		{&mqtt.KeyPairOptions{CertFile: d.cert, KeyFile: other.key}, []string{"does not match"}},
		{&mqtt.KeyPairOptions{CertFile: d.cert, Signer: key}, []string{"not for the signer's key"}},
		{&mqtt.KeyPairOptions{CertFile: d.key, Signer: key}, []string{"no certificate"}},
		{&mqtt.KeyPairOptions{CertFile: d.cert + "x", KeyFile: d.key}, []string{"cert.pemx"}},
	} {
		_, err := mqtt.NewKeyPair(tc.o)
		for _, want := range tc.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("NewKeyPair(%+v) = %v; want %q", tc.o, err, want)
			}
		}
	}
	k := d.pair()
	for _, tc := range []struct {
		o    *mqtt.Options
		want string
	}{
		{&mqtt.Options{Broker: "tcp://host", KeyPair: k}, "KeyPair is set and the broker's URL"},
		{&mqtt.Options{Broker: "tcp://host", RootsFile: "x"}, "RootsFile is set and the broker's URL"},
		{&mqtt.Options{Broker: "tls://host", KeyPair: k, TLS: &tls.Config{GetClientCertificate: k.Get}}, "certificate of its own"},
		{&mqtt.Options{Broker: "tls://host", KeyPair: k, TLS: &tls.Config{Certificates: make([]tls.Certificate, 1)}}, "certificate of its own"},
		{&mqtt.Options{Broker: "tls://host", RootsFile: "x", TLS: &tls.Config{RootCAs: x509.NewCertPool()}}, "RootCAs of its own"},
		{&mqtt.Options{Broker: "tls://host", RotateCheck: -1}, "RotateCheck"},
	} {
		if _, err := mqtt.New(tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("New = %v; want %q", err, tc.want)
		}
	}
}

// token is a key that gives signatures and nothing else.
type token struct {
	key   *ecdsa.PrivateKey
	signs int
}

func (k *token) Public() crypto.PublicKey { return k.key.Public() }

func (k *token) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.signs++
	return k.key.Sign(r, digest, o)
}

// secured is a broker that demands certificates of the device's authority.
func secured(t *testing.T, ca *transporttest.Authority) (*transporttest.Broker, string, *tls.Config) {
	t.Helper()
	server, err := ca.Server(true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := transporttest.New(&transporttest.Options{TLS: server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return b, url, server
}

func TestSigner(t *testing.T) {
	d := newDevice(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := &token{key: key}
	certPEM, err := d.ca.Sign("tpm", key.Public(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	d.put(d.cert, certPEM)
	k, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: d.cert, Signer: signer, Warn: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	problem(t, k.Problems(), "")
	_, url, _ := secured(t, d.ca)
	s := mustDial(t, &mqtt.Options{Broker: url, KeyPair: k, TLS: &tls.Config{RootCAs: d.ca.Pool()}})
	if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err != nil || signer.signs != 1 {
		t.Errorf("publish = %v after %d signatures; want nil after 1", err, signer.signs)
	}
}

func mustDial(t *testing.T, o *mqtt.Options) transport.Session {
	t.Helper()
	d, err := mqtt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A session asks to be replaced when the pair it was made with is not the one
// on disk any more, and not while a rotation is half done.
func TestRenew(t *testing.T) {
	d := newDevice(t)
	_, url, _ := secured(t, d.ca)
	o := &mqtt.Options{Broker: url, KeyPair: d.pair(), TLS: &tls.Config{RootCAs: d.ca.Pool()}, RotateCheck: time.Second}
	type renewer interface{ Renew() <-chan struct{} }
	s := mustDial(t, o)
	certPEM, keyPEM := d.issue("second", time.Time{}, time.Time{})
	d.put(d.cert, certPEM)
	select {
	case <-s.(renewer).Renew():
		t.Fatal("Renew in the middle of a rotation")
	case <-time.After(1500 * time.Millisecond):
	}
	d.put(d.key, keyPEM)
	select {
	case <-s.(renewer).Renew():
	case <-time.After(5 * time.Second):
		t.Fatal("no Renew 5 s after the rotation")
	}
	if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err != nil {
		t.Errorf("publish after Renew = %v; want nil: the session goes on", err)
	}
	again := mustDial(t, o)
	select {
	case <-again.(renewer).Renew():
		t.Error("Renew of a session with the new pair")
	case <-time.After(1500 * time.Millisecond):
	}
}

func TestCertificateRefused(t *testing.T) {
	d, stranger := newDevice(t), newDevice(t)
	_, url, _ := secured(t, d.ca)
	for name, o := range map[string]*mqtt.Options{
		"none":     {Broker: url, TLS: &tls.Config{RootCAs: d.ca.Pool()}},
		"stranger": {Broker: url, TLS: &tls.Config{RootCAs: d.ca.Pool()}, KeyPair: stranger.pair()},
	} {
		dialer, err := mqtt.New(o)
		if err != nil {
			t.Fatal(err)
		}
		s, err := dialer.Dial(t.Context())
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "tls:") {
			t.Errorf("%s: Dial = %v; want TLS' reason", name, err)
		}
	}
}

func TestRootsFile(t *testing.T) {
	d, other := newDevice(t), newDevice(t)
	_, url, _ := secured(t, d.ca)
	file := filepath.Join(t.TempDir(), "roots.pem")
	dialer, err := mqtt.New(&mqtt.Options{Broker: url, KeyPair: d.pair(), RootsFile: file})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		content []byte
		ok      bool
		problem string
	}{
		{nil, false, "no certificate"},
		{other.ca.PEM(), false, ""},
		{append(other.ca.PEM(), d.ca.PEM()...), true, ""},
		{[]byte("torn"), true, "no certificate"}, // what was read last is in force
		{other.ca.PEM(), false, ""},
	} {
		d.put(file, step.content)
		s, err := dialer.Dial(t.Context())
		if (err == nil) != step.ok {
			t.Errorf("Dial with roots %.20q = %v; want success %v", step.content, err, step.ok)
		}
		if err == nil {
			s.Close()
		}
		got := dialer.Problems()
		if (len(got) > 0) != (step.problem != "") || len(got) > 0 && !strings.Contains(got[0].Error(), step.problem) {
			t.Errorf("problems %v; want %q", got, step.problem)
		}
	}
}

// On port 443 AWS has to be told which protocol is meant; SNI is sent always.
func TestALPNAndSNI(t *testing.T) {
	d := newDevice(t)
	for _, tc := range []struct {
		name   string
		port   string
		config *tls.Config
		p      *transport.Profile
		want   string // "server name, protocols"
	}{
		{"AWS 443", "443", &tls.Config{}, transport.AWSIoTCore(), "localhost [x-amzn-mqtt-ca]"},
		{"AWS 8883", "8883", &tls.Config{}, transport.AWSIoTCore(), "localhost []"},
		{"AWS 443, own", "443", &tls.Config{NextProtos: []string{"mqtt"}}, transport.AWSIoTCore(), "localhost [mqtt]"},
		{"443", "443", &tls.Config{}, nil, "localhost []"},
		{"another name", "8883", &tls.Config{ServerName: "other.example"}, nil, "other.example []"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server, err := d.ca.Server(false)
			if err != nil {
				t.Fatal(err)
			}
			hello := make(chan string, 1)
			server.NextProtos = []string{"x-amzn-mqtt-ca", "mqtt"}
			server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				hello <- fmt.Sprint(h.ServerName, " ", h.SupportedProtos)
				return nil, nil
			}
			b, err := transporttest.New(&transporttest.Options{TLS: server})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			tc.config.RootCAs = d.ca.Pool()
			dialer, err := mqtt.New(&mqtt.Options{
				Broker: "tls://localhost:" + tc.port, TLS: tc.config, Profile: tc.p, Dial: b.Dial, ConnectTimeout: time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			if s, err := dialer.Dial(t.Context()); err == nil {
				s.Close()
			} else if tc.config.ServerName == "" {
				t.Error(err)
			}
			if got := <-hello; got != tc.want {
				t.Errorf("ClientHello has %q; want %q", got, tc.want)
			}
		})
	}
}
