package shadowtest_test

import (
	"context"
	"encoding/json"
	"fmt"

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
