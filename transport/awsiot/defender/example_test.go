package defender_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/defender"
)

func ExampleReporter() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	broker := shadowtest.New(nil) // in place of AWS: an outbox's connection goes there
	cloud := awsiottest.NewDefender()
	go cloud.Serve(ctx, broker.Conn("cloud"))
	if err := cloud.Ready(ctx); err != nil {
		fmt.Println(err)
		return
	}

	r, err := defender.New(broker.Conn("hub-7"), "hub-7", &defender.Options{
		Custom: func(context.Context) (map[string]defender.Value, error) {
			return map[string]defender.Value{"batteryPercentage": defender.Number(81)}, nil
		},
		System: &defender.Proc{
			FS:         os.DirFS("testdata/linux"), // a recording; nil: this system
			Interfaces: func() (map[netip.Addr]string, error) { return nil, nil },
		},
		OnReport: func(_ int64, err error) {
			fmt.Println("reported:", err)
			cancel()
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Run(ctx))
	// Output:
	// reported: <nil>
	// context canceled
}
