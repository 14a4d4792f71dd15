package streams_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/streams"
)

func ExampleClient_Fetch() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	broker := shadowtest.New(nil) // in place of AWS: an outbox's connection goes there
	cloud := awsiottest.NewStreams()
	go cloud.Serve(ctx, broker.Conn("cloud"))
	if err := cloud.Ready(ctx); err != nil {
		fmt.Println(err)
		return
	}
	model := make([]byte, 100_000)
	cloud.Put("model-12", "", map[int][]byte{0: model})

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	c, err := streams.New(broker.Conn("hub-7"), "hub-7", &streams.Options{
		Progress: func(p streams.Progress) { fmt.Println(p.Stored, "of", p.Total) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := sha256.Sum256(model) // as the job's document has it
	path := filepath.Join(dir, "model.onnx")
	err = c.Fetch(ctx, streams.File{Stream: "model-12", ID: 0, Size: 100_000, SHA256: sum[:]}, path)
	st, _ := os.Stat(path)
	fmt.Println(st.Size(), err)
	// Output:
	// 0 of 100000
	// 32768 of 100000
	// 65536 of 100000
	// 98304 of 100000
	// 100000 of 100000
	// 100000 <nil>
}
