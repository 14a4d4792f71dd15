package mqtt_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"go.uber.org/goleak"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ExampleNew() {
	b, err := transporttest.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", ClientID: "hub-7", Dial: b.Dial})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := d.Dial(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	acked := make(chan error)
	s.Publish(context.Background(), transport.Packet{Topic: "hello", Payload: []byte("world"), QoS: 1},
		func(err error) { acked <- err })
	fmt.Println(<-acked, string(b.Messages()[0].Payload))
	// Output: <nil> world
}

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		o    *mqtt.Options
		want []string
	}{
		{nil, []string{"no Broker"}},
		{&mqtt.Options{Broker: "http://host"}, []string{`begins with "http"`}},
		{&mqtt.Options{Broker: "host:1883"}, []string{"cannot be read|begins with"}},
		{&mqtt.Options{Broker: "tcp://"}, []string{"no host"}},
		{&mqtt.Options{Broker: "tcp://host:99999"}, []string{"port"}},
		{&mqtt.Options{Broker: "tcp://host/path?x=1"}, []string{"more than a host"}},
		{&mqtt.Options{Broker: "ws://u:p@/x", KeepAlive: 1500 * time.Millisecond}, []string{"ws", "credentials", "no host", "KeepAlive"}},
		{&mqtt.Options{Broker: "tcp://host", TLS: &tls.Config{}}, []string{"TLS is set"}},
		{
			&mqtt.Options{
				Broker: "tcp://host", ClientID: strings.Repeat("x", 65536), Password: "p", WriteTimeout: -1, MaxInbound: 1,
				Will: &mqtt.Will{Topic: "a/#", QoS: 2, Payload: make([]byte, 65536)},
			},
			[]string{"ClientID", "Password", "WriteTimeout", "MaxInbound", "will's topic", "will's QoS", "will's payload"},
		},
		{
			&mqtt.Options{Broker: "tcp://host", Profile: transport.AWSIoTCore(), Birth: &mqtt.Will{Topic: "$aws/rules/r/state", Retain: true}},
			[]string{"birth's topic", "retains nothing"},
		},
	} {
		_, err := mqtt.New(tc.o)
		if err == nil {
			t.Errorf("New(%+v) = nil; want an error", tc.o)
			continue
		}
		for _, want := range tc.want {
			found := false
			for alt := range strings.SplitSeq(want, "|") {
				found = found || strings.Contains(err.Error(), alt)
			}
			if !found {
				t.Errorf("New(%+v) lacks %q:\n%v", tc.o, want, err)
			}
		}
		if strings.Contains(err.Error(), "u:p") {
			t.Errorf("the error shows the password:\n%v", err)
		}
	}
	for _, broker := range []string{"tcp://host", "tls://host:1", "tcp://[::1]:1883", "tcp://10.0.0.1/"} {
		if _, err := mqtt.New(&mqtt.Options{Broker: broker}); err != nil {
			t.Errorf("New(%q) = %v; want nil", broker, err)
		}
	}
}

func dial(t *testing.T, o *transporttest.Options, mo mqtt.Options) (*transporttest.Broker, transport.Session) {
	t.Helper()
	b, err := transporttest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	mo.Broker, mo.ClientID, mo.Dial = "tcp://memory", "c", b.Dial
	d, err := mqtt.New(&mo)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return b, s
}

func publish(t *testing.T, s transport.Session, p transport.Packet) <-chan error {
	t.Helper()
	done := make(chan error, 2)
	s.Publish(t.Context(), p, func(err error) { done <- err })
	return done
}

// Everything in flight fails when the session ends, however it ends, and once.
func TestInFlightFailsWithTheSession(t *testing.T) {
	for name, end := range map[string]func(*transporttest.Broker, transport.Session){
		"broker": func(b *transporttest.Broker, _ transport.Session) { b.HangUp() },
		"close":  func(_ *transporttest.Broker, s transport.Session) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := dial(t, nil, mqtt.Options{})
				b.Script(transporttest.Script{NoPuback: func(transporttest.Message) bool { return true }})
				var waits []<-chan error
				for range 50 {
					waits = append(waits, publish(t, s, transport.Packet{Topic: "t", QoS: 1}))
				}
				synctest.Wait()
				end(b, s)
				synctest.Wait()
				for i, w := range waits {
					if err := <-w; err == nil {
						t.Errorf("packet %d: nil; want an error: it was not acknowledged", i)
					}
					if len(w) > 0 {
						t.Errorf("packet %d: done was called twice", i)
					}
				}
				if s.Err() == nil {
					t.Error("Err() = nil after the end")
				}
				if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err == nil {
					t.Error("Publish on a session that is done = nil; want an error")
				}
				if err := s.Subscribe(t.Context(), "t", 1); err == nil {
					t.Error("Subscribe on a session that is done = nil; want an error")
				}
			})
		})
	}
}

func TestDialRefusedAndUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := transporttest.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: b.Dial, ConnectTimeout: 7 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		b.Script(transporttest.Script{Connack: 4})
		var refused *mqtt.RefusedError
		if _, err := d.Dial(t.Context()); !errors.As(err, &refused) || refused.Code != 4 {
			t.Errorf("Dial = %v; want a *RefusedError of code 4", err)
		}
		b.Script(transporttest.Script{Silent: true})
		began := time.Now()
		if _, err := d.Dial(t.Context()); err == nil || time.Since(began) != 7*time.Second {
			t.Errorf("Dial = %v after %v; want an error after ConnectTimeout", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if _, err := d.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("Dial = %v after %v; want the deadline's error after 1 s", err, time.Since(began))
		}
		b.Cut()
		if _, err := d.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "memory:1883") {
			t.Errorf("Dial = %v; want an error that names the address", err)
		}
	})
}

func TestWillAndGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		will := &mqtt.Will{Topic: "state", Payload: []byte("gone"), QoS: 1, Retain: true}
		b, s := dial(t, nil, mqtt.Options{Will: will, Username: "u", Password: "p"})
		b.HangUp()
		synctest.Wait()
		if m := b.Messages(); len(m) != 1 || !m[0].Will || string(m[0].Payload) != "gone" || !m[0].Retain {
			t.Errorf("messages %+v; want the will", m)
		}
		s.Close()
		b, s = dial(t, nil, mqtt.Options{Will: will})
		s.Close()
		synctest.Wait()
		if m := b.Messages(); len(m) != 0 {
			t.Errorf("messages %+v after Close; want no will", m)
		}
	})
}

func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := dial(t, nil, mqtt.Options{KeepAlive: 20 * time.Second})
		time.Sleep(10 * time.Minute)
		// One at least in every 20 s; the library looks every 5 s only.
		if n := b.Stats().Pings; n < 30 || n > 40 {
			t.Errorf("%d pings in 10 min; want 30 to 40", n)
		}
		if err := s.Err(); err != nil {
			t.Errorf("Err() = %v; want nil", err)
		}
		b.Script(transporttest.Script{NoPing: true})
		began := time.Now()
		<-s.Done()
		if d := time.Since(began); d > 30*time.Second {
			t.Errorf("noticed after %v; want within KeepAlive and PingTimeout", d)
		}
		if !strings.Contains(s.Err().Error(), "pingresp") {
			t.Errorf("Err() = %v; want the missing answer named", s.Err())
		}
	})
}

// liar is a broker that answers CONNECT and then plays a script of raw bytes
// upon the first PUBLISH, SUBSCRIBE or UNSUBSCRIBE.
func liar(t *testing.T, connack []byte, answer func(p packets.ControlPacket) []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			if _, err := packets.ReadPacket(server); err != nil {
				return
			}
			if _, err := server.Write(connack); err != nil {
				return
			}
			for {
				p, err := packets.ReadPacket(server)
				if err != nil {
					return
				}
				if b := answer(p); b != nil {
					go server.Write(b)
				}
			}
		}()
		return client, nil
	}
}

