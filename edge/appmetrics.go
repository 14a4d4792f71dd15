package edge

import (
	"runtime/metrics"
	"slices"
)

// automatic are the metrics that every app has without asking. Their names are
// not free for others.
var automatic = []struct {
	name, help string
	kind       metricKind
	write      func(w *promText, name string, s *Status)
}{
	{"edge_health", "Health of the app: 0 ok, 1 degraded, 2 failing.", gaugeKind, func(w *promText, name string, s *Status) {
		w.sampleUint(name, "", uint64(s.Health))
	}},
	{"edge_uptime_seconds", "Time since the app was made.", gaugeKind, func(w *promText, name string, s *Status) {
		w.sample(name, "", s.Uptime)
	}},
	{"edge_component_up", "1 while the component is ready and runs.", gaugeKind, eachComponent(func(c *ComponentStatus) uint64 {
		if c.State == Running {
			return 1
		}
		return 0
	})},
	{"edge_component_health", "Health of the component: 0 ok, 1 degraded, 2 failing.", gaugeKind, eachComponent(func(c *ComponentStatus) uint64 {
		return uint64(c.Health)
	})},
	{"edge_component_restarts_total", "Starts of the component after its first.", counterKind, eachComponent(func(c *ComponentStatus) uint64 {
		return uint64(c.Restarts)
	})},
	{"edge_component_missed_ticks_total", "Ticks that the component left out.", counterKind, eachComponent(func(c *ComponentStatus) uint64 {
		return c.Missed
	})},
	{"edge_topic_published_total", "Values published on the topic.", counterKind, func(w *promText, name string, s *Status) {
		for _, t := range s.Topics {
			w.sampleUint(name, labelText(name, []string{"topic", t.Name}), t.Published)
		}
	}},
	{"edge_topic_depth", "Values that wait in the subscriber's queue.", gaugeKind, eachSub(func(s *SubStatus) uint64 {
		return uint64(s.Depth)
	})},
	{"edge_topic_size", "Values that may wait in the subscriber's queue.", gaugeKind, eachSub(func(s *SubStatus) uint64 {
		return uint64(s.Size)
	})},
	{"edge_topic_dropped_total", "Values that the subscriber's queue has dropped.", counterKind, eachSub(func(s *SubStatus) uint64 {
		return s.Dropped
	})},
	{"go_goroutines", "Goroutines of the process.", gaugeKind, goMetric("/sched/goroutines:goroutines")},
	{"go_heap_bytes", "Memory in use by Go objects.", gaugeKind, goMetric("/memory/classes/heap/objects:bytes")},
	{"go_memory_bytes", "Memory that Go has from the system.", gaugeKind, goMetric("/memory/classes/total:bytes")},
}

func isAutomatic(name string) bool {
	for _, m := range automatic {
		if m.name == name {
			return true
		}
	}
	return false
}

func eachComponent(value func(*ComponentStatus) uint64) func(*promText, string, *Status) {
	return func(w *promText, name string, s *Status) {
		for i := range s.Components {
			c := &s.Components[i]
			w.sampleUint(name, labelText(name, []string{"component", c.Name}), value(c))
		}
	}
}

// eachSub writes one sample for each topic and name of subscriber; those that
// share a name are added up, as Prometheus knows them only by it.
func eachSub(value func(*SubStatus) uint64) func(*promText, string, *Status) {
	return func(w *promText, name string, s *Status) {
		for _, t := range s.Topics {
			var names []string
			sums := make(map[string]uint64)
			for i := range t.Subscribers {
				sub := &t.Subscribers[i]
				if !slices.Contains(names, sub.Name) {
					names = append(names, sub.Name)
				}
				sums[sub.Name] += value(sub)
			}
			for _, sub := range names {
				w.sampleUint(name, labelText(name, []string{"topic", t.Name, "subscriber", sub}), sums[sub])
			}
		}
	}
}

func goMetric(source string) func(*promText, string, *Status) {
	return func(w *promText, name string, _ *Status) {
		s := []metrics.Sample{{Name: source}}
		metrics.Read(s)
		if s[0].Value.Kind() == metrics.KindUint64 {
			w.sampleUint(name, "", s[0].Value.Uint64())
		}
	}
}

// collect writes the automatic metrics. Without samples a family is left out.
func (a *App) collect(w *promText) {
	s := a.Status()
	for _, m := range automatic {
		var samples promText
		m.write(&samples, m.name, &s)
		if samples.Len() > 0 {
			w.family(m.name, m.help, m.kind)
			w.Write(samples.Bytes())
		}
	}
}
