package shadow

import (
	"encoding/json"
	"fmt"
	"testing"
)

// oneKB is a shadow section of 1 KB like a hub with ten appliances reports.
func oneKB(score int) json.RawMessage {
	type appliance struct {
		Name   string  `json:"name"`
		State  string  `json:"state"`
		Score  float64 `json:"score"`
		Seen   int64   `json:"seen"`
		Online bool    `json:"online"`
	}
	doc := map[string]appliance{}
	for i := range 11 {
		doc[fmt.Sprintf("appliance-%02d", i)] = appliance{"boiler", "green", 0.125 * float64(i), 1_700_000_000 + int64(i), i%2 == 0}
	}
	doc["appliance-04"] = appliance{"boiler", "red", float64(score), 1_700_000_100, true}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return b
}

// otherKB is a section of the same fields, all of them with other values.
func otherKB() json.RawMessage {
	var doc map[string]map[string]any
	if err := json.Unmarshal(oneKB(1), &doc); err != nil {
		panic(err)
	}
	for name, a := range doc {
		doc[name] = map[string]any{"name": "washer", "state": "amber", "score": 0.875, "seen": 1_800_000_000, "online": a["online"] == false}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return b
}

// decodeAndEncode is the work that a comparison of two documents as maps starts
// and ends with.
func decodeAndEncode(a, b json.RawMessage) error {
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &y); err != nil {
		return err
	}
	_, err := json.Marshal(y)
	return err
}

func TestDiffAllocations(t *testing.T) {
	old, new := oneKB(1), oneKB(2)
	got := testing.AllocsPerRun(100, func() {
		if _, err := Diff(old, new); err != nil {
			t.Fatal(err)
		}
	})
	if got > 4 {
		t.Errorf("Diff of two documents of 1 KB makes %v allocations; want at most 4", got)
	}
}

func BenchmarkDiff1KB(b *testing.B) {
	old, new := oneKB(1), oneKB(2)
	b.SetBytes(int64(len(old) + len(new)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Diff(old, new); err != nil {
			b.Fatal(err)
		}
	}
}

// Nothing in common but the names.
func BenchmarkDiffOther1KB(b *testing.B) {
	old, new := oneKB(1), otherKB()
	b.SetBytes(int64(len(old) + len(new)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Diff(old, new); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelta1KB(b *testing.B) {
	desired, reported := oneKB(1), oneKB(2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Delta(desired, reported); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMerge3Of1KB(b *testing.B) {
	base, local, remote := oneKB(1), oneKB(2), oneKB(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Merge3(base, local, remote); err != nil {
			b.Fatal(err)
		}
	}
}

// The reference for the others.
func BenchmarkEncodingJSON1KB(b *testing.B) {
	old, new := oneKB(1), oneKB(2)
	b.ReportAllocs()
	for b.Loop() {
		if err := decodeAndEncode(old, new); err != nil {
			b.Fatal(err)
		}
	}
}
