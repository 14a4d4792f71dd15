package edge_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/brinkml/brink/edge"
)

// A sensor publishes, a lamp shows. The sensor fails once and is restarted; the
// lamp does not notice.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	app := edge.New("hub", nil)
	readings := edge.NewTopic[int](app, "readings", nil)
	lamp := readings.Subscribe(&edge.SubOptions{Name: "lamp", Size: 8})

	n := 0
	app.Go("sensor", edge.Every(time.Millisecond, func(ctx context.Context) error {
		n++
		if n == 3 {
			return errors.New("the bus did not answer")
		}
		return readings.Publish(ctx, n)
	}), nil)
	app.Go("lamp", edge.Func(func(ctx context.Context) error {
		for v := range lamp.All(ctx) {
			fmt.Println("lamp shows", v)
			if v == 4 {
				cancel()
			}
		}
		return ctx.Err()
	}), nil)

	err := app.Run(ctx)
	sensor := app.Status().Components[0]
	fmt.Println("stopped:", err)
	fmt.Printf("sensor: %s, %d restart, last error: %s\n", sensor.State, sensor.Restarts, sensor.LastError)
	// Output:
	// lamp shows 1
	// lamp shows 2
	// lamp shows 4
	// stopped: <nil>
	// sensor: stopped, 1 restart, last error: the bus did not answer
}

// What must be there first is a need; Once makes a component of work that ends.
func ExampleOnce() {
	app := edge.New("hub", nil)
	app.Go("serve", edge.Once(func(context.Context) error {
		fmt.Println("serving")
		return nil
	}), &edge.ComponentOptions{Needs: []string{"migrate"}})
	app.Go("migrate", edge.Once(func(context.Context) error {
		fmt.Println("state moved to the new format")
		return nil
	}), nil)
	fmt.Println(app.Run(context.Background()))
	// Output:
	// state moved to the new format
	// serving
	// <nil>
}

// Each subscriber chooses what it can do without.
func ExampleTopic() {
	ctx := context.Background()
	t := edge.NewTopic[string](nil, "verdicts", &edge.TopicOptions{Retain: true})
	lamp := t.Subscribe(&edge.SubOptions{Keep: edge.Latest})
	history := t.Subscribe(&edge.SubOptions{Keep: edge.DropOldest, Size: 2})
	for _, v := range []string{"ok", "warm", "hot"} {
		if err := t.Publish(ctx, v); err != nil {
			fmt.Println(err)
		}
	}
	late := t.Subscribe(nil)
	fmt.Println("lamp:", slices.Collect(lamp.Drain()))
	fmt.Println("history:", slices.Collect(history.Drain()), "dropped:", history.Dropped())
	fmt.Println("late:", slices.Collect(late.Drain()))
	// Output:
	// lamp: [hot]
	// history: [warm hot] dropped: 1
	// late: [hot]
}

// Windows of three samples, one sample apart, become their means.
func ExampleWindow() {
	samples := slices.Values([]float64{1, 2, 3, 4, 8})
	means := edge.Map(edge.Window(samples, 3, 1), func(w []float64) float64 {
		return (w[0] + w[1] + w[2]) / 3
	})
	for m := range means {
		fmt.Println(m)
	}
	// Output:
	// 2
	// 3
	// 5
}

// Telemetry leaves in batches: a hundred readings, or what a minute brought.
func ExampleBatch() {
	readings := maps.Keys(map[string]bool{"only one": true})
	for batch := range edge.Batch(readings, 100, time.Minute) {
		fmt.Println(batch)
	}
	// Output: [only one]
}

func ExampleMetrics() {
	app := edge.New("hub", nil)
	windows := app.Metrics().Counter("hub_windows_total", "Windows judged.", "appliance", "boiler")
	windows.Add(2)
	fmt.Println(windows.Value())
	// app.Metrics().WriteTo(w) writes it, with the app's own metrics.
	// Output: 2
}
