package transport_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

func Example() {
	broker, err := transporttest.New(nil) // stands for tls://broker.example:8883
	if err != nil {
		fmt.Println(err)
		return
	}
	defer broker.Close()
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	dialer, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", ClientID: "hub-7", Dial: broker.Dial})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := transport.Open(dir, dialer, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()

	// Stored, with or without a connection.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for i := range 3 {
		if _, err := out.Publish(ctx, transport.Message{
			Topic: "hub/7/temperature", Payload: fmt.Appendf(nil, `{"c":%d}`, 20+i),
		}); err != nil {
			fmt.Println(err)
			return
		}
	}
	alarm, err := out.Publish(ctx, transport.Message{Topic: "hub/7/alarm", Lane: "alarm", Payload: []byte(`"hot"`)})
	if err != nil {
		fmt.Println(err)
		return
	}

	go out.Run(ctx) // connects, sends, connects again
	fmt.Println("alarm:", alarm.Delivered(ctx))
	fmt.Println("all:", out.Drain(ctx))
	for _, m := range broker.Messages() {
		fmt.Println(m.Topic, string(m.Payload))
	}
	// Output:
	// alarm: <nil>
	// all: <nil>
	// hub/7/alarm "hot"
	// hub/7/temperature {"c":20}
	// hub/7/temperature {"c":21}
	// hub/7/temperature {"c":22}
}

func ExampleReceipt() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	out, err := transport.Open(dir, noDialer{}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	r, err := out.Publish(context.Background(), transport.Message{Topic: "t"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Epoch() == out.Epoch(), r.Lane(), r.Seq(), r.Acknowledged())
	// Output: true telemetry 1 false
}
