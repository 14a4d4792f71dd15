package transport

import (
	"fmt"
	"strconv"
	"strings"
)

// identity is Packet.ID for the messages of one packet. A batch has another form
// than a message, because a repetition may be cut in other batches: what names
// its first message says nothing of the rest.
func (q *queue) identity(items []item) string {
	first, last := &items[0], &items[len(items)-1]
	switch {
	case len(items) > 1:
		return fmt.Sprintf("%d-%s-%d..%d", first.epoch, q.Name, first.seq, last.seq)
	case first.id != "":
		return first.id
	case q.Batch != nil:
		return fmt.Sprintf("%d-%s-%d..%d", first.epoch, q.Name, first.seq, first.seq)
	}
	return fmt.Sprintf("%d-%s-%d", first.epoch, q.Name, first.seq)
}

// Identity returns who the message is, for [Dedup.Seen], by what its sender's
// outbox told the broker in ID and Device. It is what an [Envelope] says, with
// the payload as Data, and no envelope is needed for it, but a protocol that
// carries both: MQTT 5. ok is false when it does not name one message: when the
// sender has no Options.Device, gave the message an ID of its own, or sent it as
// a batch, in which each message can have an envelope.
func (m *Inbound) Identity() (e Envelope, ok bool) {
	if m.Device == "" || !validDevice(m.Device) {
		return e, false
	}
	from, to := strings.IndexByte(m.ID, '-'), strings.LastIndexByte(m.ID, '-')
	if from == to || !validLane(m.ID[from+1:to]) {
		return e, false
	}
	epoch, ok1 := parseNumber(m.ID[:from])
	seq, ok2 := parseNumber(m.ID[to+1:])
	if !ok1 || !ok2 || seq == onceBit {
		return e, false
	}
	return Envelope{Device: m.Device, Epoch: epoch, Lane: m.ID[from+1 : to], Seq: seq, Data: m.Payload}, true
}

// parseNumber takes a number above 0 in the one form in which it is written.
func parseNumber(s string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil && n > 0 && s[0] != '0' && s[0] != '+'
}
