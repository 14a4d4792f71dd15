package replay_test

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/replay"
)

// rows reads all rows of a text, and the errors of those that are wrong.
func rows(t *testing.T, text string, o *replay.Options) (good []replay.Row, bad []error) {
	t.Helper()
	r, err := replay.NewReader(strings.NewReader(text), "test.csv", o)
	if err != nil {
		t.Fatalf("NewReader = %v; want nil", err)
	}
	for row, err := range r.All() {
		if err != nil {
			bad = append(bad, err)
			continue
		}
		row.Values = append([]float64(nil), row.Values...)
		row.Labels = append([]float64(nil), row.Labels...)
		good = append(good, row)
	}
	return good, bad
}

func utc(s string) time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return t
}

var nan = math.NaN()

func TestReader(t *testing.T) {
	vienna := time.FixedZone("CET", 3600)
	for _, tt := range []struct {
		name string
		text string
		o    *replay.Options
		want []replay.Row
	}{
		{
			name: "all columns",
			text: "a,b\n1,2\n-3.5,4e2\n",
			want: []replay.Row{{Line: 2, Values: []float64{1, 2}}, {Line: 3, Values: []float64{-3.5, 400}}},
		},
		{
			name: "semicolons, CRLF, no newline at the end",
			text: "t;a;b;bad\r\n2020-03-09 10:14:33;1,5;2;0\r\n2020-03-09 10:14:34;7;3;1",
			o:    &replay.Options{Time: "t", Values: replay.Columns("b"), Labels: replay.Columns("bad")},
			want: []replay.Row{
				{Line: 2, At: utc("2020-03-09 10:14:33"), Values: []float64{2}, Labels: []float64{0}},
				{Line: 3, At: utc("2020-03-09 10:14:34"), Values: []float64{3}, Labels: []float64{1}},
			},
		},
		{
			name: "order, byte order mark, blank lines, space",
			text: "\uFEFFa\tb\n\n 1\t 2 \n   \n3\t4\n",
			o:    &replay.Options{Values: replay.Columns("b", "a")},
			want: []replay.Row{{Line: 3, Values: []float64{2, 1}}, {Line: 5, Values: []float64{4, 3}}},
		},
		{
			name: "quotes",
			text: "\"a, \"\"x\"\"\",b\n\"1\",2\n\"3\" ,\"4\"\n",
			o:    &replay.Options{Values: []replay.Column{{Name: `a, "x"`}, {Name: "b"}}},
			want: []replay.Row{{Line: 2, Values: []float64{1, 2}}, {Line: 3, Values: []float64{3, 4}}},
		},
		{
			name: "time zone and layouts",
			text: "t,a\n2022-01-31T12:21:15.5,1\n2022-01-31T12:21:16Z,2\n31.01.22 12:21,3\n",
			o: &replay.Options{
				Time: "t", Location: vienna,
				Layouts: []string{time.RFC3339, "2006-01-02T15:04:05", "02.01.06 15:04"},
			},
			want: []replay.Row{
				{Line: 2, At: utc("2022-01-31 11:21:15").Add(500 * time.Millisecond), Values: []float64{1}},
				{Line: 3, At: utc("2022-01-31 12:21:16"), Values: []float64{2}},
				{Line: 4, At: utc("2022-01-31 11:21:00"), Values: []float64{3}},
			},
		},
		{
			name: "period",
			text: "a\n1\n2\n\n3\n",
			o:    &replay.Options{Start: utc("2020-01-01 00:00:00"), Period: time.Minute},
			want: []replay.Row{
				{Line: 2, At: utc("2020-01-01 00:00:00"), Values: []float64{1}},
				{Line: 3, At: utc("2020-01-01 00:01:00"), Values: []float64{2}},
				{Line: 5, At: utc("2020-01-01 00:02:00"), Values: []float64{3}},
			},
		},
		{
			name: "optional column, flagged values",
			text: "a,b\n1,nan\n,2\n3,-inf\n4,5\n",
			o: &replay.Options{
				NaN:    replay.Flag,
				Values: []replay.Column{{Name: "a"}, {Name: "b"}, {Name: "c", Optional: true}},
			},
			want: []replay.Row{
				{Line: 2, Values: []float64{1, nan, nan}, Quality: sensor.OutOfRange},
				{Line: 3, Values: []float64{nan, 2, nan}, Quality: sensor.OutOfRange},
				{Line: 4, Values: []float64{3, math.Inf(-1), nan}, Quality: sensor.OutOfRange},
				{Line: 5, Values: []float64{4, 5, nan}},
			},
		},
		{
			name: "no header",
			text: "1,2,3\n4,5,6\n",
			o:    &replay.Options{Header: []string{"a", "b", "c"}, Values: replay.Columns("c"), Labels: replay.Columns("a")},
			want: []replay.Row{
				{Line: 1, Values: []float64{3}, Labels: []float64{1}},
				{Line: 2, Values: []float64{6}, Labels: []float64{4}},
			},
		},
		{
			name: "seconds",
			text: "t,a\n1451649600.123456789,1\n1451649600,2\n-0.5,3\n+.25,4\n1e3,5\n",
			o:    &replay.Options{Time: "t", TimeUnit: time.Second},
			want: []replay.Row{
				{Line: 2, At: utc("2016-01-01 12:00:00").Add(123456789), Values: []float64{1}},
				{Line: 3, At: utc("2016-01-01 12:00:00"), Values: []float64{2}},
				{Line: 4, At: time.Unix(0, -5e8).UTC(), Values: []float64{3}},
				{Line: 5, At: time.Unix(0, 25e7).UTC(), Values: []float64{4}},
				{Line: 6, At: time.Unix(1000, 0).UTC(), Values: []float64{5}},
			},
		},
		{
			name: "milliseconds since a start",
			text: "t,a\n0,1\n10.5,2\n",
			o:    &replay.Options{Time: "t", TimeUnit: time.Millisecond, Start: utc("2020-01-01 00:00:00")},
			want: []replay.Row{
				{Line: 2, At: utc("2020-01-01 00:00:00"), Values: []float64{1}},
				{Line: 3, At: utc("2020-01-01 00:00:00").Add(10500 * time.Microsecond), Values: []float64{2}},
			},
		},
		{
			name: "header only",
			text: "a,b",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, bad := rows(t, tt.text, tt.o)
			if bad != nil {
				t.Errorf("errors = %v; want none", bad)
			}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("rows differ (-want +got):\n%s", d)
			}
		})
	}
}

