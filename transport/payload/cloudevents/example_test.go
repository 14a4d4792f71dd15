package cloudevents_test

import (
	"fmt"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/cloudevents"
	"github.com/brinkml/brink/transport/payload/senml"
)

// An event with a SenML pack for data, and a consumer that acts on it once.
func Example() {
	pack, err := senml.New(senml.JSON, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := cloudevents.NewIDs(1753000003, "air") // out.Epoch() of an outbox
	if err != nil {
		fmt.Println(err)
		return
	}
	enc, err := cloudevents.New("urn:dev:mac:0024befffe804ff1", "com.example.air", ids, &cloudevents.Options{Inner: pack})
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	event, err := enc.AppendEncode(nil, payload.Record{Name: "temp", Unit: "Cel", Value: payload.Float(21.5), Time: at})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", event)

	dedup := transport.NewDedup(nil)
	for range 2 { // the link repeats it
		e, err := cloudevents.Parse(event)
		if err != nil {
			fmt.Println(err)
			return
		}
		id, err := cloudevents.ParseID(e.ID)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(id, "seen:", dedup.Seen(transport.Envelope{Device: e.Source, Epoch: id.Epoch, Lane: id.Lane, Seq: id.Seq}))
	}
	// Output:
	// {"specversion":"1.0","id":"1753000003-air-1","source":"urn:dev:mac:0024befffe804ff1","type":"com.example.air","time":"2026-03-04T05:06:07Z","datacontenttype":"application/senml+json","data":[{"n":"temp","u":"Cel","t":1772600767,"v":21.5}]}
	// 1753000003-air-1 seen: false
	// 1753000003-air-1 seen: true
}

// A message of a lane with an Envelope becomes an event with the same identity.
func ExampleID() {
	env, err := transport.ParseEnvelope([]byte(`{"device":"hub-7","epoch":1753000003,"lane":"alarm","seq":17,"data":{"t":80.5}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := cloudevents.Event{
		ID: cloudevents.ID{Epoch: env.Epoch, Lane: env.Lane, Seq: env.Seq}.String(), Source: "/hubs/" + env.Device, Type: "com.example.alarm", Data: env.Data,
	}
	b, err := e.AppendJSON(nil)
	fmt.Printf("%s %v\n", b, err)
	// Output:
	// {"specversion":"1.0","id":"1753000003-alarm-17","source":"/hubs/hub-7","type":"com.example.alarm","data":{"t":80.5}} <nil>
}
