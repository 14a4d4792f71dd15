package mqtt_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// A dead connection is noticed in time, at every moment of the library's own
// looks at the clock: idle, busy, and when the peer only stops reading.
func TestDeadConnectionIsNoticed(t *testing.T) {
	for _, speed := range []struct {
		name    string
		o       mqtt.Options
		atMost  time.Duration
		looking time.Duration // steps of the phase in which it dies
	}{
		{"default", mqtt.Options{}, 45 * time.Second, 5 * time.Second},
		{"fast", mqtt.Options{Fast: true}, 15 * time.Second, time.Second},
		{"fast with AWS", mqtt.Options{Fast: true, Profile: transport.AWSIoTCore()}, 15 * time.Second, time.Second},
	} {
		for _, load := range []string{"idle", "busy", "peer stops reading"} {
			t.Run(speed.name+" "+load, func(t *testing.T) {
				var worst time.Duration
				for phase := range 14 {
					synctest.Test(t, func(t *testing.T) {
						worst = max(worst, dies(t, speed.o, load, time.Duration(phase)*speed.looking/2+time.Millisecond))
					})
				}
				if worst > speed.atMost {
					t.Errorf("noticed after up to %v; want at most %v", worst, speed.atMost)
				}
				t.Logf("noticed after up to %v", worst)
			})
		}
	}
}

// dies lets a connection die after a while and returns how long nobody knew.
func dies(t *testing.T, o mqtt.Options, load string, after time.Duration) time.Duration {
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	o.Broker, o.ClientID, o.Dial = "tcp://memory", "c", b.Dial
	d, err := mqtt.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer s.Close()
	if load == "busy" {
		wg.Go(func() {
			for s.Err() == nil {
				s.Publish(context.Background(), transport.Packet{Topic: "t", QoS: 1, Payload: make([]byte, 100)}, func(error) {})
				time.Sleep(700 * time.Millisecond)
			}
		})
	}
	if load == "peer stops reading" {
		if err := s.Subscribe(t.Context(), "talk", 0); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { // the peer goes on talking
			for s.Err() == nil {
				b.Publish("talk", []byte("on"), false)
				time.Sleep(900 * time.Millisecond)
			}
		})
		wg.Go(func() {
			for {
				select {
				case <-s.Messages():
				case <-s.Done():
					return
				}
			}
		})
	}
	time.Sleep(after)
	if s.Err() != nil {
		t.Fatalf("the session ended before: %v", s.Err())
	}
	began := time.Now()
	if load == "peer stops reading" {
		b.Script(transporttest.Script{ReadEvery: time.Hour})
	} else {
		b.Freeze()
	}
	<-s.Done()
	took := time.Since(began)
	if err := s.Err(); errors.Is(err, transport.ErrPeerClosed) {
		t.Errorf("Err() = %v; want silence, not the peer", err)
	}
	b.Restore()
	return took
}

