package envloop_test

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/envloop"
)

func ExampleLoop() {
	src := sensor.SourceFunc[physic.Env](func(_ context.Context, r *sensor.Reading[physic.Env]) error {
		r.Value.Pressure = 101 * physic.KiloPascal
		return nil
	})
	var l envloop.Loop
	ch, err := l.Start(src, time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println((<-ch).Pressure)
	l.Stop()
	_, open := <-ch
	fmt.Println(open)
	// Output:
	// 101kPa
	// false
}
