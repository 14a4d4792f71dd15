package transport_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

const tlsConfig = `cafile DIR/ca.pem
certfile DIR/server.pem
keyfile DIR/server.key
require_certificate true
use_identity_as_username true
acl_file DIR/acl
`

// A broker that knows devices by their certificates; a device's is replaced
// while it is sending, and nothing is lost, out of order or sent twice.
func TestMosquittoRotation(t *testing.T) {
	ca := must(transporttest.NewAuthority("plant"))(t)
	issue := func(name string) (certPEM, keyPEM string) {
		c, k, err := ca.Issue(name, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return string(c), string(k)
	}
	serverCert, serverKey := issue("broker")
	m := newMosquitto(t, tlsConfig, "ca.pem", string(ca.PEM()), "server.pem", serverCert, "server.key", serverKey,
		"acl", "user old\ntopic write plant/#\nuser new\ntopic write plant/#\nuser watcher\ntopic read plant/#\n")

	dir := t.TempDir()
	place := func(name, file string) (certFile, keyFile string) {
		certPEM, keyPEM := issue(name)
		certFile, keyFile = filepath.Join(dir, file+".pem"), filepath.Join(dir, file+".key")
		for f, b := range map[string]string{certFile: certPEM, keyFile: keyPEM} {
			if err := os.WriteFile(f+".new", []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(f+".new", f); err != nil {
				t.Fatal(err)
			}
		}
		return certFile, keyFile
	}
	dialer := func(id, certFile, keyFile string) transport.Dialer {
		keys := must(mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: certFile, KeyFile: keyFile, Warn: time.Hour}))(t)
		return must(mqtt.New(&mqtt.Options{
			Broker: m.url("tls"), ClientID: id, KeyPair: keys, RotateCheck: time.Second,
			TLS: &tls.Config{RootCAs: ca.Pool()},
		}))(t)
	}
	options := &transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond}
	watcherCert, watcherKey := place("watcher", "watcher")
	watcher := mustOpen(t, t.TempDir(), dialer("watcher", watcherCert, watcherKey), options)
	var box inbox
	sub, err := watcher.Subscribe(t.Context(), "plant/#", 1, box.handler)
	if err != nil {
		t.Fatal(err)
	}
	run(t, watcher)
	if err := sub.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	cert, key := place("old", "device")
	out := mustOpen(t, t.TempDir(), dialer("device", cert, key), options)
	run(t, out)
	n := 0
	publish := func() {
		mustPublish(t, out, transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, n)})
		n++
		time.Sleep(2 * time.Millisecond)
	}
	for range 50 {
		publish()
	}
	place("new", "device")
	connected := func(user string) bool { return strings.Contains(m.log(), "as device (p2, c1, k30, u'"+user+"')") }
	for until := time.Now().Add(10 * time.Second); !connected("new") && time.Now().Before(until); {
		publish()
	}
	for range 50 {
		publish()
	}
	if !connected("old") || !connected("new") {
		t.Fatalf("the device did not connect with both certificates; the broker's log:\n%s", m.log())
	}
	drain(t, out)
	checkArrival(t, &box, "plant/line", n)
	s := out.Stats()
	if l := s.Lane(transport.DefaultLane); l.Acknowledged != uint64(n) || l.Resent != 0 || s.Link.Connects != 2 {
		t.Errorf("%d of %d acknowledged, %d sent again, over %d connections; want all, none, over 2", l.Acknowledged, n, l.Resent, s.Link.Connects)
	}
}

// checkArrival waits for n numbered messages and demands that each came, that
// no number comes for the first time after a higher one.
func checkArrival(t *testing.T, box *inbox, topic string, n int) {
	t.Helper()
	next := 0
	eventually(t, fmt.Sprintf("%d messages arrive", n), func() bool {
		for _, g := range box.take() {
			var i int
			if _, err := fmt.Sscanf(g, topic+"=%d", &i); err != nil || i > next {
				t.Fatalf("%q arrives; want at most %d: one is lost or out of order", g, next)
			}
			if i == next {
				next++
			}
		}
		return next == n
	})
}

// must makes one line of a call that returns an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Whoever does not trust the other says so.
func TestMosquittoRefuses(t *testing.T) {
	ca, other := must(transporttest.NewAuthority("plant"))(t), must(transporttest.NewAuthority("another"))(t)
	serverCert, serverKey, err := ca.Issue("broker", time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	m := newMosquitto(t, tlsConfig, "ca.pem", string(ca.PEM()), "server.pem", string(serverCert), "server.key", string(serverKey), "acl", "")
	pair := func(a *transporttest.Authority, from, to time.Time) *mqtt.KeyPair {
		certPEM, keyPEM, err := a.Issue("device", from, to)
		if err != nil {
			t.Fatal(err)
		}
		cert, key := filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
		for f, b := range map[string][]byte{cert: certPEM, key: keyPEM} {
			if err := os.WriteFile(f, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return must(mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: cert, KeyFile: key}))(t)
	}
	now := time.Now()
	for _, tc := range []struct {
		name string
		keys *mqtt.KeyPair
		tls  *tls.Config
		want string
	}{
		{"good", pair(ca, now, now.Add(time.Hour)), &tls.Config{RootCAs: ca.Pool()}, ""},
		{"we do not know its authority", pair(ca, now, now.Add(time.Hour)), &tls.Config{RootCAs: other.Pool()}, "unknown authority"},
		{"its name is another", pair(ca, now, now.Add(time.Hour)), &tls.Config{RootCAs: ca.Pool(), ServerName: "x.example"}, "x.example"},
		{"it does not know our authority", pair(other, now, now.Add(time.Hour)), &tls.Config{RootCAs: ca.Pool()}, "unknown certificate authority"},
		{"we are expired", pair(ca, now.Add(-3*time.Hour), now.Add(-2*time.Hour)), &tls.Config{RootCAs: ca.Pool()}, "expired certificate"},
		{"no certificate", nil, &tls.Config{RootCAs: ca.Pool()}, "certificate required"},
	} {
		d := must(mqtt.New(&mqtt.Options{Broker: m.url("tls"), ClientID: "device", KeyPair: tc.keys, TLS: tc.tls}))(t)
		s, err := d.Dial(t.Context())
		if err == nil {
			s.Close()
		}
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Dial = %v; want %q", tc.name, err, tc.want)
		}
	}
}
