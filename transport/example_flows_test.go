package transport_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// exampleBroker is a broker in memory, with the options to reach it and a folder
// for an outbox.
func exampleBroker() (b *transporttest.Broker, d *mqtt.Dialer, dir string, cleanup func()) {
	b, err := transporttest.New(nil)
	if err != nil {
		panic(err)
	}
	if d, err = mqtt.New(&mqtt.Options{Broker: "tcp://memory", ClientID: "hub-7", Dial: b.Dial}); err != nil {
		panic(err)
	}
	if dir, err = os.MkdirTemp("", "outbox"); err != nil {
		panic(err)
	}
	return b, d, filepath.Join(dir, "outbox"), func() {
		b.Close()
		os.RemoveAll(dir)
	}
}

// Readings go in batches, and make room for newer ones; alarms go at once.
func ExampleLane() {
	broker, dialer, dir, cleanup := exampleBroker()
	defer cleanup()
	out, err := transport.Open(dir, dialer, &transport.Options{Lanes: []transport.Lane{
		{Name: "alarm", Priority: 10, OnFull: transport.Reject},
		{
			Name: "telemetry", MaxBytes: 64 << 20, OnFull: transport.DropOldest,
			Batch: &transport.Batch{MaxMessages: 20, MaxDelay: 10 * time.Second},
		},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for i := range 3 {
		if _, err := out.Publish(ctx, transport.Message{Topic: "hub/7/air", Payload: fmt.Appendf(nil, `{"t":%d}`, 20+i)}); err != nil {
			fmt.Println(err)
		}
	}
	if _, err := out.Publish(ctx, transport.Message{Topic: "hub/7/alarm", Lane: "alarm", Payload: []byte(`"hot"`)}); err != nil {
		fmt.Println(err)
	}
	go out.Run(ctx)
	if err := out.Drain(ctx); err != nil {
		fmt.Println(err)
	}
	for _, m := range broker.Messages() {
		fmt.Println(m.Topic, string(m.Payload))
	}
	// Output:
	// hub/7/alarm "hot"
	// hub/7/air [{"t":20},{"t":21},{"t":22}]
}

// Commands come on a subscription, which is renewed on every connection. What
// is retained comes again with each.
func ExampleOutbox_Subscribe() {
	broker, dialer, dir, cleanup := exampleBroker()
	defer cleanup()
	out, err := transport.Open(dir, dialer, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	broker.Publish("hub/7/set", []byte(`{"interval":"5s"}`), true)

	obeyed := make(chan struct{})
	sub, err := out.Subscribe(ctx, "hub/7/set", 1, func(ctx context.Context, m transport.Inbound) {
		fmt.Println(m.Topic, string(m.Payload), "retained:", m.Retained)
		close(obeyed)
	})
	if err != nil { // the filter is wrong, or the broker refuses it
		fmt.Println(err)
		return
	}
	defer sub.Close()
	go out.Run(ctx)
	<-obeyed
	// Output: hub/7/set {"interval":"5s"} retained: true
}

// A device that is to end delivers what it can, for a while, and leaves the rest
// to its next start.
func ExampleOutbox_Drain() {
	broker, dialer, dir, cleanup := exampleBroker()
	defer cleanup()
	broker.Cut() // there is no network
	out, err := transport.Open(dir, dialer, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	go out.Run(context.Background())
	if _, err := out.Publish(context.Background(), transport.Message{Topic: "hub/7/air"}); err != nil {
		fmt.Println(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err = out.Drain(ctx)
	if left, ok := errors.AsType[*transport.DrainError](err); ok {
		fmt.Println("left:", left.Left)
	}
	fmt.Println("closed:", out.Close())

	// The next start.
	broker.Restore()
	if out, err = transport.Open(dir, dialer, nil); err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	go out.Run(context.Background())
	fmt.Println("drained:", out.Drain(context.Background()))
	// Output:
	// left: map[telemetry:1]
	// closed: <nil>
	// drained: <nil>
}

// A message of use now or never goes past the disk, and waits for its
// acknowledgement.
func ExampleOutbox_Conn() {
	broker, dialer, dir, cleanup := exampleBroker()
	defer cleanup()
	out, err := transport.Open(dir, dialer, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn := out.Conn()
	fmt.Println(errors.Is(conn.Publish(ctx, "hub/7/ask", []byte("?")), transport.ErrNoLink))
	go out.Run(ctx)
	for range conn.Links(ctx) { // one for each connection
		fmt.Println(conn.Publish(ctx, "hub/7/ask", []byte("?")))
		break
	}
	fmt.Println(len(broker.Messages()))
	// Output:
	// true
	// <nil>
	// 1
}

func ExampleOutbox_Stats() {
	_, dialer, dir, cleanup := exampleBroker()
	defer cleanup()
	out, err := transport.Open(dir, dialer, &transport.Options{Lanes: []transport.Lane{
		{Name: "telemetry", MaxCount: 2, OnFull: transport.DropOldest},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	for range 5 {
		if _, err := out.Publish(context.Background(), transport.Message{Topic: "hub/7/air"}); err != nil {
			fmt.Println(err)
		}
	}
	l := out.Stats().Lane("telemetry")
	fmt.Println(l.Accepted, "accepted:", l.Acknowledged, "acknowledged,", l.Pending, "pending, dropped", l.Dropped)
	// Output: 5 accepted: 0 acknowledged, 2 pending, dropped map[oldest:3]
}
