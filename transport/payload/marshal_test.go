package payload_test

import (
	"encoding/json"
	"testing"

	"github.com/brinkml/brink/transport/payload"
)

// senmlRecord is a record for encoding/json, which chooses no base fields: they
// are given.
type senmlRecord struct {
	BaseName string   `json:"bn,omitempty"`
	BaseTime float64  `json:"bt,omitempty"`
	BaseUnit string   `json:"bu,omitempty"`
	Name     string   `json:"n,omitempty"`
	Unit     string   `json:"u,omitempty"`
	Time     float64  `json:"t,omitempty"`
	Value    *float64 `json:"v,omitempty"`
}

// marshal is the same pack by encoding/json.
func marshal(b *testing.B, in []payload.Record) {
	pack := make([]senmlRecord, len(in))
	for i := range in {
		v := in[i].Value.Float64()
		pack[i] = senmlRecord{Time: float64(in[i].Time.Sub(in[0].Time).Milliseconds()) / 1000, Value: &v}
	}
	pack[0].BaseName, pack[0].BaseTime, pack[0].BaseUnit = in[0].Base+in[0].Name, float64(in[0].Time.UnixMilli())/1000, in[0].Unit
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		out, err := json.Marshal(pack)
		if err != nil {
			b.Fatal(err)
		}
		size = len(out)
	}
	b.SetBytes(int64(size))
}
