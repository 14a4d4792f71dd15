package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
)

// attentionMasks are the types that masks may have.
const attentionMasks = dtype.Numbers | dtype.Halves | dtype.Bools

// attentionAttrs are the attributes that all versions have.
var attentionAttrs = []Attr{
	{"is_causal", Int, 0},
	{"kv_num_heads", Int, nil},
	{"q_num_heads", Int, nil},
	{"qk_matmul_output_mode", Int, 0},
	{"scale", Float, nil},
	{"softcap", Float, 0.0},
	{"softmax_precision", Int, nil},
}

var _ = register(&opAttention)

// opAttention computes for each query the sum of the values, weighted by the softmax of the query's products with
// their keys.
var opAttention = Op{
	Name: "Attention",
	Versions: []Version{
		{
			Since: 23, In: Args{"T1", "T1", "T2", "U?", "T1?", "T2?"}, Out: Args{"T1", "T1?", "T2?", "T1?"},
			Types:  []Constraint{{"T1", dtype.Floating}, {"T2", dtype.Floating}, {"U", attentionMasks}},
			Common: &attentionAttrs, Infer: inferAttention, New: newAttention, Cost: attentionCost,
		},
		{
			Since: 24, In: Args{"T1", "T1", "T2", "U?", "T1?", "T2?", "int64?"}, Out: Args{"T1", "T1?", "T2?", "T1?"},
			Types:  []Constraint{{"T1", dtype.Floating}, {"T2", dtype.Floating}, {"U", attentionMasks}},
			Common: &attentionAttrs, Infer: inferAttention, New: newAttention, Cost: attentionCost,
		},
		{
			Since: 25, In: Args{"T1", "T1", "T2", "U?", "T1?", "T2?", "int64?"}, Out: Args{"T1", "T1?", "T2?", "T1?"},
			Types:  []Constraint{{"T1", dtype.Floating}, {"T2", dtype.Floating}, {"U", attentionMasks}},
			Attrs:  []Attr{{"left_window_size", Int, -1}, {"right_window_size", Int, -1}},
			Common: &attentionAttrs, Infer: inferAttention, New: newAttention, Cost: attentionCost,
		},
	},
}

// The inputs of Attention. Queries, keys and values have four dimensions, [batch, heads, sequence, size of a head], or
// three, [batch, sequence, heads * size]. What is past has four.
const (
	attentionQ = iota
	attentionK
	attentionV
	attentionMask   // broadcasts to [batch, heads, queries, past and new keys], the last one may be shorter
	attentionPastK  // keys that go before K's
	attentionPastV  // and their values
	attentionNonpad // [batch]: how many of the keys are any
)

// The outputs of Attention.
const (
	attentionY        = iota
	attentionPresentK // past and new keys
	attentionPresentV
	attentionScores // [batch, heads, queries, keys]: what qk_matmul_output_mode asks for
)

// What the output attentionScores holds.
const (
	scoresRaw     = iota // products of queries and keys
	scoresCapped         // after the soft cap
	scoresBiased         // after the mask
	scoresSoftmax        // after the softmax
)

func inferAttention(n *Node) error {
	if err := checkAttention(n); err != nil {
		return err
	}
	d, err := attentionDimsOf(n)
	if err != nil {
		return err
	}
	total := d.total()
	if n.In[attentionQ].Shape.Ranked() || n.In[attentionK].Shape.Ranked() || n.In[attentionV].Shape.Ranked() {
		n.SetOut(attentionY, d.output())
	}
	n.SetOut(attentionPresentK, shape.Of(d.batch, d.kvHeads, total, d.size))
	n.SetOut(attentionPresentV, shape.Of(d.batch, d.kvHeads, total, d.valueSize))
	n.SetOut(attentionScores, shape.Of(d.batch, d.heads, d.queries, total))
	if n.Has(attentionNonpad) {
		if s := n.In[attentionNonpad].Shape; s.Ranked() {
			if s.Rank() != 1 {
				return fault.Shape("nonpad_kv_seqlen has %d dimensions, not 1", s.Rank())
			}
			if err := agree("nonpad_kv_seqlen", &d.batch, s.Dim(0)); err != nil {
				return err
			}
		}
	}
	if n.Has(attentionMask) && n.In[attentionMask].Shape.Ranked() {
		return checkMask(n.In[attentionMask].Shape, d)
	}
	return nil
}

// checkAttention checks attributes, and which inputs are given.
func checkAttention(n *Node) error {
	if n.Has(attentionNonpad) && n.Has(attentionPastK) {
		return fault.Format("nonpad_kv_seqlen is given, which counts all keys, and past keys are")
	}
	if mode := n.Int("qk_matmul_output_mode"); mode < scoresRaw || mode > scoresSoftmax {
		return fault.Format("qk_matmul_output_mode is %d", mode)
	}
	if _, err := softmaxPrecision(n); err != nil {
		return err
	}
	if n.Version.Attr("left_window_size") == nil {
		return nil
	}
	if left, right := n.Int("left_window_size"), n.Int("right_window_size"); left < -1 || right < -1 {
		return fault.Format("a window of %d keys to the left and %d to the right", left, right)
	}
	if n.In[attentionQ].Shape.Rank() == 4 && (n.HasAttr("q_num_heads") || n.HasAttr("kv_num_heads")) {
		return fault.Format("numbers of heads are given, which the inputs have as a dimension")
	}
	return nil
}

// softmaxPrecision returns the type that softmax_precision names, Undefined when it is absent.
func softmaxPrecision(n *Node) (dtype.DType, error) { return floatType(n, "softmax_precision") }

func attentionCost(n *Node) int64 {
	d, err := attentionDimsOf(n)
	if err != nil {
		return 0
	}
	return d.work()
}

func newAttention(n *Node) (Kernel, error) {
	if frugal {
		return inDoubles(n, attention64)
	}
	return choose(n, typed[float32](attention32), typed[float64](attention64))
}
