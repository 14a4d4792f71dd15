package mqtt5_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/mqtt5"
	"github.com/brinkml/brink/transport/transporttest"
)

// mosquitto is Debian's broker, with a folder and a port of its own.
type mosquitto struct {
	t      *testing.T
	path   string
	dir    string
	port   int
	cmd    *exec.Cmd
	exited chan struct{}
}

// newMosquitto starts a broker. config is added to a listener on the loopback
// and anonymous access; DIR in it is the broker's folder, where files are put
// first.
func newMosquitto(t *testing.T, config string, files ...string) *mosquitto {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		t.Skip("mosquitto is not in PATH")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mosquitto{t: t, path: path, dir: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	conf := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nlog_dest file DIR/log\nlog_type all\n", m.port)
	if os.Geteuid() == 0 {
		conf += "user root\n" // it would become another who may not read the folder
	}
	for i := 0; i+1 < len(files); i += 2 {
		m.put(files[i], files[i+1])
	}
	m.put("conf", strings.ReplaceAll(conf+config, "DIR", m.dir))
	m.start()
	t.Cleanup(func() { m.stop(os.Kill) })
	return m
}

func (m *mosquitto) put(name, content string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mosquitto) url(scheme string) string {
	return fmt.Sprintf("%s://127.0.0.1:%d", scheme, m.port)
}

func (m *mosquitto) log() string {
	b, _ := os.ReadFile(filepath.Join(m.dir, "log"))
	return string(b)
}

// start returns when this broker, and not another that has the port, listens.
func (m *mosquitto) start() {
	m.t.Helper()
	m.cmd = exec.Command(m.path, "-c", filepath.Join(m.dir, "conf"))
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	cmd, exited := m.cmd, make(chan struct{})
	m.exited = exited
	go func() {
		cmd.Wait()
		close(exited)
	}()
	eventually(m.t, "mosquitto listens", func() bool {
		select {
		case <-exited:
			m.t.Fatalf("mosquitto ended at once; its log:\n%s", m.log())
		default:
		}
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", m.port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// stop ends the broker with a signal and waits for it.
func (m *mosquitto) stop(sig os.Signal) {
	m.cmd.Process.Signal(sig)
	<-m.exited
}

// eventually waits for a condition that has no channel.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

// inbox keeps what a handler gets.
type inbox struct {
	mu  sync.Mutex
	got []transport.Inbound
}

func (b *inbox) handler(_ context.Context, m transport.Inbound) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, m)
}

func (b *inbox) all() []transport.Inbound {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func dialer(t testing.TB, o mqtt5.Options) *mqtt5.Dialer {
	t.Helper()
	d, err := mqtt5.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustDial(t testing.TB, o mqtt5.Options) transport.Session {
	t.Helper()
	s, err := dialer(t, o).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var quick = transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond, Device: "hub"}

// What mosquitto (2.0.11) drops in silence over MQTT 3.1.1, it refuses with a
// reason over MQTT 5: the third of a window of 20, by its ACL and by
// message_size_limit. Above max_packet_size, which it tells in CONNACK, nothing
// is sent at all. The connection goes on each time, and the rest is delivered.
func TestMosquittoDenies(t *testing.T) {
	for _, tc := range []struct {
		name, config string
		topic        string
		size         int
		code         byte
	}{
		{"ACL", "acl_file DIR/acl\n", "no/3", 10, 0x87},
		{"message_size_limit", "message_size_limit 1000\n", "ok/3", 1001, 0x95},
		{"max_packet_size", "max_packet_size 1000\n", "ok/3", 1001, 0x95},
		{"retain_available", "retain_available false\n", "retained", 10, 0x9a},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMosquitto(t, tc.config, "acl", "topic readwrite ok/#\n")
			watcher := mustDial(t, mqtt5.Options{Broker: m.url("tcp"), ClientID: "watcher"})
			if err := watcher.Subscribe(t.Context(), "ok/#", 0); err != nil {
				t.Fatal(err)
			}
			s := mustDial(t, mqtt5.Options{Broker: m.url("tcp"), ClientID: "device"})
			answers := make([]<-chan error, 21)
			for i := 1; i <= 20; i++ {
				p := transport.Packet{Topic: fmt.Sprintf("ok/%d", i), Payload: make([]byte, 10), QoS: 1}
				if i == 3 {
					p.Topic, p.Payload, p.Retain = tc.topic, make([]byte, tc.size), tc.topic == "retained"
				}
				answers[i] = publish(t, s, p)
			}
			for i := 1; i <= 20; i++ {
				var r *transport.RejectedError
				switch err := <-answers[i]; {
				case i != 3 && err != nil:
					t.Errorf("message %d: %v; want an acknowledgement", i, err)
				case i == 3 && (!errors.As(err, &r) || r.Code != tc.code):
					t.Errorf("message 3: %v; want a *RejectedError of code %#x", err, tc.code)
				}
			}
			for i := 1; i <= 20; i++ {
				if i == 3 {
					continue
				}
				select {
				case d := <-watcher.Messages():
					if want := fmt.Sprintf("ok/%d", i); d.Topic != want {
						t.Fatalf("%s arrives; want %s", d.Topic, want)
					}
				case <-time.After(10 * time.Second):
					t.Fatalf("message %d does not arrive", i)
				}
			}
			if err := s.Err(); err != nil {
				t.Errorf("Err() = %v; want the session to go on", err)
			}
		})
	}
}

// Of a thousand messages some are refused: each is set aside at once, with the
// broker's reason, on the one connection; all others arrive in order.
func TestMosquittoPoison(t *testing.T) {
	m := newMosquitto(t, "acl_file DIR/acl\nmessage_size_limit 1000\nmax_packet_size 5000\nmax_inflight_messages 7\nmax_queued_messages 100000\n", "acl", "topic readwrite plant/#\n")
	receiver := open(t, dialer(t, mqtt5.Options{Broker: m.url("tcp"), ClientID: "receiver"}), &quick)
	var box inbox
	sub, err := receiver.Subscribe(t.Context(), "plant/#", 1, box.handler)
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	sender := open(t, dialer(t, mqtt5.Options{Broker: m.url("tcp"), ClientID: "sender"}), &quick)
	var want []string
	for i := range 1000 {
		msg := transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, i), Expiry: time.Hour}
		switch i {
		case 300:
			msg.Topic = "forbidden"
		case 700:
			msg.Payload = append(make([]byte, 2000), msg.Payload...)
		case 800:
			msg.Payload = append(make([]byte, 6000), msg.Payload...)
		default:
			want = append(want, string(msg.Payload))
		}
		mustPublish(t, sender, msg)
	}
	drain(t, sender)
	defer func() {
		if t.Failed() {
			t.Logf("%d arrived, receiver %+v\n%s", len(box.all()), receiver.Stats().Link, m.log())
		}
	}()
	eventually(t, "all arrive", func() bool { return len(box.all()) >= len(want) })
	var got []string
	dedup := transport.NewDedup(nil)
	for _, in := range box.all() {
		got = append(got, string(in.Payload))
		if e, ok := in.Identity(); !ok || e.Device != "hub" || e.Epoch != sender.Epoch() || dedup.Seen(e) {
			t.Fatalf("identity %+v, %v; want one of its own", e, ok)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var reasons []string
	for _, a := range asides(t, sender) {
		reasons = append(reasons, a.Reason)
	}
	for i, want := range []string{"not authorized", "packet too large", "it would have 60"} {
		if len(reasons) != 3 || !strings.Contains(reasons[i], want) {
			t.Errorf("aside for %q; want three, and %q", reasons, want)
		}
	}
	if s := sender.Stats(); s.Link.Connects != 1 || s.Lane(transport.DefaultLane).Acknowledged != 997 {
		t.Errorf("stats %+v; want 997 acknowledged on one connection", s)
	}
}

// A broker with persistence is stopped in order and started again, under way,
// some times. Everything accepted arrives, in order but for repetitions, which
// a Dedup takes out by what the messages carry.
func TestMosquittoRestartUnderWay(t *testing.T) {
	m := newMosquitto(t, "persistence true\npersistence_location DIR/\nmax_queued_messages 0\n")
	keeper := newKeeper(t, m)
	keeper.close()
	out := open(t, dialer(t, mqtt5.Options{Broker: m.url("tcp"), ClientID: "device"}), &quick)
	n := 0
	for range 3 {
		for until := time.Now().Add(200 * time.Millisecond); time.Now().Before(until); n++ {
			mustPublish(t, out, transport.Message{Topic: "plant/line", Payload: fmt.Append(nil, n)})
		}
		m.stop(syscall.SIGTERM)
		m.start()
	}
	drain(t, out)
	eventually(t, "three reconnects", func() bool { return out.Stats().Link.Reconnects() >= 3 })
	keeper = newKeeper(t, m)
	defer keeper.close()
	dedup := transport.NewDedup(nil)
	for next := 0; next < n; {
		p := keeper.next()
		if e, ok := p.Identity(); !ok {
			t.Fatalf("%s has no identity", p.Payload)
		} else if dedup.Seen(e) {
			continue
		}
		if string(p.Payload) != fmt.Sprint(next) {
			t.Fatalf("%s comes; want %d", p.Payload, next)
		}
		next++
	}
	t.Logf("%d messages over %d connections", n, out.Stats().Link.Connects)
}

// keeper is somebody else's client with a session that the broker keeps.
type keeper struct {
	t *testing.T
	c net.Conn
}

func newKeeper(t *testing.T, m *mosquitto) *keeper {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(m.url("tcp"), "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	forever := uint32(1<<32 - 1)
	k := &keeper{t, c}
	k.send(&packets.Connect{
		ProtocolName: "MQTT", ProtocolVersion: 5, ClientID: "keeper", Properties: &packets.Properties{SessionExpiryInterval: &forever},
	})
	k.send(&packets.Subscribe{PacketID: 1, Properties: &packets.Properties{}, Subscriptions: []packets.SubOptions{{Topic: "plant/#", QoS: 1}}})
	return k
}

func (k *keeper) send(p packets.Packet) {
	if _, err := k.c.Write(encode(p)); err != nil {
		k.t.Fatal(err)
	}
}

// next returns the next message, and acknowledges it.
func (k *keeper) next() (in transport.Inbound) {
	k.t.Helper()
	for {
		k.c.SetReadDeadline(time.Now().Add(10 * time.Second))
		cp, err := packets.ReadPacket(k.c)
		if err != nil {
			k.t.Fatal(err)
		}
		p, ok := cp.Content.(*packets.Publish)
		if !ok {
			continue
		}
		k.send(&packets.Puback{PacketID: p.PacketID, Properties: &packets.Properties{}})
		in.Topic, in.Payload = p.Topic, p.Payload
		for _, u := range p.Properties.User {
			switch u.Key {
			case mqtt5.PropertyID:
				in.ID = u.Value
			case mqtt5.PropertyDevice:
				in.Device = u.Value
			}
		}
		return in
	}
}

func (k *keeper) close() {
	k.send(&packets.Disconnect{Properties: &packets.Properties{}})
	k.c.Close()
}

// An expired message is kept by the broker for nobody.
func TestMosquittoExpiry(t *testing.T) {
	m := newMosquitto(t, "max_queued_messages 0\n")
	newKeeper(t, m).close()
	s := mustDial(t, mqtt5.Options{Broker: m.url("tcp"), ClientID: "device"})
	for _, p := range []transport.Packet{
		{Topic: "plant/1", QoS: 1, Expiry: time.Millisecond}, // a second, at least
		{Topic: "plant/2", QoS: 1, Expiry: time.Hour},
		{Topic: "plant/3", QoS: 1},
	} {
		if err := <-publish(t, s, p); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2100 * time.Millisecond) // the broker's clock counts seconds
	k := newKeeper(t, m)
	defer k.close()
	if a, b := k.next().Topic, k.next().Topic; a != "plant/2" || b != "plant/3" {
		t.Errorf("%s and %s arrive; want those that have not expired", a, b)
	}
}

// Whoever does not trust the other says so; a device is known by its
// certificate, and its will follows a connection that ends without goodbye.
func TestMosquittoTLS(t *testing.T) {
	ca, err := transporttest.NewAuthority("plant")
	if err != nil {
		t.Fatal(err)
	}
	issue := func(name string, from, to time.Time) (certPEM, keyPEM string) {
		c, k, err := ca.Issue(name, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return string(c), string(k)
	}
	serverCert, serverKey := issue("broker", time.Time{}, time.Time{})
	m := newMosquitto(t, `cafile DIR/ca.pem
certfile DIR/server.pem
keyfile DIR/server.key
require_certificate true
use_identity_as_username true
acl_file DIR/acl
`, "ca.pem", string(ca.PEM()), "server.pem", serverCert, "server.key", serverKey,
		"acl", "user device\ntopic write plant/#\nuser watcher\ntopic read plant/#\n")
	dir := t.TempDir()
	place := func(name string, from, to time.Time) (cert, key string) {
		certPEM, keyPEM := issue(name, from, to)
		cert, key = filepath.Join(dir, name+".cert"), filepath.Join(dir, name+".key")
		for f, b := range map[string]string{cert: certPEM, key: keyPEM} {
			if err := os.WriteFile(f+".new", []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(f+".new", f); err != nil {
				t.Fatal(err)
			}
		}
		return cert, key
	}
	pair := func(name string, from, to time.Time) *mqtt.KeyPair {
		cert, key := place(name, from, to)
		k, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: cert, KeyFile: key, Warn: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	now := time.Now()
	roots := filepath.Join(m.dir, "ca.pem")
	for _, tc := range []struct {
		name string
		keys *mqtt.KeyPair
		want string
	}{
		{"we are expired", pair("device", now.Add(-3*time.Hour), now.Add(-2*time.Hour)), "expired certificate"},
		{"no certificate", nil, "certificate required"},
	} {
		d := dialer(t, mqtt5.Options{Broker: m.url("tls"), ClientID: "device", KeyPair: tc.keys, RootsFile: roots})
		s, err := d.Dial(t.Context())
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Dial = %v; want %q", tc.name, err, tc.want)
		}
	}
	unknown := dialer(t, mqtt5.Options{
		Broker: m.url("tls"), TLS: &tls.Config{}, KeyPair: pair("device", now, now.Add(time.Hour)),
	})
	if _, err := unknown.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("Dial = %v; want the authority refused", err)
	}

	watcher := mustDial(t, mqtt5.Options{Broker: m.url("tls"), KeyPair: pair("watcher", now, now.Add(time.Hour)), RootsFile: roots})
	if err := watcher.Subscribe(t.Context(), "plant/#", 1); err != nil {
		t.Fatal(err)
	}
	var conn net.Conn
	device := mustDial(t, mqtt5.Options{
		Broker: m.url("tls"), ClientID: "device", KeyPair: pair("device", now, now.Add(time.Hour)), RootsFile: roots, RotateCheck: time.Second,
		Birth: &mqtt.Will{Topic: "plant/state", Payload: []byte("online"), QoS: 1, Retain: true},
		Will:  &mqtt.Will{Topic: "plant/state", Payload: []byte("offline"), QoS: 1, Retain: true},
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr)
			conn = c
			return c, err
		},
	})
	if err := <-publish(t, device, transport.Packet{Topic: "plant/line", Payload: []byte("x"), QoS: 1}); err != nil {
		t.Error(err)
	}
	var r *transport.RejectedError
	if err := <-publish(t, device, transport.Packet{Topic: "other", QoS: 1}); !errors.As(err, &r) {
		t.Errorf("publish = %v; want a *RejectedError", err)
	}
	place("device", now, now.Add(2*time.Hour))
	select {
	case <-device.(interface{ Renew() <-chan struct{} }).Renew():
	case <-time.After(10 * time.Second):
		t.Error("another key pair is not noticed")
	}
	conn.Close()
	for _, want := range []string{"online", "x", "offline"} {
		select {
		case d := <-watcher.Messages():
			d.Ack()
			if string(d.Payload) != want {
				t.Errorf("%s arrives; want %s", d.Payload, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s does not arrive", want)
		}
	}
}
