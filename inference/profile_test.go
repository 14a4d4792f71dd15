package inference_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/brinkml/brink/inference"
)

// TestProfile checks that the times of the nodes follow each other, and that profiling leaves nothing behind.
func TestProfile(t *testing.T) {
	m := scoreModel()
	defer m.Close()
	s, err := m.NewSession(&inference.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Bind(map[string][]int{"x": {4, 3}})
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := b.Profile(t.Context())
	if err != nil || len(nodes) == 0 {
		t.Fatalf("Profile = %d nodes, %v; want some", len(nodes), err)
	}
	end, macs := time.Duration(0), int64(0)
	for _, n := range nodes {
		if n.Start != end || n.Time < 0 || n.Op == "" || n.Bytes == 0 {
			t.Errorf("node %+v; want one that starts at %v", n, end)
		}
		end, macs = n.Start+n.Time, macs+n.MACs
	}
	if want := b.Report().MACs; macs != want {
		t.Errorf("the nodes have %d multiply-accumulates; want %d", macs, want)
	}
	if n := testing.AllocsPerRun(10, func() {
		if err := b.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Run after Profile allocates %v times; want 0", n)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Profile(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("Profile with a cancelled context = %v; want context.Canceled", err)
	}
	s.Close()
	if _, err := b.Profile(t.Context()); !errors.Is(err, inference.ErrClosed) {
		t.Errorf("Profile of a closed session = %v; want ErrClosed", err)
	}
}

// Where the time of a run goes.
func ExampleBinding_Profile() {
	s, err := scoreModel().NewSession(&inference.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	b, err := s.Bind(map[string][]int{"x": {1000, 3}})
	if err != nil {
		log.Fatal(err)
	}
	nodes, err := b.Profile(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	total := int64(0)
	for _, n := range nodes { // n.Op took n.Time
		total += n.MACs
	}
	fmt.Println(total, "multiply-accumulates")
	// Output: 3000 multiply-accumulates
}