func TestReaderErrors(t *testing.T) {
	named := &replay.Options{Time: "t", Values: replay.Columns("a")}
	for _, tt := range []struct {
		name, text string
		o          *replay.Options
		want       error
		message    string
	}{
		{"empty file", "", nil, replay.ErrHeader, "replay: test.csv: there is no header row"},
		{"missing column", "t,b\n", named, replay.ErrColumn, `replay: test.csv:1: column "a": the header has no such column`},
		{"missing columns", "b\n", named, replay.ErrColumn, "replay: test.csv:1: column \"t\": the header has no such column\nreplay: test.csv:1: column \"a\": the header has no such column"},
		{"column twice", "t,a,a\n", named, replay.ErrDuplicate, `replay: test.csv:1: column "a": the header has this column more than once`},
		{"field count", "a,b\n1,2\n1,2,3\n", nil, replay.ErrFields, "replay: test.csv:3: wrong number of fields: 3, want 2 as in the header"},
		{"not a number", "a,b\n1,2x\n", nil, replay.ErrNumber, `replay: test.csv:2: column "b": "2x" is not a number`},
		{"long field", "a\n" + strings.Repeat("x", 50) + "\n", nil, replay.ErrNumber, `replay: test.csv:2: column "a": "` + strings.Repeat("x", 40) + `"... is not a number`},
		{"empty field", "a,b\n1,\n", nil, replay.ErrNumber, `replay: test.csv:2: column "b": an empty field is not a number`},
		{"not finite", "a\nNaN\n", nil, replay.ErrNotFinite, `replay: test.csv:2: column "a": "NaN" is not a finite number`},
		{"too large", "a\n1e999\n", nil, replay.ErrNotFinite, `replay: test.csv:2: column "a": "1e999" is not a finite number`},
		{"not a time", "t,a\n12:00,1\n", &replay.Options{Time: "t", Layouts: []string{time.DateTime}}, replay.ErrTime, `replay: test.csv:2: column "t": "12:00" is not a time written as 2006-01-02 15:04:05`},
		{"not a number of seconds", "t,a\nnan,1\n", &replay.Options{Time: "t", TimeUnit: time.Second}, replay.ErrTime, `replay: test.csv:2: column "t": "nan" is not a time written as a number of 1s`},
		{"too many seconds", "t,a\n1e10,1\n", &replay.Options{Time: "t", TimeUnit: time.Second}, replay.ErrTime, `replay: test.csv:2: column "t": "1e10" is not a time written as a number of 1s`},
		{"open quote", "a,b\n\"1,2\n", nil, replay.ErrQuote, "replay: test.csv:2: a quoted field does not end where it should"},
		{"text after quote", "a,b\n\"1\"x,2\n", nil, replay.ErrQuote, "replay: test.csv:2: a quoted field does not end where it should"},
		{"open quote in the header", "\"a,b\n", nil, replay.ErrQuote, "replay: test.csv:1: a quoted field does not end where it should"},
		{"long line", "a\n" + strings.Repeat("1", 70000) + "\n2\n", nil, replay.ErrLine, "replay: test.csv:2: the line is longer than 65536 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := replay.NewReader(strings.NewReader(tt.text), "test.csv", tt.o)
			for err == nil {
				err = r.Next(new(replay.Row))
			}
			if !errors.Is(err, tt.want) || err.Error() != tt.message {
				t.Errorf("error = %v; want %v", err, tt.message)
			}
			if _, ok := errors.AsType[*replay.Error](err); !ok {
				t.Errorf("error is a %T; want a *replay.Error in it", err)
			}
		})
	}
}

