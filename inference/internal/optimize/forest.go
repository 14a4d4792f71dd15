package optimize

import (
	"context"
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Converters write an isolation forest, and others of which they know no more than that they are trees, as many ensembles
// of one tree each, with a score that some 25 nodes make of the leaf, element by element. What these make of each leaf is
// known ahead, and becomes what the leaf says; then the trees are added up in one ensemble. That sum is one of float64,
// rounded once: results may differ in the last bits from those of the sum that the model asks for.
var forest = Pass{
	Name: "forest",
	Doc:  "make one tree ensemble of many that are added up, each after functions of its own of the leaf",
	run:  mergeForest,
}

func mergeForest(d *draft) (changed int) {
	f := &forester{draft: d, trees: map[int32]*trees{}}
	for i := range d.graph.Nodes {
		if t := f.read(d.node(i)); t != nil {
			f.trees[int32(i)] = t
		}
	}
	if len(f.trees) == 0 {
		return 0
	}
	f.selections()
	f.tabulate()
	f.add()
	for i, t := range f.trees {
		if t.changed > 0 && !d.gone[i] {
			t.write(&d.graph.Nodes[i])
		}
		changed += t.changed
	}
	d.settle()
	return changed
}

// forester is what the pass knows of the ensembles in a graph.
type forester struct {
	*draft
	trees map[int32]*trees // by node
}

// trees are the attributes of a TreeEnsembleRegressor, or of several that were merged, which adds up float32 and does no
// more than that.
type trees struct {
	roots                                 int // more than the greatest number of a tree
	targets                               int64
	tree, node, feature, yes, no, missing []int64
	modes                                 []string
	values                                []float32
	voteTree, voteNode, voteTarget        []int64
	weights                               []float32
	changed                               int
	domain                                int  // the operator set
	owned                                 bool // the lists do not belong to the model
}

// read returns the attributes of a node if it is such an ensemble, else nil.
func (f *forester) read(n *graph.Node) *trees {
	if n.Op != "TreeEnsembleRegressor" || n.Domain != "ai.onnx.ml" || len(n.Out) != 1 {
		return nil
	}
	_, v := ops.Lookup(n.Domain, n.Op, n.Opset)
	if v == nil {
		return nil
	}
	for i := range n.Attrs {
		switch n.Attrs[i].Name {
		case "base_values", "base_values_as_tensor", "nodes_values_as_tensor", "target_weights_as_tensor":
			return nil
		}
	}
	op := &ops.Node{Version: v, Attrs: n.Attrs}
	if op.String("post_transform") != "NONE" || op.String("aggregate_function") != "SUM" || op.Int("n_targets") < 1 {
		return nil
	}
	t := &trees{
		targets: op.Int("n_targets"), domain: n.Opset,
		node: op.Ints("nodes_nodeids"), feature: op.Ints("nodes_featureids"), yes: op.Ints("nodes_truenodeids"), no: op.Ints("nodes_falsenodeids"),
		missing: op.Ints("nodes_missing_value_tracks_true"), modes: op.Strings("nodes_modes"), values: op.Floats("nodes_values"),
		voteNode: op.Ints("target_nodeids"), voteTarget: op.Ints("target_ids"), weights: op.Floats("target_weights"),
	}
	tree, voteTree := op.Ints("nodes_treeids"), op.Ints("target_treeids")
	if len(t.missing) == 0 {
		t.missing = make([]int64, len(tree))
	}
	for _, n := range []int{len(t.node), len(t.feature), len(t.yes), len(t.no), len(t.missing), len(t.modes), len(t.values)} {
		if n != len(tree) {
			return nil // the checker or the kernel says what is wrong
		}
	}
	for _, n := range []int{len(t.voteNode), len(t.voteTarget), len(t.weights)} {
		if n != len(voteTree) {
			return nil
		}
	}
	// Trees are numbered from 0 on, so that those of others can follow.
	number := map[int64]int64{}
	for _, id := range tree {
		if _, ok := number[id]; !ok {
			number[id] = int64(len(number))
		}
	}
	t.roots = len(number)
	if t.tree = renumber(tree, number); t.tree == nil {
		return nil
	}
	t.voteTree = renumber(voteTree, number)
	if t.voteTree == nil && len(voteTree) > 0 {
		return nil
	}
	return t
}

// renumber returns a list with other numbers, nil when one is not known.
func renumber(list []int64, number map[int64]int64) []int64 {
	out := make([]int64, len(list))
	for i, v := range list {
		to, ok := number[v]
		if !ok {
			return nil
		}
		out[i] = to
	}
	return out
}

// write gives the attributes to a node.
func (t *trees) write(n *graph.Node) {
	ints := func(name string, v []int64) graph.Attr { return graph.Attr{Name: name, Kind: wire.AttrInts, Value: v} }
	floats := func(name string, v []float32) graph.Attr {
		return graph.Attr{Name: name, Kind: wire.AttrFloats, Value: v}
	}
	n.Attrs = []graph.Attr{
		{Name: "n_targets", Kind: wire.AttrInt, Value: t.targets},
		{Name: "nodes_modes", Kind: wire.AttrStrings, Value: t.modes},
		ints("nodes_treeids", t.tree), ints("nodes_nodeids", t.node), ints("nodes_featureids", t.feature),
		ints("nodes_truenodeids", t.yes), ints("nodes_falsenodeids", t.no), ints("nodes_missing_value_tracks_true", t.missing),
		floats("nodes_values", t.values),
		ints("target_treeids", t.voteTree), ints("target_nodeids", t.voteNode), ints("target_ids", t.voteTarget),
		floats("target_weights", t.weights),
	}
}

// selections has ensembles that look at a selection of columns look at these themselves.
func (f *forester) selections() {
	makers := f.makers()
	for i, t := range f.trees {
		n := f.node(int(i))
		m := makers[n.In[0]]
		if m < 0 {
			continue
		}
		from := f.node(int(m))
		switch {
		case from.Domain == "ai.onnx.ml" && from.Op == "ArrayFeatureExtractor":
		case f.op(from, "Gather") != nil:
			if axis := f.op(from).Int("axis"); axis != 1 && axis != -1 {
				continue
			}
		default:
			continue
		}
		columns := f.constant(input(from, 1))
		if columns == nil || from.Op == "Gather" && len(columns.Shape) != 1 {
			continue
		}
		o := ops.Operand{Type: f.values[from.In[1]].Type, Value: columns}
		list, ok := o.Ints()
		if !ok || slices.ContainsFunc(list, func(c int64) bool { return c < 0 }) ||
			slices.ContainsFunc(t.feature, func(c int64) bool { return c < 0 || c >= int64(len(list)) }) {
			continue
		}
		features := make([]int64, len(t.feature))
		for j, c := range t.feature {
			features[j] = list[c]
		}
		t.feature = features
		t.changed++
		n.In = []graph.ID{from.In[0]}
	}
}

// table is what a value is for each leaf of a tree: a tensor of one column with a row for each leaf.
type table struct {
	tree int32 // the node of its ensemble
	rows *tensor.Tensor
}

// tabulate has trees say what is made of their leaves.
func (f *forester) tabulate() {
	tables := map[graph.ID]table{} // the first of each tree is what its ensemble says now
	inside := map[int32][]int32{}  // by ensemble: the nodes that compute with its leaves alone
	wanted := map[int32][]graph.ID{}
	for i := range f.graph.Nodes {
		n := f.node(i)
		if t := f.trees[int32(i)]; t != nil {
			if rows := t.leaves(); rows != nil {
				tables[n.Out[0]] = table{int32(i), rows}
			}
			continue
		}
		if made, ok := f.evaluate(n, tables); ok {
			tables[n.Out[0]] = made
			inside[made.tree] = append(inside[made.tree], int32(i))
			continue
		}
		for id := range n.Reads {
			if t, ok := tables[id]; ok && !slices.Contains(wanted[t.tree], id) {
				wanted[t.tree] = append(wanted[t.tree], id)
			}
		}
	}
	for _, id := range f.graph.Outputs {
		if t, ok := tables[id]; ok && !slices.Contains(wanted[t.tree], id) {
			wanted[t.tree] = append(wanted[t.tree], id)
		}
	}
	for i, nodes := range inside {
		if len(wanted[i]) != 1 {
			continue
		}
		id, t, n := wanted[i][0], f.trees[i], f.node(int(i))
		rows := tables[id].rows
		if id == n.Out[0] || rows.DType != dtype.Float32 || !t.say(tensor.View[float32](rows)) {
			continue
		}
		t.changed++
		for _, j := range nodes {
			f.remove(int(j))
		}
		n.Out = []graph.ID{id}
	}
}

// leaves returns what a tree says in each of its leaves, in the order of its nodes; nil when there are several trees.
func (t *trees) leaves() *tensor.Tensor {
	if t.roots != 1 || t.targets != 1 {
		return nil
	}
	sums := map[int64]float64{}
	for i, id := range t.voteNode {
		sums[id] += float64(t.weights[i])
	}
	var list []float32
	for i, mode := range t.modes {
		if mode == "LEAF" {
			list = append(list, float32(sums[t.node[i]]))
		}
	}
	rows := tensor.New(dtype.Float32, []int{len(list), 1})
	copy(tensor.View[float32](rows), list)
	return rows
}

// say has the leaves of a tree say the given numbers, and reports whether all are numbers.
func (t *trees) say(rows []float32) bool {
	var ids, zeros []int64
	for i, mode := range t.modes {
		if mode == "LEAF" {
			ids, zeros = append(ids, t.node[i]), append(zeros, 0)
		}
	}
	for _, v := range rows {
		if v-v != 0 {
			return false
		}
	}
	t.voteNode, t.voteTree, t.voteTarget, t.weights = ids, zeros, zeros, slices.Clone(rows)
	return true
}

// elementwise are the operators whose output has in each place what follows from the inputs in that place.
var elementwise = []string{
	"Abs", "Add", "And", "Cast", "Ceil", "Clip", "Div", "Equal", "Exp", "Floor", "Greater", "GreaterOrEqual", "Identity", "Less",
	"LessOrEqual", "Log", "Max", "Min", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "Relu", "Sigmoid", "Sqrt", "Sub", "Sum", "Where",
}

// evaluate computes a node for all leaves, if its inputs are a column of one tree and constants of one element.
func (f *forester) evaluate(n *graph.Node, tables map[graph.ID]table) (table, bool) {
	none := table{tree: -1}
	if len(n.Out) != 1 || len(n.In) == 0 {
		return none, false
	}
	reshape := f.op(n, "Reshape") != nil
	if op := f.op(n, elementwise...); !reshape && (op == nil || op.Version.Attr("broadcast") != nil) &&
		(n.Domain != "ai.onnx.ml" || n.Op != "LabelEncoder") {
		return none, false
	}
	made := none
	in := make([]*tensor.Tensor, len(n.In))
	_, v := ops.Lookup(n.Domain, n.Op, n.Opset)
	if v == nil {
		return none, false
	}
	decl := &ops.Node{Version: v, Attrs: n.Attrs, In: make([]ops.Operand, len(n.In)), Out: make([]ops.Operand, 1)}
	for j, id := range n.In {
		if id == graph.None {
			continue
		}
		if t, ok := tables[id]; ok && (made.tree < 0 || made.tree == t.tree) {
			made.tree, in[j] = t.tree, t.rows
		} else if c := f.constant(id); c != nil && (c.Len() == 1 && len(c.Shape) <= 2 || reshape && j == 1) {
			in[j] = c
		} else {
			return none, false
		}
		decl.In[j] = ops.Operand{Type: f.values[id].Type, Present: true, Value: in[j]}
	}
	if made.tree < 0 {
		return none, false
	}
	if reshape {
		if dims, ok := f.ints(input(n, 1)); !ok || !slices.Equal(dims, []int64{-1, 1}) {
			return none, false
		}
	}
	decl.Out[0] = ops.Operand{Type: f.values[n.Out[0]].Type, Present: true}
	run := &ops.Run{Context: context.Background(), Budget: &ops.Budget{What: "bytes computed ahead of a run", Limit: 1 << 24}}
	out, err := ops.Eval(run, nil, decl, in)
	if err != nil || !slices.Equal(out[0].Shape, f.rowsOf(made.tree, tables)) {
		return none, false
	}
	made.rows = out[0]
	return made, true
}

// rowsOf returns the shape of the tables of a tree.
func (f *forester) rowsOf(tree int32, tables map[graph.ID]table) []int {
	return tables[f.graph.Nodes[tree].Out[0]].rows.Shape
}

// add merges ensembles that are added up.
func (f *forester) add() {
	makers, uses := f.makers(), f.uses()
	for i := range f.graph.Nodes {
		n := f.node(i)
		op := f.op(n, "Add", "Sum")
		if f.gone[i] || op == nil || op.Version.Attr("broadcast") != nil || len(n.In) < 2 {
			continue
		}
		first := int32(-1)
		rest := make([]graph.ID, 0, len(n.In))
		for _, id := range n.In {
			m := makers[id]
			t := f.trees[m]
			switch {
			case m < 0 || t == nil || uses[id] != 1:
				rest = append(rest, id)
			case first < 0:
				first = m
				rest = append(rest, id)
			case f.fits(first, m):
				f.trees[first].take(t)
				f.remove(int(m))
			default:
				rest = append(rest, id)
			}
		}
		switch {
		case len(rest) == len(n.In):
		case len(rest) == 1:
			t := &f.graph.Nodes[first]
			f.rename(t, t.Out[0], n.Out[0])
			makers[n.Out[0]] = first
			f.remove(i)
		default:
			n.In = rest
			if n.Op == "Add" {
				n.Op = "Sum"
			}
		}
	}
}

// fits reports whether the trees of node b can join those of a.
func (f *forester) fits(a, b int32) bool {
	s, t := f.trees[a], f.trees[b]
	return s.targets == t.targets && s.domain == t.domain && f.node(int(a)).In[0] == f.node(int(b)).In[0]
}

// take adds the trees of another ensemble.
func (t *trees) take(other *trees) {
	own(t, &t.tree, renumbered(other.tree, t.roots))
	own(t, &t.voteTree, renumbered(other.voteTree, t.roots))
	own(t, &t.node, other.node)
	own(t, &t.feature, other.feature)
	own(t, &t.yes, other.yes)
	own(t, &t.no, other.no)
	own(t, &t.missing, other.missing)
	own(t, &t.voteNode, other.voteNode)
	own(t, &t.voteTarget, other.voteTarget)
	own(t, &t.modes, other.modes)
	own(t, &t.values, other.values)
	own(t, &t.weights, other.weights)
	t.roots += other.roots
	t.changed++
	t.owned = true
}

// own appends to a list of t, which belongs to the model as long as t has taken nothing. It is not inlined, so that there is
// one copy of it for each type.
//
//go:noinline
func own[T any](t *trees, list *[]T, more []T) {
	if !t.owned {
		*list = slices.Clone(*list)
	}
	*list = append(*list, more...)
}

// renumbered returns the numbers of trees that come after others.
func renumbered(list []int64, after int) []int64 {
	out := make([]int64, len(list))
	for i, v := range list {
		out[i] = v + int64(after)
	}
	return out
}
