package ops

import (
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// someInts returns the first of data as a list, whose length it says itself, and the rest. With the highest bit set its
// numbers are great ones.
func someInts(data []byte) (list []int64, rest []byte) {
	if len(data) == 0 {
		return nil, nil
	}
	n := min(int(data[0]%8), len(data)-1)
	for _, b := range data[1 : 1+n] {
		v := int64(int8(b))
		if data[0] >= 0x80 {
			v <<= 56 - data[0]%64
		}
		list = append(list, v)
	}
	return list, data[1+n:]
}

func floatList(list []int64) []float32 {
	out := make([]float32, len(list))
	for i, v := range list {
		out[i] = float32(v)
	}
	return out
}

// FuzzSVMClassifier has lists of any lengths, and numbers of any size where these count something.
func FuzzSVMClassifier(f *testing.F) {
	f.Add([]byte{2, 1, 1, 2, 5, 6, 2, 1, 1, 4, 1, 2, 3, 4, 1, 1, 1, 1, 1, 1}, uint8(0))
	f.Add([]byte{0x82, 1, 1, 2, 5, 6, 2, 1, 1}, uint8(2))
	f.Add([]byte{0, 2, 5, 6, 4, 1, 2, 3, 4}, uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		a := attrs{"kernel_type": svmKernels[kind%4], "post_transform": []string{"NONE", "SOFTMAX", "PROBIT", "SOFTMAX_ZERO"}[kind/4%4]}
		var list []int64
		list, data = someInts(data)
		a["vectors_per_class"] = list
		list, data = someInts(data)
		a["classlabels_ints"] = list
		for _, name := range []string{"coefficients", "support_vectors", "rho", "prob_a", "prob_b", "kernel_params"} {
			list, data = someInts(data)
			a[name] = floatList(list)
		}
		c := call{domain: ml, op: "SVMClassifier", opset: 1, outs: 2, attrs: a, in: []*tensor.Tensor{f32([]float64{1, -2, 3, 4}, 2, 2)}}
		out, err := c.try(t)
		if err == nil && (out[0].Len() != 2 || out[1].Shape[0] != 2) {
			t.Errorf("2 rows became %v and %v", out[0].Shape, out[1].Shape)
		}
	})
}

// FuzzTfIdfVectorizer has lists of any lengths and numbers of any size.
func FuzzTfIdfVectorizer(f *testing.F) {
	f.Add([]byte{3, 1, 2, 0, 2, 0, 1, 2, 0, 1, 3, 2, 1, 2})
	f.Add([]byte{0x83, 1, 2, 3, 2, 0, 1, 2, 0, 1, 3, 2, 1, 2})
	f.Add([]byte{3, 1, 2, 0, 0x82, 0, 1, 0x82, 0, 1, 3, 2, 1, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		lengths, data := someInts(data)
		lengths = append(lengths, 0, 0, 0)
		counts, data := someInts(data)
		places, data := someInts(data)
		pool, data := someInts(data)
		weights, _ := someInts(data)
		for _, p := range places {
			if p > 1<<16 {
				return // the output may be large, but is not to be made here
			}
		}
		c := call{op: "TfIdfVectorizer", opset: 9, outs: 1, in: []*tensor.Tensor{tensorOf([]int64{1, 2, 1, 2, 3, 1}, 6)}, attrs: attrs{
			"min_gram_length": lengths[0], "max_gram_length": lengths[1], "max_skip_count": lengths[2], "mode": "TFIDF",
			"ngram_counts": counts, "ngram_indexes": places, "pool_int64s": pool, "weights": floatList(weights),
		}}
		if out, err := c.try(t); err == nil && out[0].Len() == 0 {
			t.Error("there is no place to count in")
		}
	})
}
