package verdict

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/transporttest"
)

func TestJudge(t *testing.T) {
	arrived := func(client string, conn int, ids ...string) (m []transporttest.Message) {
		for _, id := range ids {
			m = append(m, transporttest.Message{Client: client, Conn: conn, Topic: id[:1], Payload: []byte(id)})
		}
		return m
	}
	var all []transporttest.Message
	all = append(all, arrived("a", 1, "x1", "x2", "y1")...)
	all = append(all, arrived("a", 2, "x2", "x3", "x4")...) // x2 was in flight
	all = append(all, arrived("b", 3, "x3", "x4", "y2")...) // a crashed
	all = append(all, arrived("b", 4, "y4", "y3")...)       // out of order
	v := Judge([]string{"x1", "x2", "x3", "x4", "x5", "y1", "y2", "y3", "y4"}, all)
	want := &Verdict{
		Accepted: 9, Lost: 1, Again: 3,
		ByCrash:  map[string]int{"a": 2},
		ByLoss:   map[Connection]int{{"a", 1}: 1},
		Disorder: []string{"y3 after y4 on connection 4 of b"},
	}
	if d := cmp.Diff(want, v); d != "" {
		t.Error(d)
	}
	if got := len(v.Problems(1, 1)); got != 2 {
		t.Errorf("%d problems; want the loss and the order: %q", got, v.Problems(1, 1))
	}
	if got := len(v.Problems(0, 1)); got != 4 {
		t.Errorf("%d problems; want the repetitions as well: %q", got, v.Problems(0, 1))
	}
}
