package transport_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
)

// The test binary runs itself as a device that is killed. The variable holds
// the broker's URL; see killed_test.go.
const childEnv = "BRINK_TRANSPORT_CHILD"

// child publishes with several producers until it is killed or, with
// BRINK_DRAIN set, delivers what is left and ends. It notes each accepted
// message in a file, which survives its kill.
func child() int {
	if err := device(os.Getenv(childEnv), os.Getenv("BRINK_DIR"), os.Getenv("BRINK_DRAIN") != ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func device(url, dir string, drain bool) error {
	d, err := mqtt.New(&mqtt.Options{Broker: url, ClientID: "device"})
	if err != nil {
		return err
	}
	began := time.Now()
	out, err := transport.Open(dir+"/outbox", d, &transport.Options{
		BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond, SegmentBytes: 64 << 10,
		// The oracle syncs each message and is slower than the producers.
		Lanes: []transport.Lane{
			{Name: "alarm", Priority: 10, MaxCount: 500},
			{Name: transport.DefaultLane, MaxCount: 1000},
		},
	})
	if err != nil {
		return err
	}
	if took := time.Since(began); took > 5*time.Second {
		return fmt.Errorf("Open took %v", took)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- out.Run(ctx) }()
	if drain {
		if err := out.Drain(ctx); err != nil {
			return err
		}
		return out.Close()
	}
	enqueued, err := os.OpenFile(dir+"/enqueued", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for p := range 4 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id := strconv.FormatUint(out.Epoch(), 10) + "." + strconv.Itoa(p) + "." + strconv.Itoa(n)
				lane := transport.DefaultLane
				if n%10 == 9 {
					lane = "alarm"
				}
				if _, err := out.Publish(ctx, transport.Message{Topic: "t", Lane: lane, Payload: []byte(id)}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				if _, err := enqueued.WriteString(id + "\n"); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return <-done
}
