package provisioning_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
)

// asked is the public keys for which certificates were asked.
func asked(t *testing.T, w *world, also func(awsiottest.Request) awsiottest.Fate) map[string]bool {
	keys := map[string]bool{}
	w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
		var m struct {
			CSR string `json:"certificateSigningRequest"`
		}
		if strings.Contains(q.Topic, "csr") && json.Unmarshal(q.Payload, &m) == nil {
			b, _ := pem.Decode([]byte(m.CSR))
			csr, err := x509.ParseCertificateRequest(b.Bytes)
			if err != nil {
				t.Error(err)
			} else {
				keys[fmt.Sprintf("%x", csr.RawSubjectPublicKeyInfo)] = true
			}
		}
		if also != nil {
			return also(q)
		}
		return awsiottest.Fate{}
	})
	return keys
}

// The power is cut at every operation on the disk, whole, torn or lost; then
// the device goes on. It has one identity, which the service knows, got with
// one key.
func TestPowerCutAtEveryOperation(t *testing.T) {
	points := 0
	for _, cloudKeys := range []bool{false, true} {
		for seed := range uint64(12) {
			for at, more := 1, true; more && !t.Failed(); at++ {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, nil)
					keys := asked(t, w, nil)
					disk := crashfs.New(seed)
					disk.CrashAt(at)
					o := options("/id")
					o.CloudKeys = cloudKeys
					id, err := provisioning.DeviceFS(t.Context(), w.conn(), template, o, disk)
					if more = err != nil; more && !errors.Is(err, crashfs.ErrCrashed) {
						t.Fatalf("Device = %v; want the power cut", err)
					}
					if err == nil && id.ThingName != "hub-7" {
						t.Errorf("identity %+v", id)
					}
					disk = disk.Reboot()
					id, err = provisioning.DeviceFS(t.Context(), w.conn(), template, o, disk)
					if err != nil {
						t.Fatalf("seed %d, cut at %d: Device = %v", seed, at, err)
					}
					checkStored(t, w, disk, id)
					if !cloudKeys && len(keys) != 1 {
						t.Errorf("seed %d, cut at %d: certificates were asked for %d keys", seed, at, len(keys))
					}
				})
				points++
			}
		}
	}
	if points < 2*12*15 {
		t.Errorf("%d power cuts; want more", points)
	}
}

// checkStored says whether the identity is the one active certificate, and
// whether a power cut and another start leave it alone.
func checkStored(t *testing.T, w *world, disk *crashfs.FS, id *provisioning.Identity) {
	t.Helper()
	certs := w.active()
	if len(certs) != 1 || certs[0].ID != id.CertificateID || certs[0].Thing != id.ThingName {
		t.Errorf("active certificates %v; want that of %+v alone", certs, id)
	}
	before := w.requests()
	disk = disk.Reboot()
	again, err := provisioning.LoadFS(disk, "/id")
	if err != nil || again.CertificateID != id.CertificateID {
		t.Errorf("Load = %+v, %v; want %+v", again, err, id)
		return
	}
	b, err := durable.ReadFile(disk, again.CertFile, 1<<20)
	if err != nil || !bytes.Equal(b, id.CertificatePEM) {
		t.Errorf("%s holds %q, %v", again.CertFile, b, err)
	}
	if _, err := provisioning.DeviceFS(t.Context(), nil, template, options("/id"), disk); err != nil || w.requests() != before {
		t.Errorf("Device again = %v after %d requests", err, w.requests()-before)
	}
}

// The connection is cut at every message, before and after it arrives, and the
// device dies and starts again at each of them, too.
func TestLinkCutAtEveryMessage(t *testing.T) {
	for _, drop := range []bool{false, true} {
		for _, dies := range []bool{false, true} {
			for at, more := 1, true; more && !t.Failed(); at++ {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, nil)
					disk := crashfs.New(uint64(at))
					ctx, die := context.WithCancel(t.Context())
					defer die()
					n := 0
					w.net.Script(func(m shadowtest.Message) shadowtest.Action {
						if m.ClientID != "device" {
							return shadowtest.Action{}
						}
						if n++; n != at {
							return shadowtest.Action{}
						}
						if dies {
							die()
						}
						return shadowtest.Action{Drop: drop, Disconnect: true}
					})
					id, err := provisioning.DeviceFS(ctx, w.conn(), template, options("/id"), disk)
					more = n >= at
					if err != nil {
						if !dies || !errors.Is(err, context.Canceled) {
							t.Fatalf("cut at %d: Device = %v", at, err)
						}
						if id, err = provisioning.DeviceFS(t.Context(), w.conn(), template, options("/id"), disk); err != nil {
							t.Fatalf("cut at %d: Device again = %v", at, err)
						}
					}
					checkStored(t, w, disk, id)
				})
			}
		}
	}
}

