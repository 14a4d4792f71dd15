package mqtt5_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt5"
)

// A dead connection is noticed in time, whenever it dies: idle, busy, and when
// the peer only stops reading and goes on talking.
func TestDeadConnectionIsNoticed(t *testing.T) {
	for _, speed := range []struct {
		name   string
		o      mqtt5.Options
		atMost time.Duration
	}{
		{"default", mqtt5.Options{}, 45 * time.Second},
		{"fast", mqtt5.Options{Fast: true}, 15 * time.Second},
		{"fast with AWS", mqtt5.Options{Fast: true, Profile: transport.AWSIoTCore()}, 15 * time.Second},
	} {
		for _, load := range []string{"idle", "busy", "peer stops reading"} {
			t.Run(speed.name+" "+load, func(t *testing.T) {
				var worst time.Duration
				for phase := range 14 {
					synctest.Test(t, func(t *testing.T) {
						worst = max(worst, dies(t, speed.o, load, time.Duration(phase)*2300*time.Millisecond+time.Millisecond))
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
func dies(t *testing.T, o mqtt5.Options, load string, after time.Duration) time.Duration {
	var wg sync.WaitGroup
	defer wg.Wait()
	dead, gone := make(chan struct{}), make(chan struct{})
	defer close(gone)
	o.Broker = "tcp://memory"
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		out := make(chan []byte, 100)
		wg.Go(func() {
			dead := dead
			for {
				select {
				case b := <-out:
					if _, err := server.Write(b); err != nil {
						return
					}
				case <-time.After(900 * time.Millisecond):
					if load != "peer stops reading" {
						continue
					}
					if _, err := server.Write([]byte{0x30, 4, 0, 1, 't', 0}); err != nil {
						return
					}
				case <-dead:
					if load != "peer stops reading" {
						return
					}
					dead = nil
				}
			}
		})
		wg.Go(func() {
			defer server.Close()
			for {
				cp, err := packets.ReadPacket(server)
				if err != nil {
					return
				}
				select {
				case <-dead: // and reads no more until nobody is there
					<-gone
					return
				default:
				}
				switch p := cp.Content.(type) {
				case *packets.Connect:
					out <- []byte{0x20, 3, 0, 0, 0}
				case *packets.Publish:
					out <- encode(&packets.Puback{PacketID: p.PacketID})
				case *packets.Pingreq:
					out <- []byte{0xd0, 0}
				}
			}
		})
		return client, nil
	}
	d, err := mqtt5.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wg.Go(func() {
		for {
			select {
			case <-s.Messages():
			case <-s.Done():
				return
			}
		}
	})
	if load == "busy" {
		wg.Go(func() {
			for s.Err() == nil {
				s.Publish(context.Background(), transport.Packet{Topic: "t", QoS: 1, Payload: make([]byte, 100)}, func(error) {})
				time.Sleep(700 * time.Millisecond)
			}
		})
	}
	time.Sleep(after)
	if s.Err() != nil {
		t.Fatalf("the session ended before: %v", s.Err())
	}
	began := time.Now()
	close(dead)
	<-s.Done()
	if err := s.Err(); errors.Is(err, transport.ErrPeerClosed) {
		t.Errorf("Err() = %v; want silence, not the peer", err)
	}
	return time.Since(began)
}
