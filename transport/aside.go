package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/internal/seglog"
)

// AsideMessage is a message that was set aside because the broker does not take
// it. It counts as dropped by its lane, with [DroppedPoison], and lies in the
// outbox's directory until it is queued again or discarded.
type AsideMessage struct {
	Lane       string
	Epoch, Seq uint64 // its identity, as in Receipt
	Topic      string
	Payload    []byte
	Retain     bool
	ID         string
	Reason     string
	At         time.Time // when it was set aside

	seq  uint64 // in the log of messages set aside
	size int64  // there
}

// asideLog keeps messages that were set aside. Its bound is Options.MaxAside:
// the oldest make room.
type asideLog struct {
	o *Outbox

	mu    sync.Mutex // one writer
	log   *seglog.Log
	count int
	bytes int64
}

const (
	recordAside  = 2
	asideSegment = 64 << 10
)

func openAside(o *Outbox) (*asideLog, error) {
	a := &asideLog{o: o}
	l, rec, err := seglog.Open(seglog.Options{
		FS: o.fs, Dir: filepath.Join(o.dir, "aside"), Lane: "aside",
		Segment: min(asideSegment, o.opts.SegmentBytes), Sync: seglog.Always, Logger: o.opts.Logger,
		Keys: o.opts.Keys.seglog(), Synced: o.syncs.add,
		Recovered: func(r seglog.Record) {
			a.count++
			a.bytes += r.Size
		},
	})
	if err != nil {
		return nil, keyError("aside", err)
	}
	a.log = l
	if rec.Pending > 0 {
		o.opts.Logger.Warn("messages are set aside", "count", rec.Pending)
	}
	return a, nil
}

func (a *asideLog) close() error {
	if err := a.log.Close(); err != nil {
		return fmt.Errorf("transport: close messages set aside: %w", err)
	}
	return nil
}

func (a *asideLog) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

// A message set aside is one record of kind recordAside:
//
//	time in Unix nanoseconds, lengths of lane and reason, number: uvarint each
//	lane, reason, the message as in its lane
func (m *AsideMessage) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(m.At.UnixNano()))
	b = binary.AppendUvarint(b, uint64(len(m.Lane)))
	b = binary.AppendUvarint(b, uint64(len(m.Reason)))
	b = binary.AppendUvarint(b, m.Seq)
	b = append(b, m.Lane...)
	b = append(b, m.Reason...)
	return appendMessage(b, &Message{Topic: m.Topic, Payload: m.Payload, ID: m.ID}, m.Epoch, 0)
}

func parseAside(r seglog.Record) (m AsideMessage, err error) {
	var v [4]uint64
	b := r.Payload
	for i := range v {
		n := 0
		if v[i], n = binary.Uvarint(b); n <= 0 {
			return m, errRecord
		}
		b = b[n:]
	}
	if r.Kind != recordAside || v[1] > uint64(len(b)) || v[2] > uint64(len(b))-v[1] {
		return m, errRecord
	}
	m = AsideMessage{At: time.Unix(0, int64(v[0])), Seq: v[3], Lane: string(b[:v[1]]), Reason: string(b[v[1] : v[1]+v[2]]), seq: r.Seq, size: r.Size}
	it, err := parseMessage(r.Flags, b[v[1]+v[2]:])
	if err != nil {
		return m, err
	}
	m.Epoch, m.Topic, m.ID, m.Retain = it.epoch, it.topic, it.id, it.retain
	m.Payload = append([]byte(nil), it.payload...)
	return m, nil
}

// setAside moves a message out of its lane. Only when it is durable here does it
// leave there; a power cut in between leaves it in both, and it is then found
// here when it is to be set aside again.
func (o *Outbox) setAside(q *queue, it *item, reason string) error {
	m := AsideMessage{
		Lane: q.Name, Epoch: it.epoch, Seq: it.seq, Topic: it.topic, Payload: it.payload, Retain: it.retain, ID: it.id,
		Reason: reason, At: time.Now(),
	}
	if err := o.aside.add(&m); err != nil {
		return fmt.Errorf("transport: set a message of lane %q aside: %w", q.Name, err)
	}
	o.opts.Logger.Error("message set aside", "lane", m.Lane, "epoch", m.Epoch, "seq", m.Seq, "topic", m.Topic, "bytes", len(m.Payload), "reason", reason)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.giveUp(&q.main, it, DroppedPoison)
	return nil
}

func (a *asideLog) add(m *AsideMessage) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for have, err := range a.all() {
		if err == nil && have.Lane == m.Lane && have.Epoch == m.Epoch && have.Seq == m.Seq {
			return nil
		}
	}
	record := m.append(nil)
	size := a.log.Size(len(record))
	for have, err := range a.all() {
		if a.count == 0 || a.bytes+size <= a.o.opts.MaxAside {
			break
		}
		if err != nil {
			return err
		}
		a.o.opts.Logger.Error("a message set aside makes room", "lane", have.Lane, "epoch", have.Epoch, "seq", have.Seq, "topic", have.Topic)
		a.remove(&have)
	}
	var flags byte
	if m.Retain {
		flags = flagRetain
	}
	if _, err := a.log.Append(recordAside, flags, record); err != nil {
		return err
	}
	a.count++
	a.bytes += size
	return nil
}

// remove is called with mu held.
func (a *asideLog) remove(m *AsideMessage) {
	a.log.Ack(m.seq)
	a.count--
	a.bytes -= m.size
}

// all reads what is there, the oldest first.
func (a *asideLog) all() iter.Seq2[AsideMessage, error] {
	return func(yield func(AsideMessage, error) bool) {
		r := a.log.NewReader()
		defer r.Close()
		for {
			rec, ok, err := r.Next()
			if errors.Is(err, seglog.ErrClosed) {
				err = ErrClosed
			}
			if err != nil {
				yield(AsideMessage{}, err)
				return
			}
			if !ok {
				return
			}
			m, err := parseAside(rec)
			if err != nil {
				err = fmt.Errorf("transport: message %d set aside: %w", rec.Seq, err)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// Aside yields the messages that were set aside because the broker does not
// take them, the oldest first. They are told in Stats, in the log and by Drops
// when it happens.
func (o *Outbox) Aside() iter.Seq2[AsideMessage, error] { return o.aside.all() }

// Requeue publishes a message that was set aside again, in its lane, as a new
// message behind all others there and without an Expiry, and takes it away from
// those set aside. The error is that of [Outbox.Publish]; it then stays aside.
func (o *Outbox) Requeue(ctx context.Context, m AsideMessage) (Receipt, error) {
	r, err := o.Publish(ctx, Message{Topic: m.Topic, Payload: m.Payload, Lane: m.Lane, Retain: m.Retain, ID: m.ID})
	if err != nil {
		return r, err
	}
	return r, o.Discard(m)
}

// Discard deletes a message that was set aside, durably. Discarding one that is
// gone does nothing.
func (o *Outbox) Discard(m AsideMessage) error {
	a := o.aside
	a.mu.Lock()
	defer a.mu.Unlock()
	if m.seq == 0 || a.log.Acked(m.seq) {
		return nil
	}
	a.remove(&m)
	if err := a.log.Checkpoint(); err != nil {
		if errors.Is(err, seglog.ErrClosed) {
			return ErrClosed
		}
		return fmt.Errorf("transport: discard a message set aside: %w", err)
	}
	return nil
}
