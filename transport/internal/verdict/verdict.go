// Package verdict judges a run of an outbox by what a recording broker wrote
// down. The tests of this module and of those nested in it share it.
package verdict

import (
	"fmt"

	"github.com/brinkml/brink/transport/transporttest"
)

// Verdict is what the oracle says about accepted messages. It counts each
// repetition against the connection on which the message had come before: that
// one's end is why it came again.
type Verdict struct {
	Accepted, Lost int
	Again          int // repetitions
	// ByCrash counts repetitions that another client sent, by the client that
	// had sent the message before and then ended without storing that it was
	// acknowledged.
	ByCrash map[string]int
	// ByLoss counts repetitions by the same client on a later connection.
	ByLoss map[Connection]int
	// Disorder tells of messages that passed others of their topic on one
	// connection.
	Disorder []string
}

// Connection is one of a client's, as the broker numbered it.
type Connection struct {
	Client string
	N      int
}

// Judge compares what Publish accepted with what arrived. Payloads of one topic
// must rise as text in the order in which they were published.
func Judge(accepted []string, arrived []transporttest.Message) *Verdict {
	v := &Verdict{Accepted: len(accepted), ByCrash: make(map[string]int), ByLoss: make(map[Connection]int)}
	type stream struct {
		Connection
		topic string
	}
	before := make(map[string]Connection, len(arrived))
	last := make(map[stream]string)
	for _, m := range arrived {
		id, on := string(m.Payload), Connection{m.Client, m.Conn}
		if was, ok := before[id]; ok {
			v.Again++
			if was.Client == on.Client {
				v.ByLoss[was]++
			} else {
				v.ByCrash[was.Client]++
			}
		}
		before[id] = on
		s := stream{on, m.Topic}
		if id <= last[s] {
			v.Disorder = append(v.Disorder, fmt.Sprintf("%s after %s on connection %d of %s", id, last[s], on.N, on.Client))
		}
		last[s] = id
	}
	for _, id := range accepted {
		if _, ok := before[id]; !ok {
			v.Lost++
		}
	}
	return v
}

// Problems tells what is against the promises: nothing lost, at most window
// repetitions after the loss of a connection and unstored more after a crash,
// and order on each connection.
func (v *Verdict) Problems(window, unstored int) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if v.Lost > 0 {
		bad("%d of %d accepted messages are lost", v.Lost, v.Accepted)
	}
	for client, n := range v.ByCrash {
		if n > window+unstored {
			bad("the crash of %s repeated %d messages; want at most %d", client, n, window+unstored)
		}
	}
	for c, n := range v.ByLoss {
		if n > window {
			bad("the loss of connection %d of %s repeated %d messages; want at most %d", c.N, c.Client, n, window)
		}
	}
	if len(v.Disorder) > 0 {
		bad("%d messages came out of order, the first: %s", len(v.Disorder), v.Disorder[0])
	}
	return problems
}

// String sums it up.
func (v *Verdict) String() string {
	return fmt.Sprintf("%d accepted, %d lost, %d arrived again (at most %d by one crash, %d by one connection's loss)",
		v.Accepted, v.Lost, v.Again, most(v.ByCrash), most(v.ByLoss))
}

func most[K comparable](counts map[K]int) (n int) {
	for _, k := range counts {
		n = max(n, k)
	}
	return n
}