// What a broker may not send ends the session and acknowledges nothing.
func TestHostileBroker(t *testing.T) {
	good := []byte{0x20, 2, 0, 0}
	for name, lie := range map[string][]byte{
		"PUBACK of another":        {0x40, 2, 0, 9},
		"UNSUBACK for a PUBLISH":   {0xb0, 2, 0, 1},
		"SUBACK for a PUBLISH":     {0x90, 3, 0, 1, 0},
		"PUBREC":                   {0x50, 2, 0, 1},
		"PUBCOMP":                  {0x70, 2, 0, 1},
		"PUBREL":                   {0x62, 2, 0, 1},
		"CONNACK again":            {0x20, 2, 0, 0},
		"CONNECT":                  {0x10, 0},
		"SUBACK of many codes":     {0x90, 5, 0, 1, 0, 0, 0},
		"SUBACK without code":      {0x90, 2, 0, 1},
		"PUBACK too long":          {0x40, 3, 0, 1, 0},
		"PUBACK with flags":        {0x4f, 2, 0, 1},
		"endless length":           {0x30, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"a quarter of a gigabyte":  {0x30, 0xff, 0xff, 0xff, 0x7f},
		"PUBLISH with QoS 2":       {0x34, 5, 0, 1, 'a', 0, 1},
		"PUBLISH, topic too long":  {0x30, 4, 0, 9, 'a', 'b'},
		"PUBLISH without topic":    {0x30, 2, 0, 0},
		"PUBLISH with QoS 1 short": {0x32, 4, 0, 2, 'a', 'b'},
		"reserved type 0":          {0x00, 0},
		"reserved type 15":         {0xf0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: liar(t, good, func(packets.ControlPacket) []byte { return lie })})
				if err != nil {
					t.Fatal(err)
				}
				s, err := d.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err == nil {
					t.Error("publish = nil; want an error")
				}
				var protocol *mqtt.ProtocolError
				<-s.Done()
				if !errors.As(s.Err(), &protocol) {
					t.Errorf("Err() = %v; want a *ProtocolError", s.Err())
				}
			})
		})
	}
	for name, connack := range map[string][]byte{
		"garbage":        []byte("HTTP/1.1 400 Bad Request\r\n"),
		"PUBLISH first":  {0x30, 3, 0, 1, 'a'},
		"PINGRESP first": {0xd0, 0},
		"code 77":        {0x20, 2, 0, 77},
		"nothing":        {},
	} {
		t.Run("CONNACK "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: liar(t, connack, nil)})
				if err != nil {
					t.Fatal(err)
				}
				if s, err := d.Dial(t.Context()); err == nil {
					s.Close()
					t.Error("Dial = nil; want an error")
				}
			})
		})
	}
}

// Err and the errors of what was in flight tell who ended the session.
func TestWhoEndedIt(t *testing.T) {
	never := func(transporttest.Message) bool { return true }
	for _, tc := range []struct {
		name   string
		script transporttest.Script
		end    func(*transporttest.Broker, transport.Session)
		peer   bool
	}{
		{"peer hangs up", transporttest.Script{NoPuback: never}, func(b *transporttest.Broker, _ transport.Session) { b.HangUp() }, true},
		{"peer hangs up on the packet", transporttest.Script{HangUp: never}, nil, true},
		{"we close", transporttest.Script{NoPuback: never}, func(_ *transporttest.Broker, s transport.Session) { s.Close() }, false},
		{"no answer to pings", transporttest.Script{NoPuback: never, NoPing: true}, nil, false},
		{"half open", transporttest.Script{}, func(b *transporttest.Broker, _ transport.Session) { b.Freeze() }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := dial(t, nil, mqtt.Options{})
				b.Script(tc.script)
				if tc.name == "half open" {
					tc.end(b, s)
				}
				var waits []<-chan error
				for range 3 {
					waits = append(waits, publish(t, s, transport.Packet{Topic: "t", QoS: 1}))
				}
				synctest.Wait()
				if tc.end != nil {
					tc.end(b, s)
				}
				<-s.Done()
				for _, w := range waits {
					if err := <-w; err == nil || errors.Is(err, transport.ErrPeerClosed) != tc.peer {
						t.Errorf("publish = %v; want an error that wraps ErrPeerClosed: %v", err, tc.peer)
					}
				}
				if err := s.Err(); errors.Is(err, transport.ErrPeerClosed) != tc.peer {
					t.Errorf("Err() = %v; want ErrPeerClosed: %v", err, tc.peer)
				}
				b.Restore()
			})
		})
	}
	t.Run("reset", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			packets.ReadPacket(c)
			c.Write([]byte{0x20, 2, 0, 0})
			packets.ReadPacket(c)
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}()
		d, err := mqtt.New(&mqtt.Options{Broker: "tcp://" + l.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); !errors.Is(err, transport.ErrPeerClosed) {
			t.Errorf("publish = %v; want ErrPeerClosed", err)
		}
	})
}