// TestReaderGoesOn skips the rows that are wrong.
func TestReaderGoesOn(t *testing.T) {
	good, bad := rows(t, "a,b\n1,2\nx,2\n3\n4,5\n", nil)
	if len(good) != 2 || good[1].Values[0] != 4 || good[1].Line != 5 {
		t.Errorf("good rows = %v; want lines 2 and 5", good)
	}
	if len(bad) != 2 {
		t.Errorf("errors = %v; want those of lines 3 and 4", bad)
	}
}

// TestReaderFails gives the error of a broken file once, and is at the end then.
func TestReaderFails(t *testing.T) {
	in := io.MultiReader(strings.NewReader("a\n1\n2"), iotest.ErrReader(fs.ErrPermission))
	r, err := replay.NewReader(in, "test.csv", nil)
	if err != nil {
		t.Fatalf("NewReader = %v; want nil", err)
	}
	var row replay.Row
	if err := r.Next(&row); err != nil || row.Values[0] != 1 {
		t.Errorf("first Next = %v, %v; want 1, nil", row.Values, err)
	}
	err = r.Next(&row)
	if e, ok := errors.AsType[*replay.Error](err); !ok || e.Line != 3 || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("second Next = %v; want an *Error for line 3 around fs.ErrPermission", err)
	}
	if err := r.Next(&row); err != io.EOF {
		t.Errorf("third Next = %v; want io.EOF", err)
	}
}

func TestOpen(t *testing.T) {
	if _, err := replay.Open("testdata/none.csv", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of no file = %v; want fs.ErrNotExist", err)
	}
	r, err := replay.Open("testdata/kitchen.csv", nil)
	if err != nil {
		t.Fatalf("Open = %v; want nil", err)
	}
	var row replay.Row
	if err := r.Next(&row); err == nil {
		t.Error("Next of a file with times as values = nil; want an error")
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Errorf("Close twice = %v; want nil", err)
	}
	if err := r.Next(&row); err != io.EOF {
		t.Errorf("Next after Close = %v; want io.EOF", err)
	}
}

func TestBadOptions(t *testing.T) {
	_, err := replay.Open("testdata/none.csv", &replay.Options{
		Comma: '"', NaN: 7, Time: "t", Period: -1,
		Values: replay.Columns("a", ""), Labels: replay.Columns(""),
		TimeUnit: -1, Layouts: []string{time.Kitchen},
	})
	multi, ok := err.(interface{ Unwrap() []error })
	if !ok || len(multi.Unwrap()) != 8 {
		t.Errorf("Open = %v; want eight problems", err)
	}
}

