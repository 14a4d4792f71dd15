package cloudevents

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// ID is an id of an event that is made as transport's identity of a message is:
// 1753000003-air-17.
type ID struct {
	Epoch uint64 // one for each start of the producer, never 0
	Lane  string // 1 to 64 of a-z, 0-9, '-' and '_'
	Seq   uint64 // counts from 1
}

// AppendTo appends the id's text.
func (id ID) AppendTo(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.Epoch, 10)
	dst = append(append(append(dst, '-'), id.Lane...), '-')
	return strconv.AppendUint(dst, id.Seq, 10)
}

// String is the id's text.
func (id ID) String() string { return string(id.AppendTo(nil)) }

// ErrID reports an id that is not of this form.
var ErrID = errors.New("cloudevents: not an id of epoch, lane and number")

// ParseID reads what [ID.String] wrote.
func ParseID(s string) (ID, error) {
	epoch, rest, _ := strings.Cut(s, "-")
	i := strings.LastIndexByte(rest, '-')
	if i < 0 {
		return ID{}, ErrID
	}
	e, err1 := strconv.ParseUint(epoch, 10, 64)
	n, err2 := strconv.ParseUint(rest[i+1:], 10, 64)
	id := ID{e, rest[:i], n}
	if err1 != nil || err2 != nil || !id.valid() || id.String() != s {
		return ID{}, ErrID
	}
	return id, nil
}

func (id ID) valid() bool { return id.Epoch != 0 && id.Seq != 0 && validLane(id.Lane) }

func validLane(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// IDs gives out ids. It is safe for concurrent use.
type IDs struct {
	epoch uint64
	lane  string
	last  atomic.Uint64
}

// NewIDs returns ids of an epoch that no earlier start of the same producer had,
// which transport's Outbox.Epoch is, and of a name for what is counted. Two IDs
// of one source and epoch need different names.
func NewIDs(epoch uint64, lane string) (*IDs, error) {
	if epoch == 0 || !validLane(lane) {
		return nil, fmt.Errorf("cloudevents: ids of epoch %d and %.70q: the epoch is not 0, and the name 1 to 64 of a-z, 0-9, '-' and '_'", epoch, lane)
	}
	return &IDs{epoch: epoch, lane: lane}, nil
}

// Next is an id that was not given out before.
func (s *IDs) Next() ID { return ID{s.epoch, s.lane, s.last.Add(1)} }
