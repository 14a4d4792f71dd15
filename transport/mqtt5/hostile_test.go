package mqtt5_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"

	"github.com/eclipse/paho.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt5"
)

// What a broker may not send ends the session and acknowledges nothing.
func TestHostileBroker(t *testing.T) {
	for name, lie := range map[string][]byte{
		"PUBACK of another":              {0x40, 2, 0, 9},
		"PUBACK with half a property":    {0x40, 6, 0, 1, 0, 2, 0x1f, 0},
		"PUBACK with properties cut off": {0x40, 4, 0, 1, 0, 9},
		"PUBACK with flags":              {0x4f, 2, 0, 1},
		"PUBACK with another's property": {0x40, 7, 0, 1, 0, 3, 0x21, 0, 1},
		"PUBACK with a reason twice":     {0x40, 12, 0, 1, 0, 8, 0x1f, 0, 1, 'a', 0x1f, 0, 1, 'b'},
		"PUBACK with bytes behind":       {0x40, 5, 0, 1, 0, 0, 0},
		"PUBACK, reason not UTF-8":       {0x40, 8, 0, 1, 0, 4, 0x1f, 0, 1, 0xff},
		"UNSUBACK for a PUBLISH":         {0xb0, 4, 0, 1, 0, 0},
		"SUBACK for a PUBLISH":           {0x90, 4, 0, 1, 0, 0},
		"SUBACK of many codes":           {0x90, 6, 0, 1, 0, 0, 0, 0},
		"SUBACK without code":            {0x90, 3, 0, 1, 0},
		"PUBREC":                         {0x50, 2, 0, 1},
		"PUBREL":                         {0x62, 2, 0, 1},
		"PUBCOMP":                        {0x70, 2, 0, 1},
		"CONNACK again":                  {0x20, 3, 0, 0, 0},
		"CONNECT":                        {0x10, 0},
		"AUTH":                           {0xf0, 0},
		"AUTH to continue":               {0xf0, 2, 0x18, 0},
		"PINGRESP too long":              {0xd0, 1, 0},
		"endless length":                 {0x30, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"a quarter of a gigabyte":        {0x30, 0xff, 0xff, 0xff, 0x7f},
		"PUBLISH with QoS 2":             {0x34, 7, 0, 1, 'a', 0, 1, 0, 0},
		"PUBLISH, topic too long":        {0x30, 5, 0, 9, 'a', 'b', 0},
		"PUBLISH without topic":          {0x30, 4, 0, 0, 0, 'x'},
		"PUBLISH with topic alias":       {0x30, 7, 0, 1, 'a', 3, 0x23, 0, 1},
		"PUBLISH to a wildcard":          {0x30, 4, 0, 1, '#', 0},
		"PUBLISH with identifier 0":      {0x32, 6, 0, 1, 'a', 0, 0, 0},
		"PUBLISH with QoS 1 short":       {0x32, 5, 0, 2, 'a', 'b', 0},
		"PUBLISH, properties endless":    {0x30, 8, 0, 1, 'a', 0xff, 0xff, 0xff, 0xff, 0xff},
		"one identifier twice":           {0x32, 6, 0, 1, 'a', 0, 1, 0, 0x32, 6, 0, 1, 'a', 0, 1, 0},
		"more than it may":               {0x32, 6, 0, 1, 'a', 0, 1, 0, 0x32, 6, 0, 1, 'a', 0, 2, 0, 0x32, 6, 0, 1, 'a', 0, 3, 0},
		"reserved type 0":                {0x00, 0},
		"DISCONNECT with bytes behind":   {0xe0, 3, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, s := dial(t, script{raw: func(p *packets.ControlPacket) []byte {
					if p.Type == packets.PUBLISH {
						return lie
					}
					return nil
				}}, mqtt5.Options{ReceiveMaximum: 2})
				stop := make(chan struct{})
				defer close(stop)
				go func() {
					for {
						select {
						case <-s.Messages():
						case <-stop:
							return
						}
					}
				}()
				if err := <-publish(t, s, transport.Packet{Topic: "t", QoS: 1}); err == nil {
					t.Error("publish = nil; want an error")
				}
				var protocol *mqtt5.ProtocolError
				<-s.Done()
				if !errors.As(s.Err(), &protocol) {
					t.Errorf("Err() = %v; want a *ProtocolError", s.Err())
				}
			})
		})
	}
	for name, connack := range map[string][]byte{
		"garbage":               []byte("HTTP/1.1 400 Bad Request\r\n"),
		"PUBLISH first":         {0x30, 4, 0, 1, 'a', 0},
		"PINGRESP first":        {0xd0, 0},
		"DISCONNECT first":      {0xe0, 0},
		"AUTH first":            {0xf0, 2, 0x18, 0},
		"code 7":                {0x20, 3, 0, 7, 0},
		"code 7 of 3.1.1":       {0x20, 2, 0, 7},
		"session present":       {0x20, 3, 1, 0, 0},
		"authentication":        {0x20, 7, 0, 0, 4, 0x15, 0, 1, 'x'},
		"receive maximum 0":     {0x20, 6, 0, 0, 3, 0x21, 0, 0},
		"maximum packet 0":      {0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 0},
		"retain available 2":    {0x20, 5, 0, 0, 2, 0x25, 2},
		"properties cut off":    {0x20, 3, 0, 0, 9},
		"property of another":   {0x20, 5, 0, 0, 2, 0x01, 0},
		"nothing":               {},
		"bytes behind the end":  {0x20, 4, 0, 0, 0, 0},
		"too large for anybody": {0x20, 0xff, 0xff, 0xff, 0x7f},
	} {
		t.Run("CONNACK "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := mqtt5.New(&mqtt5.Options{Broker: "tcp://memory", Dial: talker(connack)})
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

// talker is a broker that reads everything and says one thing.
func talker(say []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			if _, err := packets.ReadPacket(server); err != nil {
				return
			}
			if _, err := server.Write(say); err != nil || len(say) == 0 {
				return
			}
			for {
				if _, err := packets.ReadPacket(server); err != nil {
					return
				}
			}
		}()
		return client, nil
	}
}

