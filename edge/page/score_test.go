package page

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/brinkml/brink/edge"
)

func TestScoreDefaults(t *testing.T) {
	inf := math.Inf(1)
	tests := []struct {
		in      Score
		verdict string
		level   Level
	}{
		{Score{Value: .5, Threshold: 1}, "normal", Normal},
		{Score{Value: 1, Threshold: 1}, "anomaly", Alarm},
		{Score{Value: inf, Threshold: 1}, "anomaly", Alarm},
		{Score{Value: math.NaN(), Threshold: 1}, "normal", Normal},
		{Score{Value: 5}, "normal", Normal},
		{Score{Value: 5, Threshold: inf}, "normal", Normal},
		{Score{Value: .5, Threshold: 1, Level: Caution}, "caution", Caution},
		{Score{Value: 5, Threshold: 1, Verdict: "spins up", Level: Normal}, "spins up", Normal},
		{Score{Level: 99}, "normal", Normal},
	}
	for _, test := range tests {
		got := test.in.normalize()
		if got.Verdict != test.verdict || got.Level != test.level || got.Series != "unnamed" || got.At.IsZero() {
			t.Errorf("normalize(%+v) = %+v; want %q, level %d, a name and a time", test.in, got, test.verdict, test.level)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	p := handler(t, edge.New("hub", nil), Options{History: 10, MaxSeries: 3})
	for i := range 100 {
		level := Normal
		if i%2 == 0 {
			level = Alarm
		}
		p.Score(Score{Series: "a", Value: float64(i), Level: level, At: time.UnixMilli(int64(i))})
	}
	for _, s := range []string{"b", "c", "a", "d"} { // b was silent longest
		p.Score(Score{Series: s, Value: 1, Level: Normal})
	}
	v, last := p.data.snapshot()
	var names []string
	for _, s := range v.Series {
		names = append(names, s.Name)
	}
	if got := fmt.Sprint(names); got != "[a c d]" {
		t.Errorf("series = %v; want a, c and d", got)
	}
	a := v.Series[0]
	if len(a.Points) != 10 || a.Points[0].t != 91 || *a.Points[8].v != 99 {
		t.Errorf("points of a = %d from %d; want the latest 10", len(a.Points), a.Points[0].t)
	}
	if len(v.Log) != maxChanges || v.Log[maxChanges-1].Name != "d" || last != 104 {
		t.Errorf("log = %d changes, last event %d; want %d, 104", len(v.Log), last, maxChanges)
	}
	if ev := string(p.data.recent[len(p.data.recent)-1].data); !strings.Contains(ev, `"g":"b"`) {
		t.Errorf("event = %s; want it to say that b is gone", ev)
	}
}

func TestSilentSeriesKeepVerdictTime(t *testing.T) {
	p := handler(t, edge.New("hub", nil), Options{})
	for i := range int64(5) {
		p.Score(Score{Series: "a", Value: 1, At: time.UnixMilli(i)})
	}
	v, _ := p.data.snapshot()
	if s := v.Series[0]; s.Since != 0 || len(v.Log) != 1 {
		t.Errorf("since = %d, %d changes; want 0, 1", s.Since, len(v.Log))
	}
}

func FuzzScore(f *testing.F) {
	f.Add("boiler", "normal", 1.0, 2.0, int64(0), 0)
	f.Add("\xff\n<script>", strings.Repeat("é", 100), math.Inf(-1), math.NaN(), int64(math.MaxInt64), -1)
	f.Fuzz(func(t *testing.T, series, verdict string, value, threshold float64, at int64, level int) {
		p := handler(t, edge.New("hub", nil), Options{})
		p.Score(Score{Series: series, Verdict: verdict, Value: value, Threshold: threshold, At: time.UnixMilli(at), Level: Level(level)})
		v, last := p.data.snapshot()
		if last != 1 || len(v.Series) != 1 || len(p.data.recent) != 1 {
			t.Fatalf("a score was not kept: %d, %d series", last, len(v.Series))
		}
		if s := v.Series[0]; len(s.Name) > maxWord || !utf8.ValidString(s.Name) || len(s.Verdict) > maxWord || !utf8.ValidString(s.Verdict) {
			t.Errorf("words = %q, %q; want them short and valid", s.Name, s.Verdict)
		}
		if b := p.data.recent[0].data; !json.Valid(b) || strings.ContainsAny(string(b), "\n\r") {
			t.Errorf("event = %q; want one line of JSON", b)
		}
		if w := get(p, "/status.json"); w.Code != 200 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("status.json = %d; want JSON", w.Code)
		}
	})
}
