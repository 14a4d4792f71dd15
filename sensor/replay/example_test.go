package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
	"github.com/brinkml/brink/sensor/sensortest"
	"github.com/brinkml/brink/sensor/stage"
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
func ExampleLog() {
	level := sensor.Channel[float64]{Name: "level", Get: func(v *float64) float64 { return *v }}
	tank := sensortest.Values(0.25, 0.5, 0.75)

	var file bytes.Buffer
	rec, err := replay.NewRecorder(&file, []string{level.Name}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	src, err := stage.NewRecord(tank, replay.NewLog(rec, []sensor.Channel[float64]{level}), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
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
	for r, err := range player.All(context.Background()) {
		fmt.Println(r.Value, err)
	}
	// Output:
	// [0.25] <nil>
	// [0.5] <nil>
	// [0.75] <nil>
}

// A weather station's export, in the units of its country, becomes a .hat recording for python-sense-emu.
func ExampleCopy() {
	const export = `Time,Pressure,Temp,Hum
2026-01-05 06:00:00,29.92,70.7,0.41
2026-01-05 06:05:00,29.90,71.6,0.42
`
	columns := []replay.Column{
		{Name: "Temp", Unit: replay.Fahrenheit},
		{Name: "Hum", Unit: replay.Fraction},
		{Name: "Pressure", Unit: replay.InHg},
	}
	for _, name := range replay.SenseHATNames()[3:] { // the station has no inertial sensors
		columns = append(columns, replay.Column{Name: name, Optional: true})
	}
	rows, err := replay.NewReader(strings.NewReader(export), "station.csv", &replay.Options{Time: "Time", Values: columns})
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	rec, err := replay.NewHATRecorder(&file, time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := replay.Copy(rec, rows)
	fmt.Println(n, "rows,", file.Len(), "bytes,", err)

	hat, err := replay.NewHATReader(&file, "station.hat")
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range hat.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %.1f °C, %.0f %%RH, %.1f hPa\n", row.At.Format(time.TimeOnly), row.Values[0], row.Values[1], row.Values[2])
	}
	// Output:
	// 2 rows, 296 bytes, <nil>
	// 06:00:00 21.5 °C, 41 %RH, 1013.2 hPa
	// 06:05:00 22.0 °C, 42 %RH, 1012.5 hPa
}