// A second PUBACK for one packet answers nothing.
func TestPubackTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: liar(t, []byte{0x20, 2, 0, 0}, func(p packets.ControlPacket) []byte {
			ack := []byte{0x40, 2, 0, byte(p.Details().MessageID)}
			return append(ack, ack...)
		})})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err != nil {
			t.Errorf("publish = %v; want nil for the first PUBACK", err)
		}
		<-s.Done()
	})
}

func TestQoS0AndInbound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := dial(t, nil, mqtt.Options{})
		if err := <-publish(t, s, transport.Packet{Topic: "t", Payload: []byte("x")}); err != nil {
			t.Errorf("publish with QoS 0 = %v; want nil", err)
		}
		if err := s.Subscribe(t.Context(), "in/#", 1); err != nil {
			t.Fatal(err)
		}
		b.Publish("in/a", []byte("1"), true)
		m := <-s.Messages()
		if m.Topic != "in/a" || string(m.Payload) != "1" || m.QoS != 1 || m.Retained {
			t.Errorf("message %+v; want in/a=1 with QoS 1, live", m.Inbound)
		}
		m.Ack()
		if err := s.Unsubscribe(t.Context(), "in/#"); err != nil {
			t.Fatal(err)
		}
		if err := s.Subscribe(t.Context(), "in/a", 0); err != nil {
			t.Fatal(err)
		}
		if m := <-s.Messages(); !m.Retained {
			t.Errorf("message %+v; want it retained", m.Inbound)
		}
		if v := b.Stats().Violations; len(v) > 0 {
			t.Errorf("violations %q", v)
		}
	})
}

func TestTLS(t *testing.T) {
	cert, pool := certificate(t)
	b, err := transporttest.New(&transporttest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		tls  *tls.Config
		ok   bool
	}{
		{"trusted", &tls.Config{RootCAs: pool}, true},
		{"unknown authority", nil, false},
		{"another name", &tls.Config{RootCAs: pool, ServerName: "other.example"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := mqtt.New(&mqtt.Options{Broker: url, TLS: tc.tls})
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.Dial(t.Context())
			if (err == nil) != tc.ok {
				t.Fatalf("Dial = %v; want success %v", err, tc.ok)
			}
			if err != nil {
				return
			}
			defer s.Close()
			if err := <-publish(t, s, transport.Packet{Topic: "t", Payload: bytes.Repeat([]byte("x"), 100_000), QoS: 1}); err != nil {
				t.Error(err)
			}
		})
	}
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// FuzzBroker feeds a session with arbitrary bytes: it ends, and nothing panics.
func FuzzBroker(f *testing.F) {
	f.Add([]byte{0x20, 2, 0, 0, 0x40, 2, 0, 1})
	f.Add([]byte{0x20, 2, 0, 0, 0x30, 3, 0, 1, 'a', 0x32, 5, 0, 1, 'a', 0, 7, 0xd0, 0})
	f.Add([]byte{0x20, 2, 0, 0, 0x90, 3, 0, 2, 0x80, 0xb0, 2, 0, 3})
	f.Add([]byte{0x80})
	f.Add([]byte("\xec\xdf\x00\x00\xdf"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := mqtt.New(&mqtt.Options{
			Broker: "tcp://memory", MaxInbound: 1 << 16, WriteTimeout: 100 * time.Millisecond,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				go io.Copy(io.Discard, server)
				go func() {
					server.Write(b)
					server.Close()
				}()
				return client, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Dial(t.Context())
		if err != nil {
			return
		}
		go func() {
			for {
				select {
				case m := <-s.Messages():
					m.Ack()
				case <-s.Done():
					return
				}
			}
		}()
		publish(t, s, transport.Packet{Topic: "t", QoS: 1})
		s.Subscribe(t.Context(), "t", 1)
		s.Unsubscribe(t.Context(), "t")
		<-s.Done()
		s.Close()
	})
}
