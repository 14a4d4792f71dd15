package edge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, m *Metrics) string {
	t.Helper()
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo = %d, %v; want %d, nil", n, err, b.Len())
	}
	checkPromText(t, b.String())
	return b.String()
}

var (
	promComment = regexp.MustCompile(`^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$`)
	promSample  = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\+Inf|-Inf|NaN|[-+0-9.e]+)$`)
)

// checkPromText checks the syntax of the text format: each name has one TYPE
// before its samples, which are together, and no sample comes twice.
func checkPromText(t *testing.T, text string) {
	t.Helper()
	if text != "" && !strings.HasSuffix(text, "\n") {
		t.Errorf("text does not end with a line")
	}
	types, seen, current := map[string]string{}, map[string]bool{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := promComment.FindStringSubmatch(line); m != nil {
			if m[1] == "TYPE" {
				if types[m[2]] != "" {
					t.Errorf("second TYPE: %s", line)
				}
				types[m[2]], current = m[3], m[2]
			}
			continue
		}
		m := promSample.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no sample: %q", line)
			continue
		}
		name := m[1]
		if types[current] == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				name = strings.TrimSuffix(name, suffix)
			}
		}
		if name != current {
			t.Errorf("sample of %s among those of %s", name, current)
		}
		if key := m[1] + m[2]; seen[key] {
			t.Errorf("sample twice: %s", key)
		} else {
			seen[key] = true
		}
	}
}

func TestMetricsText(t *testing.T) {
	var m Metrics
	if got := write(t, &m); got != "" {
		t.Errorf("text of no metrics = %q; want none", got)
	}
	m.Counter("sent_total", "Messages \\ sent,\nby lane. \"Quoted\".", "lane", "a\"b\\c\nd").Add(3)
	m.Counter("sent_total", "", "lane", "alarm", "to", "é\xff").Inc()
	g := m.Gauge("temperature_celsius", "")
	g.Set(21.5)
	g.Add(-40)
	m.Gauge("nothing", "Not a number.").Set(math.NaN())
	m.Gauge("much", "A lot.").Set(math.Inf(1))
	m.GaugeFunc("asked", "Asked for.", func() float64 { return 1e21 })
	m.GaugeFunc("asked", "Asked for.", func() float64 { return 2 })
	h := m.Histogram("run_seconds", "Time of a run.", []float64{.1, 1, math.Inf(1)}, "model", "m")
	for _, v := range []float64{.05, .1, .5, 7, math.NaN()} {
		h.Observe(v)
	}
	want := `# HELP asked Asked for.
