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

func TestDiffAllocations(t *testing.T) {
	old, new := oneKB(1), oneKB(2)
	got := testing.AllocsPerRun(100, func() {
		if _, err := Diff(old, new); err != nil {
			t.Fatal(err)
		}
	})
	if got > 12 {
		t.Errorf("Diff of two documents of 1 KB makes %v allocations; want at most 12", got)
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

func BenchmarkDelta1KB(b *testing.B) {
	desired, reported := oneKB(1), oneKB(2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Delta(desired, reported); err != nil {
			b.Fatal(err)
		}
	}
}
