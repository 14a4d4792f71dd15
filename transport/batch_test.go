package transport_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/zstd"
)

// unpack returns the messages of a batch.
func unpack(t testing.TB, format transport.BatchFormat, compressed bool, payload []byte) (messages [][]byte) {
	t.Helper()
	if compressed {
		var err error
		if payload, err = zstd.Decompress(payload, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	if format == transport.BatchJSON {
		var all []json.RawMessage
		if err := json.Unmarshal(payload, &all); err != nil {
			t.Fatalf("%.100q: %v", payload, err)
		}
		for _, m := range all {
			messages = append(messages, m)
		}
		return messages
	}
	for m, err := range transport.Frames(payload) {
		if err != nil {
			t.Fatalf("%.100q: %v", payload, err)
		}
		messages = append(messages, m)
	}
	return messages
}

// Whatever the format, compression and envelope, each payload arrives as it
// was, in order, and no packet is longer than MaxPayload.
func TestBatchFormats(t *testing.T) {
	for _, format := range []transport.BatchFormat{transport.BatchJSON, transport.BatchFrames} {
		for _, compressed := range []bool{false, true} {
			for _, envelope := range []bool{false, true} {
				t.Run(fmt.Sprint(format, compressed, envelope), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { testBatchFormat(t, format, compressed, envelope) })
				})
			}
		}
	}
}

func testBatchFormat(t *testing.T, format transport.BatchFormat, compressed, envelope bool) {
	const maxPayload = 2000
	b, d := rig(t, nil)
	batch := &transport.Batch{Format: format, MaxBytes: 10_000}
	if compressed {
		batch.Compress = mustZstd(t)
	}
	out := mustOpen(t, t.TempDir(), d, &transport.Options{
		MaxPayload: maxPayload, Device: `hub "7"`,
		Lanes: []transport.Lane{{Name: transport.DefaultLane, Batch: batch, Envelope: envelope}},
	})
	r := rand.New(rand.NewPCG(1, 2))
	var sent [][]byte
	for i := range 300 {
		var p []byte
		switch {
		case i%3 == 0 && (format == transport.BatchFrames || envelope):
			p = noise(r, r.IntN(1000))
		case i%3 == 0:
			p = fmt.Appendf(nil, `"%x"`, noise(r, r.IntN(500)))
		case i%3 == 1:
			p = fmt.Appendf(nil, `{"t":%d,"s":%q}`, i, bytes.Repeat([]byte("xy"), r.IntN(600)))
		default:
			p = fmt.Append(nil, i)
		}
		sent = append(sent, p)
		mustPublish(t, out, transport.Message{Topic: "t", Payload: p})
	}
	run(t, out)
	drain(t, out)
	n, longest := 0, 0
	for _, m := range b.Messages() {
		longest = max(longest, len(m.Payload))
		for _, p := range unpack(t, format, compressed, m.Payload) {
			if envelope {
				e, err := transport.ParseEnvelope(p)
				if err != nil {
					t.Fatalf("%.100q: %v", p, err)
				}
				if e.Device != `hub "7"` || e.Lane != transport.DefaultLane || e.Seq != uint64(n+1) || e.Epoch != out.Epoch() {
					t.Fatalf("message %d has the envelope %+v", n, e)
				}
				p = e.Data
			}
			if n < len(sent) && !bytes.Equal(p, sent[n]) {
				t.Fatalf("message %d arrived as %.100q; want %.100q", n, p, sent[n])
			}
			n++
		}
	}
	if n != len(sent) {
		t.Errorf("%d messages arrived; want %d", n, len(sent))
	}
	if longest > maxPayload || longest < maxPayload/2 {
		t.Errorf("the longest packet has %d bytes; want nearly and at most %d", longest, maxPayload)
	}
}