// Everything that may befall a message befalls each of them.
func TestFates(t *testing.T) {
	for name, f := range map[string]awsiottest.Fate{
		"request lost":       {Drop: true},
		"request doubled":    {Again: 1},
		"request late":       {Delay: 40 * time.Second},
		"answer lost":        {Silent: true},
		"answer doubled":     {Copies: 2},
		"answer late":        {Late: 20 * time.Second},
		"answer very late":   {Late: 50 * time.Minute},
		"answer not JSON":    {Answer: []byte("{\"certificateId\":")},
		"answer empty":       {Answer: []byte{}},
		"answer of no kind":  {Answer: []byte(`[1,2]`)},
		"answer too long":    {Answer: bytes.Repeat([]byte(" "), 127<<10)},
		"answer of numbers":  {Answer: []byte(`{"certificateOwnershipToken":1,"certificateId":2,"certificatePem":3,"thingName":4}`)},
		"answer with no PEM": {Answer: []byte(`{"certificateOwnershipToken":"t","certificateId":"i","certificatePem":"p","thingName":"not/a/name"}`)},
	} {
		for at := 1; at <= 2; at++ {
			t.Run(fmt.Sprintf("%s %d", name, at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, nil)
					disk := crashfs.New(1)
					n := 0
					asked(t, w, func(awsiottest.Request) awsiottest.Fate {
						if n++; n == at {
							return f
						}
						return awsiottest.Fate{}
					})
					id, err := provisioning.DeviceFS(t.Context(), w.conn(), template, options("/id"), disk)
					if err != nil {
						t.Fatal(err)
					}
					checkStored(t, w, disk, id)
					time.Sleep(2 * time.Hour) // until everything late has arrived
				})
			})
		}
	}
}

// A full or broken disk is told, and the device goes on when it is mended.
func TestDiskFails(t *testing.T) {
	broken := errors.New("broken")
	for at, more := 1, true; more; at++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			disk := crashfs.New(uint64(at))
			n := 0
			disk.Fail(func(op, _ string) error {
				if n++; n >= at && op != "remove" {
					return broken
				}
				return nil
			})
			_, err := provisioning.DeviceFS(t.Context(), w.conn(), template, options("/id"), disk)
			if more = err != nil; more && !errors.Is(err, broken) {
				t.Fatalf("Device = %v; want the disk's error", err)
			}
			disk.Fail(nil)
			id, err := provisioning.DeviceFS(t.Context(), w.conn(), template, options("/id"), disk)
			if err != nil {
				t.Fatalf("failed at %d: Device = %v", at, err)
			}
			checkStored(t, w, disk, id)
		})
	}
}

// A token that was never used and is too old is not tried.
func TestExpiredBeforeItsUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		keys := asked(t, w, nil)
		disk := crashfs.New(1)
		n := 0
		disk.Fail(func(op, _ string) error {
			if op == "create" {
				n++ // the key, the certificate, that it is about to register
			}
			if n == 3 {
				return errors.New("broken")
			}
			return nil
		})
		if _, err := provisioning.DeviceFS(t.Context(), w.conn(), template, options("/id"), disk); err == nil {
			t.Fatal("Device = nil; want the disk's error")
		}
		disk.Fail(nil)
		time.Sleep(provisioning.TokenLife)
		id, err := provisioning.DeviceFS(t.Context(), w.conn(), template, options("/id"), disk)
		if err != nil {
			t.Fatal(err)
		}
		checkStored(t, w, disk, id)
		if w.cloud.Requests("create-from-csr") != 2 || w.cloud.Requests("register") != 1 || len(keys) != 1 {
			t.Errorf("%d certificates asked for, for %d keys, %d registrations", w.cloud.Requests("create-from-csr"), len(keys), w.cloud.Requests("register"))
		}
	})
}

// Another device's certificate, which a broker that is not AWS delivers to
// everybody who listens, is not this one's.
func TestAnotherDevicesCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		var mu sync.Mutex
		var first []byte
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(q.Topic, "csr") && first == nil {
				first = q.Payload
				return awsiottest.Fate{Late: 20 * time.Second}
			}
			return awsiottest.Fate{}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := provisioning.DeviceFS(ctx, w.net.Conn("other"), template, options("/id"), crashfs.New(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Device of the other = %v", err)
		}
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			return awsiottest.Fate{Late: 19*time.Second + 100*time.Millisecond} // behind the other's
		})
		disk := crashfs.New(2)
		o := options("/id")
		o.Timeout = 30 * time.Second
		id, err := provisioning.DeviceFS(t.Context(), w.conn(), template, o, disk)
		if err != nil {
			t.Fatal(err)
		}
		checkStored(t, w, disk, id)
		if n := w.cloud.Requests("create-from-csr"); n != 2 {
			t.Errorf("%d certificates asked for", n)
		}
	})
}

// What is left over is logged; keys and tokens never are.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &awsiottest.ProvisioningOptions{OneUse: true})
		var secrets []string
		lost := false
		w.cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
			var m struct {
				Token string `json:"certificateOwnershipToken"`
			}
			if json.Unmarshal(q.Payload, &m) == nil && m.Token != "" {
				secrets = append(secrets, m.Token)
			}
			if strings.Contains(q.Topic, "provision") && !lost {
				lost = true
				return awsiottest.Fate{Silent: true}
			}
			return awsiottest.Fate{}
		})
		var out bytes.Buffer
		o := options("/id")
		o.CloudKeys = true
		o.Logger = slog.New(slog.NewJSONHandler(&out, nil))
		if _, err := provisioning.DeviceFS(t.Context(), w.conn(), template, o, crashfs.New(1)); err != nil {
			t.Fatal(err)
		}
		left := w.active()[0].ID
		if !strings.Contains(out.String(), `"certificate":"`+left+`","mayBeActive":true`) {
			t.Errorf("the log does not name %s:\n%s", left, &out)
		}
		for _, s := range append(secrets, "PRIVATE KEY") {
			if strings.Contains(out.String(), s) {
				t.Errorf("the log holds %s", s)
			}
		}
		if len(secrets) != 3 {
			t.Errorf("%d tokens were sent; want three", len(secrets))
		}
	})
}
