package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
)

func Example() {
	const log = `when;temperature;humidity;window
2026-01-05 06:00:00;18.5;41.0;0
2026-01-05 06:00:10;18.6;x;0
2026-01-05 06:00:20;17.9;38.4;1
`
	rows, err := replay.NewReader(strings.NewReader(log), "kitchen.csv", &replay.Options{
		Time:   "when",
		Values: replay.Columns("humidity", "temperature"),
		Labels: replay.Columns("window"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range rows.All() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(row.At.Format(time.TimeOnly), row.Values, row.Labels)
	}
	// Output:
	// 06:00:00 [41 18.5] [0]
	// replay: kitchen.csv:3: column "humidity": "x" is not a number
	// 06:00:20 [38.4 17.9] [1]
}

func ExamplePlayer() {
	rows, err := replay.Open("testdata/kitchen.csv", &replay.Options{Time: "time"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rows.Close()
	player, err := replay.NewPlayer(rows, replay.Values, &replay.PlayerOptions{Speed: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	// 50 s of recording are played within 50 ms.
	for r, err := range player.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Seq, r.Value)
	}
	// Output:
	// 1 [18.5 41 0]
	// 2 [18.6 41.2 0]
	// 3 [18.6 41.1 1]
	// 4 [17.9 38.4 1]
}

func ExampleRecorder() {
	rec, err := replay.NewRecorder(os.Stdout, []string{"temperature", "humidity"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	for i, v := range []float64{18.5, 18.6} {
		row := replay.Row{At: at.Add(time.Duration(i) * 10 * time.Second), Values: []float64{v, 41}}
		if err := rec.Write(row); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := rec.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// time,temperature,humidity
	// 2026-01-05T06:00:00Z,18.5,41
	// 2026-01-05T06:00:10Z,18.6,41
}

// A recording is made while a program reads a source, and played back.
func ExampleTee() {
	level := 0.0
	tank := sensor.SourceFunc[float64](func(_ context.Context, r *sensor.Reading[float64]) error {
		level += 0.25
		*r = sensor.Reading[float64]{Value: level, At: time.Now()}
		return nil
	})
	var file bytes.Buffer
	rec, err := replay.NewRecorder(&file, []string{"level"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	src := replay.Tee(tank, rec, func(v float64, to []float64) []float64 { return append(to, v) })
	for range 3 {
		var r sensor.Reading[float64]
		if err := src.Read(context.Background(), &r); err != nil {
			fmt.Println(err)
		}
	}
	if err := rec.Flush(); err != nil {
		fmt.Println(err)
		return
	}
	rows, err := replay.NewReader(&file, "tank.csv", rec.Options())
	if err != nil {
		fmt.Println(err)
		return
	}
	player, err := replay.NewPlayer(rows, replay.Values, &replay.PlayerOptions{NoWait: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	var r sensor.Reading[[]float64]
	for err = player.Read(context.Background(), &r); err == nil; err = player.Read(context.Background(), &r) {
		fmt.Println(r.Value)
	}
	fmt.Println(err == io.EOF)
	// Output:
	// [0.25]
	// [0.5]
	// [0.75]
	// true
}