// The broker is told the keep-alive time that its profile asks for, and a ping
// goes out before it is over.
func TestKeepAliveAnnounced(t *testing.T) {
	aws := transport.AWSIoTCore()
	for _, tc := range []struct {
		o    mqtt.Options
		told uint16
		ping time.Duration // at the latest
	}{
		{mqtt.Options{}, 30, 30 * time.Second},
		{mqtt.Options{KeepAlive: time.Second}, 1, 1250 * time.Millisecond}, // the library's least
		{mqtt.Options{KeepAlive: 2 * time.Second}, 2, 2 * time.Second},
		{mqtt.Options{KeepAlive: 11 * time.Second}, 11, 11 * time.Second},
		{mqtt.Options{KeepAlive: 14 * time.Second}, 14, 14 * time.Second},
		{mqtt.Options{KeepAlive: 20 * time.Minute, Profile: aws}, 1200, 20 * time.Minute},
		{mqtt.Options{Fast: true}, 5, 5 * time.Second},
		{mqtt.Options{Fast: true, KeepAlive: 8 * time.Second}, 8, 8 * time.Second},
		{mqtt.Options{Fast: true, Profile: aws}, 30, 5 * time.Second},
		{mqtt.Options{Profile: aws}, 30, 30 * time.Second},
		{mqtt.Options{Profile: &transport.Profile{KeepAliveMin: 90 * time.Second}}, 90, 90 * time.Second},
		{mqtt.Options{Profile: &transport.Profile{KeepAliveMax: 20 * time.Second}}, 20, 20 * time.Second},
	} {
		t.Run(fmt.Sprint(tc.told, tc.ping, tc.o.Fast), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told, pings := make(chan uint16, 1), make(chan time.Time, 100)
				tc.o.Broker = "tcp://memory"
				tc.o.Dial = func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					go func() {
						defer server.Close()
						for {
							p, err := packets.ReadPacket(server)
							if err != nil {
								return
							}
							switch p := p.(type) {
							case *packets.ConnectPacket:
								told <- p.Keepalive
								server.Write([]byte{0x20, 2, 0, 0})
							case *packets.PingreqPacket:
								pings <- time.Now()
								server.Write([]byte{0xd0, 0})
							}
						}
					}()
					return client, nil
				}
				d, err := mqtt.New(&tc.o)
				if err != nil {
					t.Fatal(err)
				}
				s, err := d.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if k := <-told; k != tc.told {
					t.Errorf("keep-alive %d s in CONNECT; want %d", k, tc.told)
				}
				last := time.Now()
				for range 5 {
					at := <-pings
					if silent := at.Sub(last); silent > tc.ping || silent < tc.ping/2 {
						t.Errorf("ping after %v; want at most %v and not much sooner", silent, tc.ping)
					}
					last = at
				}
			})
		})
	}
}

func TestKeepAliveOutOfRange(t *testing.T) {
	for _, k := range []time.Duration{29 * time.Second, 1201 * time.Second} {
		_, err := mqtt.New(&mqtt.Options{Broker: "tcp://host", KeepAlive: k, Profile: transport.AWSIoTCore()})
		if err == nil || !strings.Contains(err.Error(), "AWS IoT Core takes 30s to 20m0s") {
			t.Errorf("New with KeepAlive %v = %v; want the range", k, err)
		}
	}
}

// broken is a connection that takes no more writes and has still something to
// read, as one that the peer has closed.
type broken struct {
	net.Conn
	writes int // taken before
}

func (c *broken) Write(p []byte) (int, error) {
	if c.writes--; c.writes < 0 {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	}
	return c.Conn.Write(p)
}

// What the peer acknowledged before it closed counts, even when a write notices
// the end first.
func TestLastWords(t *testing.T) {
	for _, tc := range []struct {
		name  string
		after time.Duration // until the answer is there
		acked bool
	}{{"in time", 100 * time.Millisecond, true}, {"never", time.Hour, false}} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gone := make(chan struct{})
				d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					go func() {
						defer server.Close()
						packets.ReadPacket(server)
						server.Write([]byte{0x20, 2, 0, 0})
						packets.ReadPacket(server)
						select {
						case <-time.After(tc.after):
							server.Write([]byte{0x40, 2, 0, 1})
						case <-gone:
						}
					}()
					return &broken{client, 2}, nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				s, err := d.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				defer close(gone)
				began := time.Now()
				first, second := publish(t, s, transport.Packet{Topic: "t", QoS: 1}), publish(t, s, transport.Packet{Topic: "t", QoS: 1})
				if err := <-first; (err == nil) != tc.acked {
					t.Errorf("first publish = %v; want it acknowledged: %v", err, tc.acked)
				}
				if err := <-second; !errors.Is(err, transport.ErrPeerClosed) {
					t.Errorf("second publish = %v; want ErrPeerClosed", err)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("that took %v", took)
				}
			})
		})
	}
}
