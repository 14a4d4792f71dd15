package shadowtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/brinkml/brink/shadow/shadowtest"
)

func ExampleService() {
	svc := shadowtest.New(nil)
	_ = svc.SetDesired("hub", "", json.RawMessage(`{"led":"on"}`))

	answer := make(chan string)
	c := svc.Conn("device")
	_, _ = c.Subscribe(context.Background(), []string{"$aws/things/hub/shadow/update/delta"}, func(_ string, payload []byte) {
		var m struct {
			State   json.RawMessage
			Version int
		}
		_ = json.Unmarshal(payload, &m)
		answer <- fmt.Sprintf("version %d wants %s", m.Version, m.State)
	})
	_ = c.Publish(context.Background(), "$aws/things/hub/shadow/update", []byte(`{"state":{"reported":{"led":"off"}}}`))
	fmt.Println(<-answer)
	// Output: version 2 wants {"led":"on"}
}

// A service that is kept in a folder goes on where it was.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "shadows")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for range 2 {
		svc, err := shadowtest.Open(dir, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = svc.SetReported("hub", "", json.RawMessage(`{"led":"off"}`))
		doc, _ := svc.Document("hub", "")
		fmt.Println(doc.Version)
		svc.Close()
	}
	// Output:
	// 1
	// 2
}
