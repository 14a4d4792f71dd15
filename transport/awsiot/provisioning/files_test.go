package provisioning_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// halfway leaves a directory in which a registration is uncertain.
func halfway(t *testing.T, w *world, template string, o *provisioning.Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
		return awsiottest.Fate{Drop: strings.Contains(q.Topic, "provisioning-templates")}
	})
	if _, err := provisioning.Device(ctx, w.conn(), template, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Device = %v", err)
	}
	if _, err := provisioning.Load(o.Dir); !errors.Is(err, provisioning.ErrNotProvisioned) {
		t.Errorf("Load halfway = %v", err)
	}
	w.cloud.Script(nil)
}

// A certificate that was got for something else is given up, and another one
// is got.
func TestChangesHalfway(t *testing.T) {
	for name, tc := range map[string]struct {
		template string
		edit     func(o *provisioning.Options)
		certs    int
	}{
		"nothing":         {template, func(*provisioning.Options) {}, 1},
		"template":        {"pumps", func(*provisioning.Options) {}, 2},
		"the cloud's key": {template, func(o *provisioning.Options) { o.CloudKeys = true }, 2},
		"a signer":        {template, func(o *provisioning.Options) { o.Signer = newKey(t) }, 2},
		"another key": {template, func(o *provisioning.Options) {
			if err := os.Remove(filepath.Join(o.Dir, "key.pem")); err != nil {
				t.Error(err)
			}
		}, 2},
	} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			o := options(dir)
			halfway(t, w, template, o)
			tc.edit(o)
			id, err := provisioning.Device(t.Context(), w.conn(), tc.template, o)
			if err != nil {
				t.Fatalf("%s: Device = %v", name, err)
			}
			if n := len(w.cloud.Certificates()); n != tc.certs {
				t.Errorf("%s: %d certificates; want %d", name, n, tc.certs)
			}
			if c := w.active(); len(c) != 1 || c[0].ID != id.CertificateID {
				t.Errorf("%s: active %+v; want %s", name, c, id.CertificateID)
			}
		})
	}
}

// A key that is in the directory already is the device's, in each usual form.
func TestKeyThatIsThere(t *testing.T) {
	ec := newKey(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	ecdhKey, err := ec.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	x25519, err := x509.MarshalPKCS8PrivateKey(ecdhKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		kind string
		der  []byte
		good bool
	}{
		"PKCS #8":         {"PRIVATE KEY", pkcs8, true},
		"SEC 1":           {"EC PRIVATE KEY", ecDER, true},
		"PKCS #1":         {"RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), true},
		"ECDH as PKCS #8": {"PRIVATE KEY", x25519, true}, // the same form as ECDSA
		"noise":           {"PRIVATE KEY", []byte("noise"), false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: tc.kind, Bytes: tc.der}), 0o600); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			_, err := provisioning.Device(t.Context(), w.conn(), template, options(dir))
			if (err == nil) != tc.good {
				t.Errorf("%s: Device = %v", name, err)
			}
		})
	}
}

// What becomes of a provisioned device whose files somebody touched.
func TestFilesTouched(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		if _, err := provisioning.Device(t.Context(), w.conn(), template, options(dir)); err != nil {
			t.Fatal(err)
		}
	})
	path := func(name string) string { return filepath.Join(dir, name) }
	read := func(name string) []byte {
		b, err := os.ReadFile(path(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	cert, key, state := read("cert.pem"), read("key.pem"), read("provisioning.json")
	other, err := x509.MarshalPKCS8PrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file         string
		content      []byte // nil: none
		device, load error
	}{
		"certificate gone":  {"cert.pem", nil, nil, provisioning.ErrNotProvisioned}, // Device puts it back
		"certificate noise": {"cert.pem", []byte("noise"), provisioning.ErrDamaged, provisioning.ErrDamaged},
		"key gone":          {"key.pem", nil, provisioning.ErrDamaged, provisioning.ErrDamaged},
		"key noise":         {"key.pem", []byte("noise"), provisioning.ErrDamaged, provisioning.ErrDamaged},
		"another key":       {"key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other}), provisioning.ErrKey, provisioning.ErrKey},
		"state noise":       {"provisioning.json", []byte("noise"), provisioning.ErrDamaged, provisioning.ErrDamaged},
		"state unknown":     {"provisioning.json", []byte(`{"stage":"half"}`), provisioning.ErrDamaged, provisioning.ErrDamaged},
		"state empty":       {"provisioning.json", []byte(`{"stage":"stored"}`), provisioning.ErrDamaged, provisioning.ErrDamaged},
		"state tokenless":   {"provisioning.json", []byte(`{"stage":"certificate"}`), provisioning.ErrDamaged, provisioning.ErrDamaged},
	} {
		for file, b := range map[string][]byte{"cert.pem": cert, "key.pem": key, "provisioning.json": state} {
			if err := os.WriteFile(path(file), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if tc.content == nil {
			err = os.Remove(path(tc.file))
		} else {
			err = os.WriteFile(path(tc.file), tc.content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := provisioning.Load(dir); !errors.Is(err, tc.load) {
			t.Errorf("%s: Load = %v; want %v", name, err, tc.load)
		}
		if _, err := provisioning.Device(t.Context(), nil, template, options(dir)); !errors.Is(err, tc.device) {
			t.Errorf("%s: Device = %v; want %v", name, err, tc.device)
		}
	}
	// A signer that is not the one the certificate is for.
	if err := os.WriteFile(path("provisioning.json"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(dir)
	o.Signer = newKey(t)
	if _, err := provisioning.Device(t.Context(), nil, template, o); !errors.Is(err, provisioning.ErrKey) {
		t.Errorf("Device with another signer = %v", err)
	}
}

// Two calls for one directory do not meet.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.net.Disconnect("device")
		first := make(chan error, 1)
		go func() {
			_, err := provisioning.Device(t.Context(), w.conn(), template, options(dir))
			first <- err
		}()
		synctest.Wait()
		if _, err := provisioning.Device(t.Context(), w.conn(), template, options(dir)); !errors.Is(err, provisioning.ErrRunning) {
			t.Errorf("second Device = %v; want ErrRunning", err)
		}
		w.net.Connect("device")
		if err := <-first; err != nil {
			t.Errorf("first Device = %v", err)
		}
	})
}

// refusing is a connection whose subscriptions are refused, and that ends.
type refusing struct{ awsiot.Conn }

var errDenied = errors.New("denied")

func (refusing) Subscribe(context.Context, []string, func(string, []byte)) (func(), error) {
	return nil, errDenied
}

func (refusing) Links(context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		yield(ctx)
	}
}

// What went wrong last is told when there is no more time, or no connection.
func TestLastError(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		if _, err := provisioning.Device(t.Context(), refusing{}, template, options(dir)); !errors.Is(err, errDenied) {
			t.Errorf("Device = %v; want what the connection said", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := provisioning.Device(ctx, refusing{}, template, options(dir)); !errors.Is(err, errDenied) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Device = %v; want both", err)
		}
	})
	if _, err := os.Stat(filepath.Join(dir, "cert.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat = %v", err)
	}
}
