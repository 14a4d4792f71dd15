package payload_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/cloudevents"
	"github.com/brinkml/brink/transport/payload/senml"
	"github.com/brinkml/brink/transport/transporttest"
	"github.com/brinkml/brink/transport/zstd"
)

// TestLaneBatches publishes each encoding reading by reading through an outbox
// whose lanes join them, and takes the batches apart as a consumer does.
func TestLaneBatches(t *testing.T) {
	z, err := zstd.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", ClientID: "hub-7", Dial: b.Dial})
	if err != nil {
		t.Fatal(err)
	}
	lane := func(name string, f transport.BatchFormat, c transport.Compressor) transport.Lane {
		return transport.Lane{Name: name, Sync: transport.InMemory, Batch: &transport.Batch{Format: f, Compress: c}}
	}
	out, err := transport.Open(t.TempDir(), d, &transport.Options{Lanes: []transport.Lane{
		lane("flat", transport.BatchJSON, nil), lane("senml", transport.BatchJSON, nil),
		lane("cbor", transport.BatchFrames, z), lane("events", transport.BatchJSON, nil),
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()

	ids, err := cloudevents.NewIDs(out.Epoch(), "air")
	if err != nil {
		t.Fatal(err)
	}
	pack, err := senml.New(senml.JSON, nil)
	if err != nil {
		t.Fatal(err)
	}
	bin, err := senml.New(senml.CBOR, nil)
	if err != nil {
		t.Fatal(err)
	}
	events, err := cloudevents.New("/hubs/7", "com.example.air", ids, &cloudevents.Options{Inner: bin})
	if err != nil {
		t.Fatal(err)
	}
	const n = 5
	var buf []byte
	for name, enc := range map[string]payload.Encoder{"flat": payload.Flat{}, "senml": pack, "cbor": bin, "events": events} {
		for i := range n {
			r := payload.Record{Base: "hub-7:", Name: "temp", Unit: "Cel", Value: payload.Float(20 + float64(i)/10), Time: t0.Add(time.Duration(i) * time.Second)}
			if buf, err = enc.AppendEncode(buf[:0], r); err != nil {
				t.Fatal(err)
			}
			if _, err := out.Publish(t.Context(), transport.Message{Topic: name, Lane: name, Payload: buf}); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- out.Run(ctx) }()
	if err := out.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-ended

	got := map[string][]payload.Record{}
	for _, m := range b.Messages() {
		got[m.Topic] = append(got[m.Topic], unbatch(t, m.Topic, m.Payload)...)
	}
	for _, name := range []string{"flat", "senml", "cbor", "events"} {
		if len(got[name]) != n {
			t.Errorf("%s: %d records; want %d", name, len(got[name]), n)
		}
		for i, r := range got[name] {
			if want := 20 + float64(i)/10; r.Value.Float64() != want || !r.Time.Equal(t0.Add(time.Duration(i)*time.Second)) {
				t.Errorf("%s: record %d is %+v; want %v", name, i, r, want)
			}
		}
	}
}

// unbatch is the consumer of a batch.
func unbatch(t *testing.T, topic string, b []byte) (all []payload.Record) {
	t.Helper()
	records := func(p senml.Pack, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v in %q", topic, err, b)
		}
		r, err := p.Records(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r...)
	}
	switch topic {
	case "cbor":
		plain, err := zstd.Decompress(b, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for frame, err := range transport.Frames(plain) {
			if err != nil {
				t.Fatal(err)
			}
			records(senml.ParseCBOR(frame))
		}
	case "events": // a batch as the specification has it
		events, err := cloudevents.ParseBatch(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			records(senml.ParseCBOR(e.Data))
		}
	case "senml":
		var packs []json.RawMessage
		if err := json.Unmarshal(b, &packs); err != nil {
			t.Fatal(err)
		}
		for _, p := range packs {
			records(senml.ParseJSON(p))
		}
	default:
		var objects []struct {
			Time time.Time
			Temp float64
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&objects); err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			all = append(all, payload.Record{Name: "temp", Value: payload.Float(o.Temp), Time: o.Time})
		}
	}
	return all
}
