package senml_test

import (
	"fmt"
	"time"

	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/senml"
)

// A pack of two readings, there and back.
func Example() {
	enc, err := senml.New(senml.JSON, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	const device = "urn:dev:mac:0024befffe804ff1:"
	pack, err := enc.AppendEncode(nil,
		payload.Record{Base: device, Name: "temp", Unit: "Cel", Value: payload.Float32(21.3), Time: at},
		payload.Record{Base: device, Name: "pressure", Unit: "hPa", Value: payload.Float(1013.25), Time: at.Add(100 * time.Millisecond)},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", pack)

	p, err := senml.ParseJSON(pack)
	if err != nil {
		fmt.Println(err)
		return
	}
	records, err := p.Records(time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range records {
		fmt.Println(r.Name, r.Value, r.Unit, r.Time.UTC().Format(time.RFC3339Nano))
	}
	// Output:
	// [{"bn":"urn:dev:mac:0024befffe804ff1:","bt":1772600767,"n":"temp","u":"Cel","v":21.3},{"n":"pressure","u":"Pa","t":0.1,"v":101325}]
	// urn:dev:mac:0024befffe804ff1:temp 21.3 Cel 2026-03-04T05:06:07Z
	// urn:dev:mac:0024befffe804ff1:pressure 101325 Pa 2026-03-04T05:06:07.1Z
}