# TYPE asked gauge
asked 2
# HELP much A lot.
# TYPE much gauge
much +Inf
# HELP nothing Not a number.
# TYPE nothing gauge
nothing NaN
# HELP run_seconds Time of a run.
# TYPE run_seconds histogram
run_seconds_bucket{model="m",le="0.1"} 2
run_seconds_bucket{model="m",le="1"} 3
run_seconds_bucket{model="m",le="+Inf"} 4
run_seconds_sum{model="m"} 7.65
run_seconds_count{model="m"} 4
# HELP sent_total Messages \\ sent,\nby lane. "Quoted".
# TYPE sent_total counter
sent_total{lane="a\"b\\c\nd"} 3
sent_total{lane="alarm",to="é` + "\uFFFD" + `"} 1
# TYPE temperature_celsius gauge
temperature_celsius -18.5
`
	if d := cmp.Diff(want, write(t, &m)); d != "" {
		t.Errorf("text (-want +got):\n%s", d)
	}
}

func TestMetricsAreShared(t *testing.T) {
	var m Metrics
	c := m.Counter("c", "")
	if m.Counter("c", "") != c || m.Counter("c", "", "l", "1") == c {
		t.Error("the same name and labels must give the same counter, others another")
	}
	if h := m.Histogram("h", "", []float64{1}); h != m.Histogram("h", "", nil) {
		t.Error("a histogram keeps the bounds of its first call")
	}
	if h := m.Histogram("h", "", nil, "l", "1"); len(h.bounds) != 1 {
		t.Errorf("bounds of the same name = %v; want the first ones", h.bounds)
	}
}

func TestMetricsMistakesPanic(t *testing.T) {
	a := New("test", nil)
	m := a.Metrics()
	m.Counter("taken", "")
	m.GaugeFunc("func", "", func() float64 { return 0 })
	for name, f := range map[string]func(){
		"bad name":       func() { m.Counter("1st", "") },
		"empty name":     func() { m.Counter("", "") },
		"odd labels":     func() { m.Counter("c", "", "l") },
		"bad label":      func() { m.Counter("c", "", "a-b", "1") },
		"reserved label": func() { m.Counter("c", "", "__name__", "1") },
		"label le":       func() { m.Histogram("h", "", nil, "le", "1") },
		"label twice":    func() { m.Counter("c", "", "a", "1", "a", "2") },
		"other kind":     func() { m.Gauge("taken", "") },
		"asked for":      func() { m.Gauge("func", "") },
		"bounds":         func() { m.Histogram("h", "", []float64{2, 1}) },
		"automatic":      func() { m.Gauge("edge_component_up", "") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}

func TestMetricsSeriesAreBounded(t *testing.T) {
	var m Metrics
	for i := range maxSeries + 5 {
		m.Counter("kits_total", "", "kit", fmt.Sprint(i)).Inc()
	}
	text := write(t, &m)
	if n := strings.Count(text, "kits_total{"); n != maxSeries {
		t.Errorf("series of one name = %d; want %d", n, maxSeries)
	}
	if !strings.Contains(text, "\nedge_metrics_unwritten_total 5\n") {
		t.Error("the text does not count what is not in it")
	}
}

func TestMetricsOfApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New("test", nil)
		topic := NewTopic[int](a, `read"ings`, nil)
		topic.Subscribe(&SubOptions{Name: "lamp", Keep: DropOldest, Size: 2})
		topic.Subscribe(&SubOptions{Name: "page", Size: 5})
		topic.Subscribe(&SubOptions{Name: "page", Size: 5})
		a.Go("model", Func(untilStop), nil)
		a.Metrics().Counter("own_total", "Own.").Inc()
		stop := start(t, a)
		for i := range 3 {
			if err := topic.Publish(t.Context(), i); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		text := write(t, a.Metrics())
		for _, want := range []string{
			"edge_health 0", `edge_component_up{component="model"} 1`, `edge_component_restarts_total{component="model"} 0`,
			`edge_topic_published_total{topic="read\"ings"} 3`, `edge_topic_depth{topic="read\"ings",subscriber="lamp"} 2`,
			`edge_topic_depth{topic="read\"ings",subscriber="page"} 6`,
			`edge_topic_dropped_total{topic="read\"ings",subscriber="lamp"} 1`, "own_total 1", "# TYPE go_goroutines gauge",
		} {
			if !strings.Contains(text, want+"\n") {
				t.Errorf("text has no line %q", want)
			}
		}
		if err := stop(); err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
}

func TestMetricsHammer(t *testing.T) {
	a := New("test", nil)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 500 {
				a.Metrics().Counter("c_total", "", "i", fmt.Sprint(j%7)).Inc()
				a.Metrics().Histogram("h_seconds", "", nil).Observe(float64(j) / 100)
				a.Metrics().Gauge("g", "").Add(1)
				if j%50 == i {
					if _, err := a.Metrics().WriteTo(io.Discard); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if got := a.Metrics().Gauge("g", "").Value(); got != 2000 {
		t.Errorf("gauge after 2000 additions = %v; want 2000", got)
	}
}

func TestInstrumentsAllocateNothing(t *testing.T) {
	var m Metrics
	c, g, h := m.Counter("c", ""), m.Gauge("g", ""), m.Histogram("h", "", nil)
	if n := testing.AllocsPerRun(100, func() { c.Inc(); g.Set(1); g.Add(1); h.Observe(.3) }); n != 0 {
		t.Errorf("allocations = %v; want 0", n)
	}
}

func FuzzMetricsText(f *testing.F) {
	f.Add("help", "value")
	f.Add("a\nb\\", "\"\\\n\x00\xff")
	f.Fuzz(func(t *testing.T, help, value string) {
		var m Metrics
		m.Counter("c_total", help, "label", value).Inc()
		a := New("test", nil)
		a.Go(value, Func(func(context.Context) error { return nil }), nil)
		write(t, &m)
		write(t, a.Metrics())
	})
}
