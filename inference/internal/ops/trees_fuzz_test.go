package ops

import (
	"math"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// FuzzTrees makes ensembles of any bytes, six a node: none may panic, or walk in circles.
func FuzzTrees(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 2, 0, 1, 6, 0, 0, 0, 0, 2, 6, 0, 0, 0}, uint8(0))
	f.Add([]byte{0, 0, 4, 0, 1, 1, 0, 1, 5, 1, 0, 0}, uint8(1))
	f.Add([]byte{0, 0, 0, 0, 3, 2, 0, 1, 6, 0, 0, 0, 0, 2, 6, 0, 0, 0, 0, 3, 1, 0, 4, 4, 0, 4, 2, 0, 3, 1}, uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, aggregate uint8) {
		a := emptyForest(2)
		modes := []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF"}
		a["aggregate_function"] = []string{"SUM", "AVERAGE", "MIN", "MAX"}[aggregate%4]
		v5 := attrs{"n_targets": int64(2), "aggregate_function": int64(aggregate % 4), "tree_roots": []int64{0}}
		var kinds []uint8
		var splits []float32
		var lists [5][]int64
		for ; len(data) >= 6; data = data[6:] {
			mode := data[2] % 7
			a["nodes_modes"] = append(a["nodes_modes"].([]string), modes[mode])
			a["nodes_values"] = append(a["nodes_values"].([]float32), float32(data[3]>>2)-1)
			for list, v := range map[string]byte{
				"nodes_treeids": data[0], "nodes_nodeids": data[1], "nodes_featureids": data[3] & 3,
				"nodes_missing_value_tracks_true": data[2] >> 7, "nodes_truenodeids": data[4], "nodes_falsenodeids": data[5],
			} {
				a[list] = append(a[list].([]int64), int64(v))
			}
			if mode == 6 {
				for list, v := range map[string]byte{"target_treeids": data[0], "target_nodeids": data[1], "target_ids": data[4] & 1} {
					a[list] = append(a[list].([]int64), int64(v))
				}
				a["target_weights"] = append(a["target_weights"].([]float32), float32(data[5]))
			}
			kinds, splits = append(kinds, data[2]%8), append(splits, float32(data[3]))
			for i, v := range []byte{data[3] & 3, data[4] >> 1, data[4] & 1, data[5] >> 1, data[5] & 1} {
				lists[i] = append(lists[i], int64(v))
			}
		}
		x := []float64{0, 1, 2, math.NaN(), math.Inf(1), -1, 3, 2}
		c := call{domain: ml, op: "TreeEnsembleRegressor", opset: 3, attrs: a, in: []*tensor.Tensor{f32(x, 2, 4)}, outs: 1}
		_, _ = c.try(t)
		v5["nodes_modes"], v5["nodes_splits"] = tensor.Of(kinds, len(kinds)), tensor.Of(splits, len(splits))
		v5["membership_values"] = tensor.Of(splits, len(splits))
		v5["nodes_featureids"], v5["nodes_truenodeids"], v5["nodes_trueleafs"] = lists[0], lists[1], lists[2]
		v5["nodes_falsenodeids"], v5["nodes_falseleafs"] = lists[3], lists[4]
		v5["leaf_targetids"], v5["leaf_weights"] = []int64{0, 1, 1}, tensor.Of([]float32{1, 2, 3}, 3)
		c.op, c.opset, c.attrs = "TreeEnsemble", 5, v5
		_, _ = c.try(t)
	})
}
