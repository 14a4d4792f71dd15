package mqtt5_test

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/eclipse/paho.golang/packets"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt5"
)

// strict is a broker that lets its client write below "plant" only.
func strict(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		for {
			p, err := packets.ReadPacket(server)
			if err != nil {
				return
			}
			switch p := p.Content.(type) {
			case *packets.Connect:
				server.Write([]byte{0x20, 3, 0, 0, 0})
			case *packets.Publish:
				ack := packets.Puback{PacketID: p.PacketID}
				if p.Topic != "plant" {
					ack.ReasonCode = 0x87
				}
				server.Write(encode(&ack))
			}
		}
	}()
	return client, nil
}

// A broker that refuses a message says so, and why; the next one goes through.
func ExampleNew() {
	d, err := mqtt5.New(&mqtt5.Options{Broker: "tcp://memory", ClientID: "hub-7", Dial: strict})
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
	for _, topic := range []string{"office", "plant"} {
		answer := make(chan error)
		s.Publish(context.Background(), transport.Packet{Topic: topic, QoS: 1}, func(err error) { answer <- err })
		err := <-answer
		var rejected *transport.RejectedError
		fmt.Println(topic, errors.As(err, &rejected), err)
	}
	// Output:
	// office true transport: the broker refused the message: not authorized (code 0x87)
	// plant false <nil>
}
