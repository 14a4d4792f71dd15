package transport_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/zstd"
)

// Alarms go at once. Telemetry goes at night, compressed, at most 20 MB a day,
// and thins out when there is no link for weeks; logs have what is left of the
// link, a quarter of it when telemetry wants all.
func ExampleLane_rules() {
	z, err := zstd.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	out, err := transport.Open(dir, noDialer{}, &transport.Options{
		Device: "hub-7",
		Lanes: []transport.Lane{
			{Name: "alarm", Priority: 10, Envelope: true},
			{
				Name: "telemetry", Weight: 3, Envelope: true, Sync: transport.SyncInterval, SyncEvery: 5 * time.Second,
				MaxBytes: 256 << 20, OnFull: transport.Thin,
				Batch:      &transport.Batch{MaxBytes: 256 << 10, MaxMessages: 1000, Compress: z},
				DailyBytes: 20_000_000,
				Window:     &transport.Window{Open: "0 2 * * *", For: 3 * time.Hour},
			},
			{Name: "log", Weight: 1, Sync: transport.SyncNone, MaxBytes: 16 << 20, OnFull: transport.DropOldest, Rate: 5},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	for _, l := range out.Stats().Lanes {
		fmt.Println(l.Name, l.Level)
	}
	// Output:
	// alarm low
	// telemetry low
	// log low
}

// A producer that can measure less often does so while its lane fills.
func ExampleOutbox_Levels() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	out, err := transport.Open(dir, noDialer{}, &transport.Options{Lanes: []transport.Lane{
		{Name: transport.DefaultLane, MaxCount: 4, OnFull: transport.Reject},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Close()
	ctx := context.Background()
	for level := range out.Levels(ctx, transport.DefaultLane) {
		fmt.Println(level)
		if level == transport.LevelFull {
			break
		}
		for range 3 - int(level) { // three, and then two
			if _, err := out.Publish(ctx, transport.Message{Topic: "t"}); err != nil {
				fmt.Println(err)
			}
		}
	}
	// Output:
	// low
	// high
	// transport: lane "telemetry": transport: lane is full
	// full
}

// What a consumer does that must not act twice.
func ExampleDedup() {
	dedup := transport.NewDedup(nil)
	for _, payload := range []string{
		`{"device":"hub-7","epoch":1753000003,"lane":"alarm","seq":17,"data":{"open":"valve 1"}}`,
		`{"device":"hub-7","epoch":1753000003,"lane":"alarm","seq":18,"data":{"open":"valve 2"}}`,
		`{"device":"hub-7","epoch":1753000003,"lane":"alarm","seq":17,"data":{"open":"valve 1"}}`,
	} {
		e, err := transport.ParseEnvelope([]byte(payload))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d %s, seen: %v\n", e.Seq, e.Data, dedup.Seen(e))
	}
	// Output:
	// 17 {"open":"valve 1"}, seen: false
	// 18 {"open":"valve 2"}, seen: false
	// 17 {"open":"valve 1"}, seen: true
}
