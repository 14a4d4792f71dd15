package provisioning_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
	"github.com/brinkml/brink/transport/mqtt"
)

const template = "hubs"

// world is a service and a network in memory.
type world struct {
	cloud *awsiottest.Provisioning
	net   *shadowtest.Service
}

// newWorld is called inside a bubble; the service ends with the test.
func newWorld(t *testing.T, o *awsiottest.ProvisioningOptions) *world {
	t.Helper()
	w := &world{awsiottest.NewProvisioning(o), shadowtest.New(nil)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.cloud.Serve(ctx, w.net.Conn("cloud")) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve = %v", err)
		}
	})
	synctest.Wait()
	return w
}

func (w *world) conn() awsiot.Conn { return w.net.Conn("device") }

// active is the certificates that things are registered with.
func (w *world) active() (all []awsiottest.IssuedCertificate) {
	for _, c := range w.cloud.Certificates() {
		if c.Active {
			all = append(all, c)
		}
	}
	return all
}

func (w *world) requests() int {
	return w.cloud.Requests("create") + w.cloud.Requests("create-from-csr") + w.cloud.Requests("register")
}

func options(dir string) *provisioning.Options {
	return &provisioning.Options{Dir: dir, Parameters: map[string]string{"SerialNumber": "hub-7"}}
}

func TestDevice(t *testing.T) {
	held, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		op   string
		edit func(*provisioning.Options)
	}{
		{"own key", "create-from-csr", func(*provisioning.Options) {}},
		{"signer", "create-from-csr", func(o *provisioning.Options) { o.Signer = held }},
		{"cloud's key", "create", func(o *provisioning.Options) { o.CloudKeys = true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a", "identity")
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, &awsiottest.ProvisioningOptions{
					Template: func(name, _ string, p map[string]string) (string, map[string]string, *awsiottest.Refusal) {
						return name + "-" + p["SerialNumber"], map[string]string{"interval": "5"}, nil
					},
				})
				if _, err := provisioning.Load(dir); !errors.Is(err, provisioning.ErrNotProvisioned) {
					t.Errorf("Load before = %v; want ErrNotProvisioned", err)
				}
				o := options(dir)
				tc.edit(o)
				id, err := provisioning.Device(t.Context(), w.conn(), template, o)
				if err != nil {
					t.Fatal(err)
				}
				certs := w.active()
				if len(certs) != 1 || certs[0].ID != id.CertificateID || certs[0].PEM != string(id.CertificatePEM) {
					t.Errorf("certificates %v; want the one of the identity", certs)
				}
				if id.ThingName != "hubs-hub-7" || id.Configuration["interval"] != "5" {
					t.Errorf("identity %+v", id)
				}
				if w.cloud.Requests(tc.op) != 1 || w.cloud.Requests("register") != 1 || w.requests() != 2 {
					t.Errorf("%d requests", w.requests())
				}
				keys := &mqtt.KeyPairOptions{CertFile: id.CertFile, KeyFile: id.KeyFile}
				if o.Signer != nil {
					keys.Signer = o.Signer
				}
				if _, err := mqtt.NewKeyPair(keys); err != nil {
					t.Errorf("the files are no key pair: %v", err)
				}

				again, err := provisioning.Device(t.Context(), nil, "another", o)
				if err != nil || again.CertificateID != id.CertificateID {
					t.Errorf("Device again = %+v, %v; want what is stored", again, err)
				}
				loaded, err := provisioning.Load(dir)
				if err != nil || loaded.ThingName != id.ThingName || loaded.KeyFile != id.KeyFile {
					t.Errorf("Load = %+v, %v; want %+v", loaded, err, id)
				}
			})
			ownerOnly(t, dir)
			b, err := os.ReadFile(filepath.Join(dir, "provisioning.json"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), "PRIVATE KEY") || strings.Contains(string(b), "token") {
				t.Errorf("a secret is left over: %s", b)
			}
		})
	}
}

func ownerOnly(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return // mode bits say nothing there
	}
	err := filepath.Walk(filepath.Dir(dir), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMistakes(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = provisioning.Device(t.Context(), nil, "no/slash", &provisioning.Options{
		Signer: key, CloudKeys: true, Timeout: -1,
		Parameters: map[string]string{"a": "\xff", "b": strings.Repeat("x", 64<<10)},
	})
	for _, want := range []string{"template", "Dir", "Signer", "Timeout", `"a"`, "parameters of"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Device = %v; want a word about %s", err, want)
		}
	}
	if _, err := provisioning.Device(t.Context(), nil, "", nil); err == nil {
		t.Error("Device without anything = nil")
	}
}

