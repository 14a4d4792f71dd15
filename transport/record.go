package transport

import (
	"encoding/binary"
	"errors"
	"time"
)

// A message is stored as one record of kind recordMessage:
//
//	epoch, clock, expiry in ns, length of the topic, length of the ID: uvarint each
//	topic, ID, payload
const (
	recordMessage = 1
	flagRetain    = 1
)

var errRecord = errors.New("transport: record is not a message")

// item is one message on its way from a lane to the link.
type item struct {
	seq     uint64
	epoch   uint64
	topic   string
	id      string
	payload []byte
	retain  bool
	clock   time.Duration // when it was accepted, on the outbox's clock
	expiry  time.Duration
	size    int64 // what it takes of Lane.MaxBytes
	wire    int   // what it takes of a packet's payload
	json    bool  // it stands in its envelope as it is
}

func appendMessage(b []byte, m *Message, epoch uint64, clock time.Duration) []byte {
	b = binary.AppendUvarint(b, epoch)
	b = binary.AppendUvarint(b, uint64(clock))
	b = binary.AppendUvarint(b, uint64(m.Expiry))
	b = binary.AppendUvarint(b, uint64(len(m.Topic)))
	b = binary.AppendUvarint(b, uint64(len(m.ID)))
	b = append(b, m.Topic...)
	b = append(b, m.ID...)
	return append(b, m.Payload...)
}

// parseMessage reads a record. The item's payload aliases b.
func parseMessage(flags byte, b []byte) (it item, err error) {
	var v [5]uint64
	for i := range v {
		n := 0
		if v[i], n = binary.Uvarint(b); n <= 0 {
			return it, errRecord
		}
		b = b[n:]
	}
	topic, id := v[3], v[4]
	if v[1] > 1<<62 || v[2] > 1<<62 || topic > uint64(len(b)) || id > uint64(len(b))-topic {
		return it, errRecord
	}
	return item{
		epoch:   v[0],
		clock:   time.Duration(v[1]),
		expiry:  time.Duration(v[2]),
		topic:   string(b[:topic]),
		id:      string(b[topic : topic+id]),
		payload: b[topic+id:],
		retain:  flags&flagRetain != 0,
	}, nil
}
