package seglog

import "encoding/binary"

// scanned is what a segment's bytes turned out to hold.
type scanned struct {
	records []Record // in order; payloads alias the bytes
	end     int64    // just behind the last record that counts
	damaged []extent // bytes that should have been records
	torn    bool     // an incomplete last commit was left out
	mark    uint64   // the highest mark found: true wherever it stands
	sure    uint64   // the highest that counts as stored
	next    uint64   // numbers below it were given, as a mark says; 0 without one
	proved  bool     // the last is a mark that says that all before it was durable
}

type extent struct{ from, to int64 }

// scan reads a segment's bytes and appends what they hold to records. It takes
// only records with base <= number < limit in rising order. With sealed set,
// every byte is known to have been durable, so that whatever fails is damage;
// without, what fails behind the last barrier is a commit that never completed.
func scan(records []Record, b []byte, salt uint32, base, limit uint64, sealed bool) scanned {
	var (
		s    = scanned{records: records, end: headerSize}
		next = base
		off  = int64(headerSize)
		bad  = int64(-1)
		// What is found behind a failure counts only once a barrier, or the
		// seal, proves the failure to be damage.
		held scanned
	)
	confirm := func() {
		s.records = append(s.records, held.records...)
		s.damaged = append(s.damaged, held.damaged...)
		s.sure = max(s.sure, held.sure)
		s.next = max(s.next, held.next)
		if held.end > s.end {
			s.end, s.proved = held.end, held.proved
		}
		held = scanned{}
	}
	hi := min(limit, base+uint64(len(b))/recordHeader)
	for off < int64(len(b)) {
		r, size, _, ok := parseRecord(b[off:], salt, next, hi)
		mark, isMark := markOf(r)
		if ok && !isMark && (r.Kind == kindMark || r.Seq == limit) {
			ok = false
		}
		if !ok {
			if bad < 0 {
				if isZero(b[off:]) {
					break
				}
				bad = off
			}
			off += recordAlign
			continue
		}
		if bad >= 0 {
			held.damaged = append(held.damaged, extent{bad, off})
			bad = -1
		}
		if r.barrier {
			confirm()
		}
		r.at = off
		off += int64(size)
		into := &s
		if len(held.damaged) > 0 {
			into = &held
		}
		into.end = off // the padding of the last record may be missing
		into.proved = isMark && r.barrier
		if isMark {
			s.mark = max(s.mark, mark)
			into.sure, into.next = max(into.sure, mark), max(into.next, r.Seq)
			continue
		}
		into.records = append(into.records, r)
		next = r.Seq + 1
	}
	if bad >= 0 {
		held.damaged = append(held.damaged, extent{bad, bad + int64(len(trimZeros(b[bad:])))})
	}
	if sealed {
		confirm()
	}
	s.torn = len(held.damaged) > 0
	return s
}

func isZero(b []byte) bool { return len(trimZeros(b)) == 0 }

func trimZeros(b []byte) []byte {
	for len(b) >= 8 && binary.LittleEndian.Uint64(b[len(b)-8:]) == 0 {
		b = b[:len(b)-8]
	}
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}