func TestColumnNames(t *testing.T) {
	r, err := replay.NewReader(strings.NewReader("t,x,y,l\n"), "test.csv", &replay.Options{
		Time: "t", Labels: []replay.Column{{Name: "l", As: "label"}},
	})
	if err != nil {
		t.Fatalf("NewReader = %v; want nil", err)
	}
	if d := cmp.Diff([]string{"x", "y"}, r.Values()); d != "" {
		t.Errorf("Values() (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"label"}, r.Labels()); d != "" {
		t.Errorf("Labels() (-want +got):\n%s", d)
	}
}

func TestNextAllocations(t *testing.T) {
	for _, tt := range []struct {
		name, row string
		o         *replay.Options
	}{
		{"date", "2020-03-09 10:14:33;0.026588;-1.5e3;0\n", &replay.Options{Time: "datetime", Labels: replay.Columns("flag")}},
		{"seconds", "1583748873.123456;0.026588;-1.5e3;0\n", &replay.Options{Time: "datetime", TimeUnit: time.Second, Labels: replay.Columns("flag")}},
	} {
		r, err := replay.NewReader(strings.NewReader("datetime;a;b;flag\n"+strings.Repeat(tt.row, 300)), "test.csv", tt.o)
		if err != nil {
			t.Fatalf("NewReader = %v; want nil", err)
		}
		var row replay.Row
		got := testing.AllocsPerRun(200, func() {
			if err := r.Next(&row); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%s: Next allocates %v times; want 0", tt.name, got)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	const n = 1000
	text := "datetime;a;b;c;d;e;f;g;h;anomaly;changepoint\n" +
		strings.Repeat("2020-03-09 10:14:33;0.026588;0.040111;1.33020;0.054711;79.3366;26.0199;233.062;32;0.0;0.0\n", n)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := replay.NewReader(strings.NewReader(text), "bench.csv", &replay.Options{
			Time: "datetime", Labels: replay.Columns("anomaly", "changepoint"),
		})
		if err != nil {
			b.Fatal(err)
		}
		var row replay.Row
		for err == nil {
			err = r.Next(&row)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "a\n1\n", "t;a;b\r\n2020-03-09 10:14:33;1;2\r\n", "t,a\n2022-01-31T12:21:15Z,1",
		"\"t\",\"a\"\n\"2022-01-31 12:21:15\",\"1\"\n", "\"\"\"\"\n1\n", "\uFEFFt|a\n|\n", "a,a\n1,1\n", "a\nnan\ninf\n0x1p-2\n\n", "a,\"b\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, flag bool) {
		o := &replay.Options{}
		if flag {
			o = &replay.Options{Time: "t", Values: []replay.Column{{Name: "a", Unit: replay.Fahrenheit, Optional: true}}, NaN: replay.Flag}
			if len(data)%2 == 1 {
				o.TimeUnit = time.Second
			}
		}
		r, err := replay.NewReader(strings.NewReader(string(data)), "fuzz.csv", o)
		if err != nil {
			return
		}
		lines, last := strings.Count(string(data), "\n")+1, 1
		for row, err := range r.All() {
			if e, ok := errors.AsType[*replay.Error](err); err != nil && !ok {
				t.Fatalf("Next = %v; want an *Error", err)
			} else if ok && (len(row.Values) != 0 || e.Line > lines) {
				t.Fatalf("Next = %v with %v, of %d lines", e, row, lines)
			}
			if err != nil {
				continue
			}
			if row.Line <= last || row.Line > lines {
				t.Fatalf("line %d follows %d, of %d", row.Line, last, lines)
			}
			last = row.Line
			if len(row.Values) != len(r.Values()) {
				t.Fatalf("row has %d values; want %d", len(row.Values), len(r.Values()))
			}
			for _, v := range row.Values {
				if !flag && (math.IsNaN(v) || math.IsInf(v, 0)) {
					t.Fatalf("row has %v; want finite values", row.Values)
				}
			}
		}
	})
}
