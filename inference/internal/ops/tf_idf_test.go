package ops

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// gramCounts counts the n-grams of a pool by going through all places of a row where each could be.
func gramCounts(pool [][]string, row []string, least, most, skips int) []float64 {
	out := make([]float64, len(pool))
	for g, gram := range pool {
		if len(gram) < least || len(gram) > most {
			continue
		}
		for skip := range skips + 1 {
			if len(gram) == 1 && skip > 0 {
				break // a single item has nothing to skip
			}
			for start := range row {
				found := true
				for i, item := range gram {
					at := start + i*(skip+1)
					found = found && at < len(row) && row[at] == item
				}
				if found {
					out[g]++
				}
			}
		}
	}
	return out
}

func TestTfIdf(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "b", "c"}
	ints := map[string]int64{"a": -1, "b": 0, "c": 1 << 40, "d": 7}
	pool := [][]string{{"a"}, {"c"}, {"a", "b"}, {"b", "a"}, {"c", "c"}, {"a", "b", "a"}, {"c", "b", "a"}}
	counts := []int64{0, 2, 8}
	var strings []string
	var numbers []int64
	for _, gram := range pool {
		for _, item := range gram {
			strings, numbers = append(strings, item), append(numbers, ints[item])
		}
	}
	weights := []float32{0.5, 2, 3, -1, 0.25, 7, 1.5, 9}
	for trial := range 60 {
		least := 1 + rnd.IntN(3)
		most, skips := least+rnd.IntN(4-least), rnd.IntN(5)
		mode := []string{"TF", "IDF", "TFIDF"}[trial%3]
		places := rnd.Perm(len(pool))
		rows, width := 1+rnd.IntN(3), rnd.IntN(12)
		x := make([]string, rows*width)
		for i := range x {
			x[i] = append(letters, "d")[rnd.IntN(4)]
		}
		a := attrs{
			"mode": mode, "min_gram_length": int64(least), "max_gram_length": int64(most), "max_skip_count": int64(skips),
			"ngram_counts": counts, "ngram_indexes": make([]int64, len(pool)), "pool_strings": strings,
		}
		for i, p := range places {
			a["ngram_indexes"].([]int64)[i] = int64(p)
		}
		weighted := trial%2 == 0
		if weighted {
			a["weights"] = weights[:len(pool)]
		}
		want := make([]float64, rows*len(pool))
		for r := range rows {
			for g, n := range gramCounts(pool, x[r*width:][:width], least, most, skips) {
				if mode == "IDF" {
					n = min(n, 1)
				}
				if weighted && mode != "TF" {
					n *= float64(weights[places[g]])
				}
				want[r*len(pool)+places[g]] = n
			}
		}
		what := fmt.Sprintf("%s %d to %d skipping %d", mode, least, most, skips)
		c := call{op: "TfIdfVectorizer", opset: 9, outs: 1, attrs: a, in: []*tensor.Tensor{table(x, rows, width)}}
		wantNumbers(t, what, c.run(t)[0], want, 1e-6)
		delete(a, "pool_strings")
		a["pool_int64s"] = numbers
		items := make([]int64, len(x))
		for i, s := range x {
			items[i] = ints[s]
		}
		c.in = []*tensor.Tensor{tensorOf(items, rows, width)}
		wantNumbers(t, what+" of int64", c.run(t)[0], want, 1e-6)
		wantNoAllocs(t, c)
		if rows == 1 {
			c.in = []*tensor.Tensor{tensorOf(items, width)}
			got := c.run(t)[0]
			wantNumbers(t, what+" of a list", got, want, 1e-6)
			if !slices.Equal(got.Shape, []int{len(pool)}) {
				t.Errorf("%s: shape %v; want [%d]", what, got.Shape, len(pool))
			}
		}
	}
}

// TestTfIdfAttributes has lists that contradict each other, and numbers that are out of all bounds.
func TestTfIdfAttributes(t *testing.T) {
	x := tensorOf([]int32{1, 2, 3}, 3)
	good := attrs{
		"mode": "TF", "min_gram_length": int64(1), "max_gram_length": int64(2), "max_skip_count": int64(0),
		"ngram_counts": []int64{0, 1}, "ngram_indexes": []int64{0, 1}, "pool_int64s": []int64{2, 1, 2},
	}
	with := func(name string, value any) call {
		a := attrs{}
		for k, v := range good {
			a[k] = v
		}
		a[name] = value
		return call{op: "TfIdfVectorizer", opset: 9, outs: 1, attrs: a, in: []*tensor.Tensor{x}}
	}
	for _, skips := range []int64{0, 1 << 62, 1<<63 - 1} {
		c := with("max_skip_count", skips)
		wantNumbers(t, "skips", c.run(t)[0], []float64{1, 1}, 0)
	}
	c := with("max_gram_length", int64(1<<62))
	wantNumbers(t, "a great length", c.run(t)[0], []float64{1, 1}, 0)
	for _, bad := range []struct {
		name  string
		value any
	}{
		{"mode", "tf"},
		{"min_gram_length", int64(0)},
		{"max_gram_length", int64(0)},
		{"max_skip_count", int64(-1)},
		{"ngram_counts", []int64{}},
		{"ngram_counts", []int64{0, 2}},       // half a 2-gram
		{"ngram_counts", []int64{1, 0}},       // backwards
		{"ngram_counts", []int64{-1, 1}},      // before the pool
		{"ngram_counts", []int64{0, 1 << 40}}, // behind it
		{"ngram_counts", []int64{0}},          // more n-grams than indexes
		{"ngram_indexes", []int64{}},
		{"ngram_indexes", []int64{0, -1}},
		{"ngram_indexes", []int64{0, 1 << 40}},
		{"ngram_indexes", []int64{0}},
		{"pool_int64s", []int64{}},
		{"pool_strings", []string{"a"}},
	} {
		if out, err := with(bad.name, bad.value).try(t); err == nil {
			t.Errorf("%s of %v is no error, but %v", bad.name, bad.value, numbers(out[0]))
		}
	}
	for _, weights := range [][]float32{{1}, {1, 2, 3}} {
		c := with("weights", weights)
		c.attrs["mode"] = "IDF"
		if _, err := c.try(t); err == nil {
			t.Errorf("%d weights for 2 n-grams are no error", len(weights))
		}
	}
	c = with("mode", "TF")
	c.in = []*tensor.Tensor{words("a")}
	if _, err := c.try(t); err == nil {
		t.Error("strings for a pool of integers are no error")
	}
	c.in = []*tensor.Tensor{tensorOf(make([]int32, 8), 2, 2, 2)}
	if _, err := c.try(t); err == nil {
		t.Error("three dimensions are no error")
	}
}
