package transport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
)

func TestEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := rig(t, nil)
		out := mustOpen(t, t.TempDir(), d, &transport.Options{Device: "hub-7<é>", Lanes: []transport.Lane{
			{Name: "alarm", Envelope: true},
		}})
		var want []transport.Envelope
		for _, m := range []transport.Message{
			{Payload: []byte(`{ "t": 21.5 }`)},
			{Payload: []byte("\xff\x00")},
			{Payload: []byte("null")},
			{Payload: []byte("\"\xff\"")}, // JSON to some readers only
			{},
			{Retain: true},
			{Payload: []byte("true"), AtMostOnce: true},
		} {
			m.Topic, m.Lane = "t", "alarm"
			r := mustPublish(t, out, m)
			if m.Retain && len(m.Payload) == 0 {
				continue
			}
			want = append(want, transport.Envelope{Device: "hub-7<é>", Epoch: r.Epoch(), Lane: "alarm", Seq: r.Seq(), Data: append([]byte{}, m.Payload...)})
		}
		run(t, out)
		drain(t, out)
		got := make([]transport.Envelope, len(want))
		var texts []string
		for _, m := range b.Messages() {
			if m.Retain {
				if len(m.Payload) > 0 {
					t.Errorf("what clears a retained message became %q", m.Payload)
				}
				continue
			}
			texts = append(texts, string(m.Payload))
			e, err := transport.ParseEnvelope(m.Payload)
			if err != nil {
				t.Fatalf("%s: %v", m.Payload, err)
			}
			i := int(e.Seq) - 1
			if e.Seq>>63 == 1 {
				i = len(want) - 1
			}
			got[i] = e
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("envelopes (-want +got):\n%s", diff)
		}
		wantTexts := []string{
			`{"device":"hub-7<é>","epoch":1,"lane":"alarm","seq":1,"once":true,"data":true}`,
			`{"device":"hub-7<é>","epoch":1,"lane":"alarm","seq":1,"data":{ "t": 21.5 }}`,
			`{"device":"hub-7<é>","epoch":1,"lane":"alarm","seq":2,"data_base64":"/wA="}`,
			`{"device":"hub-7<é>","epoch":1,"lane":"alarm","seq":3,"data":null}`,
			`{"device":"hub-7<é>","epoch":1,"lane":"alarm","seq":4,"data_base64":"Iv8i"}`,
			`{"device":"hub-7<é>","epoch":1,"lane":"alarm","seq":5,"data_base64":""}`,
		}
		if diff := cmp.Diff(wantTexts, texts); diff != "" {
			t.Errorf("payloads (-want +got):\n%s", diff)
		}
	})
}

func TestParseEnvelopeRefuses(t *testing.T) {
	for _, s := range []string{
		``, `{}`, `null`, `[]`, `7`, `{"device":"d"`,
		`{"epoch":1,"lane":"a","seq":1,"data":1}`,
		`{"device":"","epoch":1,"lane":"a","seq":1,"data":1}`,
		`{"device":"a\u0000","epoch":1,"lane":"a","seq":1,"data":1}`,
		`{"device":"` + strings.Repeat("x", 257) + `","epoch":1,"lane":"a","seq":1,"data":1}`,
		`{"device":"d","lane":"a","seq":1,"data":1}`,
		`{"device":"d","epoch":-1,"lane":"a","seq":1,"data":1}`,
		`{"device":"d","epoch":1,"lane":"A","seq":1,"data":1}`,
		`{"device":"d","epoch":1,"lane":"","seq":1,"data":1}`,
		`{"device":"d","epoch":1,"lane":"a","seq":0,"data":1}`,
		`{"device":"d","epoch":1,"lane":"a","seq":9223372036854775808,"data":1}`,
		`{"device":"d","epoch":1,"lane":"a","seq":1.5,"data":1}`,
		`{"device":"d","epoch":1,"lane":"a","seq":1}`,
		`{"device":"d","epoch":1,"lane":"a","seq":1,"data":1,"data_base64":""}`,
		`{"device":"d","epoch":1,"lane":"a","seq":1,"data_base64":"!"}`,
		`{"device":"d","epoch":1,"lane":"a","seq":1,"data":1} x`,
	} {
		if e, err := transport.ParseEnvelope([]byte(s)); !errors.Is(err, transport.ErrEnvelope) {
			t.Errorf("ParseEnvelope(%.80s) = %+v, %v; want ErrEnvelope", s, e, err)
		}
	}
	e, err := transport.ParseEnvelope([]byte(`{"new":[1],"seq":18,"lane":"a","epoch":2,"device":"d","data":[1, 2]}`))
	if want := (transport.Envelope{Device: "d", Epoch: 2, Lane: "a", Seq: 18, Data: []byte("[1, 2]")}); err != nil || cmp.Diff(want, e) != "" {
		t.Errorf("ParseEnvelope = %+v, %v; want %+v", e, err, want)
	}
}

func FuzzParseEnvelope(f *testing.F) {
	f.Add([]byte(`{"device":"hub-7","epoch":3,"lane":"alarm","seq":17,"data":{"t":1}}`))
	f.Add([]byte(`{"device":"hub-7","epoch":3,"lane":"alarm","seq":17,"once":true,"data_base64":"AA=="}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := transport.ParseEnvelope(b)
		if err != nil {
			return
		}
		if e.Device == "" || e.Lane == "" || e.Seq == 0 || e.Epoch == 0 {
			t.Errorf("%s gave %+v", b, e)
		}
		data, _ := json.Marshal(e.Data) // base64
		again, err := transport.ParseEnvelope(fmt.Appendf(nil, `{"device":%s,"epoch":%d,"lane":%q,"seq":%d,"once":%v,"data_base64":%s}`,
			quoted(e.Device), e.Epoch, e.Lane, e.Seq&^(1<<63), e.Seq>>63 == 1, data))
		if err != nil || again.Device != e.Device || again.Seq != e.Seq || !bytes.Equal(again.Data, e.Data) {
			t.Errorf("%+v became %+v, %v", e, again, err)
		}
	})
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// The epoch begins with the clock, where that can be right, and rises by one.
func TestEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := func(dir string) uint64 {
			out := mustOpen(t, dir, noDialer{}, nil)
			defer out.Close()
			return out.Epoch()
		}
		dir := t.TempDir()
		if e := open(dir); e != 1 {
			t.Errorf("the first epoch in the year 2000 is %d; want 1", e)
		}
		if e := open(dir); e != 2 {
			t.Errorf("the second epoch is %d; want 2", e)
		}
		time.Sleep(30 * 365 * 24 * time.Hour) // somebody sets the clock
		if e := open(dir); e != 3 {
			t.Errorf("the third epoch is %d; want 3", e)
		}
		wiped := t.TempDir()
		now := uint64(time.Now().Unix())
		for i := range uint64(3) {
			if e := open(wiped); e != now+i {
				t.Errorf("epoch %d of a wiped directory is %d; want %d", i, e, now+i)
			}
		}
	})
}
