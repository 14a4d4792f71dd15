package tunnel_test

import (
	"context"
	"fmt"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/tunnel"
)

func ExampleListener() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	broker := shadowtest.New(nil) // in place of AWS: an outbox's connection goes there
	l, err := tunnel.New(broker.Conn("hub-7"), "hub-7", func(_ context.Context, n tunnel.Notice) {
		fmt.Println(n.Region, n.Services, n.Token) // to connect: n.Token.Reveal()
		cancel()
	}, &tunnel.Options{Services: []string{"SSH"}})
	if err != nil {
		fmt.Println(err)
		return
	}

	cloud := awsiottest.NewTunnels()
	go cloud.Serve(ctx, broker.Conn("cloud"))
	go func() {
		for ctx.Err() == nil { // until the device hears it
			cloud.Notify("hub-7", awsiottest.TunnelNotice{
				Token: "AQGAAXhk", Mode: "destination", Region: "eu-central-1", Services: []string{"SSH"},
			})
			time.Sleep(10 * time.Millisecond)
		}
	}()
	fmt.Println(l.Run(ctx))
	// Output:
	// eu-central-1 [SSH] [redacted]
	// context canceled
}