// FuzzBroker sends any bytes, at once or after a CONNACK, to a client that has
// everything in flight that there is. It never panics, everything ends with the
// session, and memory is bounded by MaxInbound.
func FuzzBroker(f *testing.F) {
	good := []byte{0x20, 3, 0, 0, 0}
	for _, say := range [][]byte{
		good,
		append(good, 0x40, 2, 0, 1),
		append(good, 0x40, 9, 0, 1, 0x87, 5, 0x1f, 0, 2, 'n', 'o'),
		append(good, 0x90, 4, 0, 2, 0, 1, 0xb0, 4, 0, 3, 0, 0),
		append(good, 0x32, 14, 0, 1, 't', 0, 9, 8, 0x26, 0, 1, 'k', 0, 2, 'v', 'w'),
		append(good, 0xe0, 8, 0x8b, 6, 0x1f, 0, 3, 'b', 'y', 'e'),
		{0x20, 27, 0, 0, 24, 0x21, 0, 5, 0x27, 0, 1, 0, 0, 0x12, 0, 3, 'y', 'o', 'u', 0x13, 0, 60, 0x24, 1, 0x25, 1, 0x2a, 1},
		{0x20, 10, 0, 0x9c, 7, 0x1c, 0, 4, 'h', 'o', 's', 't'},
		{0x20, 7, 0, 0, 4, 0x15, 0, 1, 'x'},
		{0xf0, 2, 0x18, 0},
	} {
		f.Add(say, uint8(3))
	}
	f.Fuzz(func(t *testing.T, say []byte, publishes uint8) {
		synctest.Test(t, func(t *testing.T) {
			d, err := mqtt5.New(&mqtt5.Options{Broker: "tcp://memory", Dial: talker(say), MaxInbound: 4096, ReceiveMaximum: 3, Fast: true})
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.Dial(t.Context())
			if err != nil {
				return
			}
			var waits []<-chan error
			for range publishes % 8 {
				done := make(chan error, 2)
				waits = append(waits, done)
				go s.Publish(t.Context(), transport.Packet{Topic: "t", QoS: 1, ID: "1-a-1", Device: "d"}, func(err error) { done <- err })
			}
			go s.Subscribe(t.Context(), "t", 1)
			go s.Unsubscribe(t.Context(), "t")
			for alive := true; alive; {
				select {
				case m := <-s.Messages():
					m.Identity()
					m.Ack()
				case <-s.Done(): // a broker that only talks does not answer pings
					alive = false
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			for _, w := range waits {
				<-w
				if len(w) > 0 {
					t.Error("done was called twice")
				}
			}
		})
	})
}