// noise is what no compression makes shorter.
func noise(r *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func mustZstd(t testing.TB) *zstd.Encoder {
	t.Helper()
	z, err := zstd.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The longest payload that Publish takes is sent in a packet of MaxPayload or
// less, whatever is put around it, and it is not refused for nothing.
func TestSizeCountsWhatIsAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const maxPayload = 1000
		lanes := []transport.Lane{
			{Name: "plain"},
			{Name: "json", Batch: &transport.Batch{}},
			{Name: "frames", Batch: &transport.Batch{Format: transport.BatchFrames}},
			{Name: "zstd", Batch: &transport.Batch{Format: transport.BatchFrames, Compress: mustZstd(t)}},
			{Name: "envelope", Envelope: true},
			{Name: "all", Envelope: true, Batch: &transport.Batch{Compress: mustZstd(t)}},
		}
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{MaxPayload: maxPayload, Device: "d", Lanes: lanes})
		for _, lane := range lanes {
			for _, json := range []bool{true, false} {
				if !json && lane.Name == "json" {
					continue
				}
				longest := 0
				for n := maxPayload + 1; n > 0; n-- {
					p := make([]byte, n)
					for i := range p {
						p[i] = byte('0' + rand.IntN(10)) // a number
					}
					p[0] = '1'
					if !json {
						p[0] = 0xff
					}
					_, err := out.Publish(t.Context(), transport.Message{Topic: lane.Name, Lane: lane.Name, Payload: p})
					if err == nil {
						longest = n
						break
					}
					var size *transport.SizeError
					if !errors.As(err, &size) || size.Limit != maxPayload || size.Size <= maxPayload {
						t.Fatalf("lane %q, %d bytes: %v; want a SizeError", lane.Name, n, err)
					}
				}
				around := map[string]int{"json": 2, "frames": 2, "zstd": 69, "envelope": 110, "all": 180}[lane.Name]
				if longest > maxPayload-min(around, 3) && around > 0 || !json && lane.Envelope && longest > 700 {
					t.Errorf("lane %q takes %d bytes; want it to count what is around", lane.Name, longest)
				}
				if json && longest < maxPayload-around {
					t.Errorf("lane %q takes only %d bytes of JSON; want %d", lane.Name, longest, maxPayload-around)
				}
			}
		}
		run(t, out)
		drain(t, out)
		for _, m := range b.Messages() {
			if len(m.Payload) > maxPayload {
				t.Errorf("lane %q: a packet of %d bytes; want at most %d", m.Topic, len(m.Payload), maxPayload)
			}
		}
	})
}

func TestFrames(t *testing.T) {
	whole := binary.AppendUvarint(nil, 3)
	whole = append(whole, "abc"...)
	whole = binary.AppendUvarint(whole, 0)
	whole = binary.AppendUvarint(whole, 200)
	whole = append(whole, make([]byte, 200)...)
	for n := range len(whole) + 1 {
		got, bad := 0, false
		for m, err := range transport.Frames(whole[:n]) {
			if bad {
				t.Fatalf("%d bytes: something follows the error", n)
			}
			bad = err != nil
			if !bad {
				got += len(m)
			}
		}
		if boundary := n == 0 || n == 4 || n == 5 || n == len(whole); bad == boundary {
			t.Errorf("%d bytes: error %v; want %v", n, bad, !boundary)
		}
	}
	for range transport.Frames(whole) {
		break // a loop that ends early
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{3, 'a', 'b', 'c', 0, 1, 'd'})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'a'})
	f.Add([]byte{2, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		for m, err := range transport.Frames(b) {
			if err != nil {
				return
			}
			again = append(binary.AppendUvarint(again, uint64(len(m))), m...)
		}
		// A length may be written longer than needed, so b need not be again.
		var back []byte
		for m, err := range transport.Frames(again) {
			if err != nil {
				t.Fatal(err)
			}
			back = append(binary.AppendUvarint(back, uint64(len(m))), m...)
		}
		if !bytes.Equal(back, again) {
			t.Errorf("%x became %x", again, back)
		}
	})
}
