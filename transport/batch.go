package transport

import (
	"encoding/binary"
	"errors"
	"iter"
	"time"
)

// BatchFormat is how the payloads of a batch are put together.
type BatchFormat int

const (
	// BatchJSON makes a JSON array. Payloads must be JSON, which Publish
	// checks, unless the lane's Envelope makes them so.
	BatchJSON BatchFormat = iota
	// BatchFrames puts the length of each payload before it, as a uvarint of
	// encoding/binary. Payloads may be any bytes. [Frames] takes them apart.
	BatchFrames
)

// Batch joins adjacent messages of the same topic and retain flag into one
// PUBLISH, which is acknowledged as a unit. A single message travels in the
// same format.
type Batch struct {
	// MaxMessages closes a batch; 0 means 100.
	MaxMessages int
	// MaxBytes bounds the payload of the batch before it is compressed; 0 means
	// 64 KiB, or Options.MaxPayload if that is less. A longer message goes
	// alone. Without Compress, Options.MaxPayload bounds it besides.
	MaxBytes int
	// MaxDelay is how long the first message of a batch waits for more; 0
	// means 1 s.
	MaxDelay time.Duration
	// Format is how the payloads are put together.
	Format BatchFormat
	// Compress, when set, compresses the payload of each batch. Package zstd
	// beside this one has one. A batch that is still longer than
	// Options.MaxPayload is sent in halves.
	Compress Compressor
}

// Compressor compresses batches. An outbox calls it from one goroutine at a
// time.
type Compressor interface {
	// Compress appends src, compressed, to dst. Where src cannot be made
	// shorter the result is at most a 256th and 64 bytes longer.
	Compress(dst, src []byte) []byte
}

// ErrFrames reports bytes that [Frames] cannot take apart.
var ErrFrames = errors.New("transport: not a batch of frames")

// Frames yields the payloads of a [BatchFrames] batch, which alias b. When b
// ends in the middle of one or is no such batch, ErrFrames is yielded last.
func Frames(b []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for len(b) > 0 {
			n, head := binary.Uvarint(b)
			if head <= 0 || n > uint64(len(b)-head) {
				yield(nil, ErrFrames)
				return
			}
			end := head + int(n)
			if !yield(b[head:end:end], nil) {
				return
			}
			b = b[end:]
		}
	}
}

func uvarintLen(n int) int {
	size := 1
	for n >>= 7; n > 0; n >>= 7 {
		size++
	}
	return size
}

// readBatch reads ahead no further than the batch at the front needs.
func (q *queue) readBatch(src *source, want int) {
	var r batchRun
	for len(src.ahead) < want {
		if q.Batch != nil {
			if r.extend(q, src.ahead); r.full {
				return
			}
		}
		had := len(src.ahead)
		q.read(src, had+1)
		if len(src.ahead) == had {
			return
		}
	}
}

// run is how many messages at the front make one batch, and whether no more can
// join it.
func (q *queue) run(src *source) (n int, full bool) {
	var r batchRun
	r.extend(q, src.ahead)
	return r.n, r.full
}

// batchRun is a batch that grows.
type batchRun struct {
	n    int
	size int
	full bool
}

// extend takes as many more of the messages as fit. Those it has are the first n.
func (r *batchRun) extend(q *queue, ahead []item) {
	most := q.Batch.MaxBytes
	if q.Batch.Compress == nil {
		most = min(most, q.o.opts.MaxPayload)
	}
	for !r.full && r.n < len(ahead) {
		it := &ahead[r.n]
		add := it.wire + 1 // and a comma or the second bracket
		if q.Batch.Format == BatchFrames {
			add = it.wire + uvarintLen(it.wire)
		} else if r.n == 0 {
			add++
		}
		switch {
		case r.n == 0:
			r.n, r.size = 1, add
			r.full = it.seq <= q.soloUntil || add > most || q.Batch.MaxMessages == 1
		case it.topic != ahead[0].topic || it.retain != ahead[0].retain || r.size+add > most:
			r.full = true
		default:
			r.n++
			r.size += add
			r.full = r.n == q.Batch.MaxMessages
		}
	}
}

// splitUntil makes messages up to that number travel in batches of one.
func (q *queue) splitUntil(seq uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.soloUntil = max(q.soloUntil, seq&^onceBit)
}

// pack makes a packet of as many of the messages as MaxPayload has room for,
// and of one at least.
func (q *queue) pack(items []item) (p Packet, n int) {
	for n = len(items); ; n = (n + 1) / 2 {
		p = q.packet(items[:n])
		if n == 1 || len(p.Payload) <= q.o.opts.MaxPayload {
			return p, n
		}
	}
}

// join puts the payloads of a batch together.
func (q *queue) join(items []item) []byte {
	json := q.Batch.Format == BatchJSON
	size := 2
	for i := range items {
		size += items[i].wire + uvarintLen(items[i].wire)
	}
	b := make([]byte, 0, size)
	if json {
		b = append(b, '[')
	}
	for i := range items {
		switch {
		case !json:
			b = binary.AppendUvarint(b, uint64(items[i].wire))
		case i > 0:
			b = append(b, ',')
		}
		b = q.appendPayload(b, &items[i])
	}
	if json {
		b = append(b, ']')
	}
	if q.Batch.Compress != nil {
		b = q.Batch.Compress.Compress(make([]byte, 0, len(b)/2), b)
	}
	return b
}

// sentSize is how long a packet's payload may be that has a message alone.
func (q *queue) sentSize(m *Message, json bool) int {
	n := len(m.Payload)
	if q.wraps(m.Retain, n) {
		n = q.envelopeSize(1<<63-1, 1<<63-1|onceBit, m.Payload, json)
	}
	if q.Batch == nil {
		return n
	}
	if q.Batch.Format == BatchFrames {
		n += uvarintLen(n)
	} else {
		n += 2
	}
	if q.Batch.Compress != nil {
		n += n/256 + 64
	}
	return n
}