// Every refusal but throttling and trouble of the service is the caller's to
// know of, and a later call goes on.
func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		op      string
		refusal awsiottest.Refusal
		waits   bool
	}{
		{"create-from-csr", awsiottest.Refusal{Status: 400, Code: "InvalidPayload", Message: "no"}, false},
		{"create-from-csr", awsiottest.Refusal{Status: 400, Code: "InvalidCertificateSigningRequest", Message: "no"}, false},
		{"create-from-csr", awsiottest.Refusal{Status: 403, Code: "AccessDenied", Message: "no"}, false},
		{"create-from-csr", awsiottest.Refusal{Status: 429, Code: "TooManyRequests"}, true},
		{"create-from-csr", awsiottest.Refusal{Status: 500, Code: "InternalError"}, true},
		{"provision", awsiottest.Refusal{Status: 403, Code: "AccessDenied", Message: "the hook said no"}, false},
		{"provision", awsiottest.Refusal{Status: 404, Code: "ResourceNotFound"}, false},
		{"provision", awsiottest.Refusal{Status: 400, Code: "InvalidParameters"}, false},
		{"provision", awsiottest.Refusal{Status: 400, Code: "ThrottlingException"}, true},
		{"provision", awsiottest.Refusal{Status: 503, Code: "ServiceUnavailable"}, true},
	} {
		t.Run(tc.op+" "+tc.refusal.Code, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				refused := 0
				w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
					if strings.Contains(q.Topic, "/"+tc.op+"/") && refused < 2 {
						refused++
						return awsiottest.Fate{Refuse: &tc.refusal}
					}
					return awsiottest.Fate{}
				})
				started := time.Now()
				_, err := provisioning.Device(t.Context(), w.conn(), template, options(dir))
				if tc.waits {
					if err != nil || time.Since(started) < 2*time.Second {
						t.Errorf("Device = %v after %v; want success after two waits", err, time.Since(started))
					}
					return
				}
				var rejected *awsiot.RejectedError
				if !errors.As(err, &rejected) || rejected.Code != tc.refusal.Code || rejected.Status != tc.refusal.Status || rejected.Message != tc.refusal.Message {
					t.Errorf("Device = %v; want the refusal", err)
				}
				if refused != 1 {
					t.Errorf("it asked %d times", refused)
				}
				refused = 2
				if _, err := provisioning.Device(t.Context(), w.conn(), template, options(dir)); err != nil {
					t.Errorf("Device again = %v", err)
				}
				if n := len(w.cloud.Certificates()); n != 1 {
					t.Errorf("%d certificates were made", n)
				}
			})
		})
	}
}

// A token that is unknown or too old leads to another certificate, with the
// same key, and not for ever.
func TestToken(t *testing.T) {
	invalid := &awsiottest.Refusal{Status: 400, Code: provisioning.CodeInvalidToken, Message: "no"}
	t.Run("refused once", func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			n := 0
			w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
				if n++; n == 2 {
					return awsiottest.Fate{Refuse: invalid}
				}
				return awsiottest.Fate{}
			})
			if _, err := provisioning.Device(t.Context(), w.conn(), template, options(dir)); err != nil {
				t.Fatal(err)
			}
			if len(w.cloud.Certificates()) != 2 || len(w.active()) != 1 {
				t.Errorf("certificates %v; want two, one of them active", w.cloud.Certificates())
			}
		})
	})
	t.Run("refused always", func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
				if strings.Contains(q.Topic, "provision") {
					return awsiottest.Fate{Refuse: invalid}
				}
				return awsiottest.Fate{}
			})
			_, err := provisioning.Device(t.Context(), w.conn(), template, options(dir))
			var rejected *awsiot.RejectedError
			if !errors.As(err, &rejected) || w.cloud.Requests("register") > 5 {
				t.Errorf("Device = %v after %d registrations", err, w.cloud.Requests("register"))
			}
		})
	})
	for _, asked := range []bool{false, true} {
		t.Run("expired while it was off", func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				ctx, cancel := context.WithCancel(t.Context())
				w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
					if strings.Contains(q.Topic, "provision") {
						if !asked {
							w.net.Disconnect("device")
						}
						time.AfterFunc(time.Second, cancel)
						return awsiottest.Fate{Drop: true}
					}
					return awsiottest.Fate{}
				})
				if _, err := provisioning.Device(ctx, w.conn(), template, options(dir)); !errors.Is(err, context.Canceled) {
					t.Fatalf("Device = %v", err)
				}
				w.net.Connect("device")
				w.cloud.Script(nil)
				time.Sleep(2 * time.Hour)
				if _, err := provisioning.Device(t.Context(), w.conn(), template, options(dir)); err != nil {
					t.Fatal(err)
				}
				if len(w.active()) != 1 || w.cloud.Requests("create-from-csr") != 2 {
					t.Errorf("certificates %v after %d requests", w.cloud.Certificates(), w.cloud.Requests("create-from-csr"))
				}
			})
		})
	}
}

// An answer to a registration that is lost is asked for again, with the same
// token. Where the service takes a token once only, the device gets another
// certificate for the same thing.
func TestLostRegistration(t *testing.T) {
	for _, oneUse := range []bool{false, true} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, &awsiottest.ProvisioningOptions{OneUse: oneUse})
			lost := false
			w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
				if !lost && strings.Contains(q.Topic, "provision") {
					lost = true
					return awsiottest.Fate{Silent: true}
				}
				return awsiottest.Fate{}
			})
			id, err := provisioning.Device(t.Context(), w.conn(), template, options(dir))
			if err != nil {
				t.Fatal(err)
			}
			want := map[bool]int{false: 1, true: 2}[oneUse]
			certs := w.active()
			if len(certs) != want || certs[want-1].ID != id.CertificateID || id.ThingName != "hub-7" {
				t.Errorf("one use %v: %d active certificates; want %d, the last of them the device's", oneUse, len(certs), want)
			}
		})
	}
}
