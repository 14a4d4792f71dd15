package shadow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

// Settings is what an operator may ask of the device.
type Settings struct {
	SampleMS  int     `json:"sampleMs"`
	Threshold float64 `json:"threshold"`
}

// Status is what the device says of itself.
type Status struct {
	SampleMS  int     `json:"sampleMs"`
	Threshold float64 `json:"threshold"`
	Health    string  `json:"health"`
}

func ExampleBind() {
	cloud := shadowtest.New(nil)
	_ = cloud.SetDesired("hub", "", json.RawMessage(`{"sampleMs":50,"threshold":0.9}`))

	applied := make(chan Settings, 1)
	s, err := shadow.Bind(cloud.Conn("hub"), "hub", &shadow.Options[Settings, Status]{
		OnDelta: func(_ context.Context, c shadow.Change[Settings]) error {
			if c.Desired.SampleMS < 10 {
				return errors.New("cannot sample that fast")
			}
			applied <- c.Desired
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()

	_ = s.Report(ctx, func(r *Status) error { r.Health = "ok"; return nil })
	fmt.Printf("applied: %+v\n", <-applied)
	for {
		if _, f := s.State(); f.Synced && !f.Pending {
			break
		}
		time.Sleep(time.Millisecond)
	}
	doc, _ := cloud.Document("hub", "")
	fmt.Printf("reported: %s\n", doc.Reported)
	cancel()
	<-done
	// Output:
	// applied: {SampleMS:50 Threshold:0.9}
	// reported: {"health":"ok","sampleMs":50,"threshold":0.9}
}

func ExampleDiff() {
	before := json.RawMessage(`{"state":"green","score":0.5,"kits":{"boiler":1,"washer":1}}`)
	after := json.RawMessage(`{"state":"green","score":0.50,"kits":{"boiler":2}}`)
	patch, _ := shadow.Diff(before, after)
	fmt.Printf("%s\n", patch)
	// Output: {"kits":{"boiler":2,"washer":null}}
}

func ExampleMerge() {
	doc, _ := shadow.Merge(json.RawMessage(`{"a":1,"b":{"c":2}}`), json.RawMessage(`{"a":null,"b":{"d":3}}`))
	fmt.Printf("%s\n", doc)
	// Output: {"b":{"c":2,"d":3}}
}

func ExampleDelta() {
	delta, _ := shadow.Delta(json.RawMessage(`{"led":"on","rate":5}`), json.RawMessage(`{"led":"off","rate":5.0,"temp":21}`))
	fmt.Printf("%s\n", delta)
	// Output: {"led":"on"}
}

func ExampleMerge3() {
	base := json.RawMessage(`{"rate":5,"led":"off"}`)
	device := json.RawMessage(`{"rate":10,"led":"off"}`)
	cloud := json.RawMessage(`{"rate":7,"led":"on"}`)
	merged, _ := shadow.Merge3(base, device, cloud)
	fmt.Printf("the device wins: %s\n", merged)
	merged, _ = shadow.Merge3(base, cloud, device)
	fmt.Printf("the cloud wins: %s\n", merged)
	// Output:
	// the device wins: {"led":"on","rate":10}
	// the cloud wins: {"led":"on","rate":7}
}
