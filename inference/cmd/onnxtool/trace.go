package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/brinkml/brink/inference"
)

// traceEvent is an event of the Trace Event Format that chrome://tracing and Perfetto read. Times are in microseconds.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat"`
	Phase    string         `json:"ph"` // X: an event with a duration
	Start    float64        `json:"ts"`
	Duration float64        `json:"dur"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args"`
}

// writeTrace writes the nodes of a run to a file, as events.
func writeTrace(path string, nodes []inference.NodeTime) error {
	events := make([]traceEvent, len(nodes))
	for i, n := range nodes {
		events[i] = traceEvent{
			Name: n.Name, Category: "Node", Phase: "X",
			Start: float64(n.Start) / 1e3, Duration: float64(n.Time) / 1e3, Process: 1, Thread: 1,
			Args: map[string]any{"op_name": operator(&nodes[i]), "shape": fmt.Sprint(n.Shape), "macs": n.MACs, "bytes": n.Bytes},
		}
		if n.Name == "" {
			events[i].Name = operator(&nodes[i])
		}
	}
	b, err := json.Marshal(map[string]any{"traceEvents": events, "displayTimeUnit": "ns"})
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
