package payload_test

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/transport/payload"
)

// What becomes of a sensor's reading. A reading that is not good is not sent, and
// neither package knows of the other.
func Example() {
	src := sensor.SourceFunc[physic.Env](func(_ context.Context, r *sensor.Reading[physic.Env]) error {
		r.Value = physic.Env{Temperature: physic.ZeroCelsius + 21_370*physic.MilliKelvin, Humidity: 402 * physic.MilliRH}
		r.At = time.Date(2026, 3, 4, 5, 6, 7, 89_000_000, time.UTC)
		return nil
	})
	var r sensor.Reading[physic.Env]
	if err := src.Read(context.Background(), &r); err != nil || r.Quality != 0 {
		fmt.Println(err)
		return
	}
	const device = "urn:dev:mac:0024befffe804ff1:"
	records := []payload.Record{
		{Base: device, Name: "temp", Unit: "Cel", Value: payload.Float(r.Value.Temperature.Celsius()), Time: r.At},
		{Base: device, Name: "humidity", Unit: "%RH", Value: payload.Float(float64(r.Value.Humidity) / float64(physic.PercentRH)), Time: r.At},
	}
	for _, enc := range []payload.Encoder{payload.Flat{}, payload.JSON{}} {
		b, err := enc.AppendEncode(nil, records...)
		fmt.Printf("%s %v\n", b, err)
	}
	// Output:
	// {"time":"2026-03-04T05:06:07.089Z","temp":21.37,"humidity":40.2} <nil>
	// [{"name":"urn:dev:mac:0024befffe804ff1:temp","unit":"Cel","value":21.37,"time":"2026-03-04T05:06:07.089Z"},{"name":"urn:dev:mac:0024befffe804ff1:humidity","unit":"%RH","value":40.2,"time":"2026-03-04T05:06:07.089Z"}] <nil>
}
