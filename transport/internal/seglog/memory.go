package seglog

import "sync"

const memoryChunk = 64 << 10

// Memory is a queue with the same methods that keeps nothing on disk. Chunks
// of memory are used again, so that a queue in balance does not allocate.
type Memory struct {
	mu     sync.Mutex
	chunks []*chunk
	spare  *chunk
	next   uint64
	mark   uint64
	acked  ranges
	closed bool
}

// chunk holds records from base on; index is where each begins.
type chunk struct {
	base  uint64
	index []int32
	bytes []byte
}

// NewMemory returns an empty queue.
func NewMemory() *Memory { return &Memory{next: 1} }

// Append adds a record and returns its number. payload is not kept.
func (m *Memory) Append(kind, flags byte, payload []byte) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, ErrClosed
	}
	var c *chunk
	if n := len(m.chunks); n > 0 {
		c = m.chunks[n-1]
	}
	if c == nil || len(c.bytes)+2+len(payload) > cap(c.bytes) {
		c = m.newChunk(2 + len(payload))
		m.chunks = append(m.chunks, c)
	}
	c.index = append(c.index, int32(len(c.bytes)))
	c.bytes = append(append(c.bytes, kind, flags), payload...)
	m.next++
	return m.next - 1, nil
}

func (m *Memory) newChunk(size int) *chunk {
	c := m.spare
	m.spare = nil
	if c == nil || cap(c.bytes) < size {
		c = &chunk{bytes: make([]byte, 0, max(size, memoryChunk))}
	}
	c.base, c.index, c.bytes = m.next, c.index[:0], c.bytes[:0]
	return c
}

// Ack acknowledges a record. Acknowledging twice does no harm.
func (m *Memory) Ack(seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq <= m.mark || seq >= m.next {
		return
	}
	m.acked.add(seq, seq+1)
	m.mark = m.acked.take(m.mark)
	for len(m.chunks) > 0 {
		c := m.chunks[0]
		if c.base+uint64(len(c.index))-1 > m.mark {
			break
		}
		if cap(c.bytes) == memoryChunk {
			m.spare = c
		}
		n := copy(m.chunks, m.chunks[1:])
		m.chunks[n] = nil
		m.chunks = m.chunks[:n]
	}
}

// Acked reports whether a record is acknowledged.
func (m *Memory) Acked(seq uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq <= m.mark {
		return true
	}
	_, ok := m.acked.find(seq)
	return ok
}

// Size is what a record with a payload of n bytes counts for.
func (m *Memory) Size(n int) int64 { return Size(n) }

// Checkpoint does nothing.
func (m *Memory) Checkpoint() error { return nil }

// Sync does nothing.
func (m *Memory) Sync() error { return nil }

// Close forgets everything.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.chunks, m.spare, m.closed = nil, nil, true
	return nil
}

// MemoryReader reads a Memory's records in order, leaving out what is
// acknowledged.
type MemoryReader struct {
	m   *Memory
	pos uint64
	buf []byte
}

// NewReader returns a reader at the first record that is not acknowledged.
func (m *Memory) NewReader() *MemoryReader { return &MemoryReader{m: m, pos: 1} }

// Rewind goes back to the first record that is not acknowledged.
func (r *MemoryReader) Rewind() error {
	r.pos = 1
	return nil
}

// Close does nothing.
func (r *MemoryReader) Close() error { return nil }

// Next returns the next record; ok is false when there is none now.
func (r *MemoryReader) Next() (rec Record, ok bool, err error) {
	m := r.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return rec, false, ErrClosed
	}
	r.pos = max(r.pos, m.mark+1)
	for {
		end, done := m.acked.find(r.pos)
		if !done {
			break
		}
		r.pos = end
	}
	if r.pos >= m.next {
		return rec, false, nil
	}
	// The last chunk that begins at or below pos.
	lo, hi := 0, len(m.chunks)-1
	for lo < hi {
		if mid := (lo + hi + 1) / 2; m.chunks[mid].base <= r.pos {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	c := m.chunks[lo]
	i := int(r.pos - c.base)
	b := c.bytes[c.index[i]:]
	if i+1 < len(c.index) {
		b = c.bytes[c.index[i]:c.index[i+1]]
	}
	// The chunk may be used again while the caller still looks at the record.
	r.buf = append(r.buf[:0], b[2:]...)
	r.pos++
	return Record{Seq: r.pos - 1, Kind: b[0], Flags: b[1], Payload: r.buf, Size: Size(len(r.buf))}, true, nil
}
