package awsiottest_test

import (
	"context"
	"fmt"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/streams"
)

func ExampleStreams() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	broker := shadowtest.New(nil)
	cloud := awsiottest.NewStreams()
	cloud.Put("model-12", "a model", map[int][]byte{0: make([]byte, 1000)})
	cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
		if r.Stream == "secret" {
			return awsiottest.StreamsFault{Reject: streams.Unauthorized}
		}
		return awsiottest.StreamsFault{}
	})
	go cloud.Serve(ctx, broker.Conn("cloud"))
	if err := cloud.Ready(ctx); err != nil {
		fmt.Println(err)
		return
	}

	c, err := streams.New(broker.Conn("hub-7"), "hub-7", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, stream := range []string{"model-12", "secret"} {
		fmt.Println(c.Describe(ctx, stream))
	}
	// Output:
	// {1 a model [{0 1000}]} <nil>
	// {0  []} awsiot: streams: describe rejected: Unauthorized: Scripted.
}
