package seglog

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
)

// Segment header, little endian:
//
//	 0 magic
//	 8 sequence number of the first record
//	16 salt
//	20 CRC-32C of the lane's name
//	24 acknowledgement mark when the segment was made
//	32 generation
//	36 cipher: 0 plain, 1 AES-GCM
//	37 zero
//	40 number of the key, and its check value, if sealed
//	52 zero
//	60 CRC-32C of bytes 0..59
const (
	headerSize   = 64
	segmentMagic = "brkseg\x00\x01"
)

// Record, little endian, padded with zeros to a multiple of 8 bytes:
//
//	 0 marker: of plain or of sealed payload
//	 2 kind
//	 3 flags
//	 4 payload length
//	 8 sequence number
//	16 CRC-32C of salt, bytes 0..15 and payload
//	20 payload
const (
	recordHeader = 20
	recordMarker = 0xb5c9
	sealedMarker = 0xb5ca
	recordAlign  = 8

	// MaxPayload is the longest record payload, in bytes, as it is stored.
	MaxPayload = 1 << 28

	// maxSeq keeps damaged numbers from overflowing sums.
	maxSeq = 1 << 62
)

// kindMark is the log's own kind of record: its payload is the mark, its
// sequence number that of the next record.
const kindMark = 0

// flagBarrier says that everything written before this record was durable
// when it was written. The other seven bits belong to the user.
const flagBarrier = 0x80

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// header identifies a segment. Generation, base and salt are in its file name
// too, so that a damaged header costs nothing but its mark.
type header struct {
	gen  uint32
	salt uint32
	base uint64
	lane uint32
	mark uint64
	sealing
}

func laneSum(name string) uint32 { return crc32.Checksum([]byte(name), castagnoli()) }

func (h header) append(b []byte) []byte {
	start := len(b)
	b = append(b, segmentMagic...)
	b = binary.LittleEndian.AppendUint64(b, h.base)
	b = binary.LittleEndian.AppendUint32(b, h.salt)
	b = binary.LittleEndian.AppendUint32(b, h.lane)
	b = binary.LittleEndian.AppendUint64(b, h.mark)
	b = binary.LittleEndian.AppendUint32(b, h.gen)
	b = append(b, h.cipher, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, h.key)
	b = append(b, h.check[:]...)
	b = append(b, make([]byte, headerSize-4-(len(b)-start))...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli()))
}

func parseHeader(b []byte) (h header, ok bool) {
	if len(b) < headerSize || string(b[:8]) != segmentMagic {
		return h, false
	}
	b = b[:headerSize]
	if binary.LittleEndian.Uint32(b[60:]) != crc32.Checksum(b[:60], castagnoli()) {
		return h, false
	}
	h = header{
		base: binary.LittleEndian.Uint64(b[8:]),
		salt: binary.LittleEndian.Uint32(b[16:]),
		lane: binary.LittleEndian.Uint32(b[20:]),
		mark: binary.LittleEndian.Uint64(b[24:]),
		gen:  binary.LittleEndian.Uint32(b[32:]),
		sealing: sealing{
			cipher: b[36],
			key:    binary.LittleEndian.Uint32(b[40:]),
			check:  [8]byte(b[44:]),
		},
	}
	return h, h.base < maxSeq && h.mark < maxSeq
}

func (h header) name() string { return fmt.Sprintf("%08x-%016x-%08x.seg", h.gen, h.base, h.salt) }

func parseName(name string) (h header, ok bool) {
	if !strings.HasSuffix(name, ".seg") {
		return h, false
	}
	if _, err := fmt.Sscanf(name, "%08x-%016x-%08x.seg", &h.gen, &h.base, &h.salt); err != nil {
		return h, false
	}
	return h, h.name() == name && h.base >= 1 && h.base < maxSeq
}

// Record is one entry of a log.
type Record struct {
	Seq         uint64
	Kind, Flags byte
	Payload     []byte // valid until the reader's next call
	Size        int64  // what it takes in the log, in bytes

	barrier bool
	sealed  bool
	head    []byte // what is authenticated beside a sealed payload
	at      int64  // where scan found it
}

// Size is the room a record with a payload of n bytes takes in a log that is
// not sealed, or in memory.
func Size(n int) int64 { return (recordHeader + int64(n) + recordAlign - 1) &^ (recordAlign - 1) }

func appendRecord(b []byte, salt uint32, seq uint64, kind, flags byte, payload []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, recordMarker)
	b = append(b, kind, flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = binary.LittleEndian.AppendUint32(b, recordSum(salt, b[start:], payload))
	b = append(b, payload...)
	return pad(b, start)
}

func appendSealed(b []byte, salt uint32, aead cipher.AEAD, seq uint64, kind, flags byte, payload []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, sealedMarker)
	b = append(b, kind, flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)+sealOverhead))
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = append(b, 0, 0, 0, 0)
	b = aead.Seal(b, nil, payload, b[start:start+16])
	binary.LittleEndian.PutUint32(b[start+16:], recordSum(salt, b[start:start+16], b[start+recordHeader:]))
	return pad(b, start)
}

func pad(b []byte, start int) []byte {
	for (len(b)-start)%recordAlign != 0 {
		b = append(b, 0)
	}
	return b
}

// parseRecord reads the record at the start of b, whose number must be within
// lo and hi: that is tested before the checksum, which would otherwise be taken
// at every look-alike within a damaged payload. want is how many bytes it needs
// to tell when b is too short to hold the record that it seems to start.
func parseRecord(b []byte, salt uint32, lo, hi uint64) (r Record, size int, want int64, ok bool) {
	if len(b) < recordHeader {
		return r, 0, recordHeader, false
	}
	marker := binary.LittleEndian.Uint16(b)
	if marker != recordMarker && (marker != sealedMarker || b[2] == kindMark) {
		return r, 0, 0, false
	}
	n := binary.LittleEndian.Uint32(b[4:])
	seq := binary.LittleEndian.Uint64(b[8:])
	if n > MaxPayload || seq < lo || seq > hi {
		return r, 0, 0, false
	}
	end := recordHeader + int64(n)
	if int64(len(b)) < end {
		return r, 0, end, false
	}
	payload := b[recordHeader:end:end]
	if binary.LittleEndian.Uint32(b[16:]) != recordSum(salt, b[:16], payload) {
		return r, 0, 0, false
	}
	size = int(Size(int(n)))
	return Record{
		Seq:     seq,
		Kind:    b[2],
		Flags:   b[3] &^ flagBarrier,
		Payload: payload,
		Size:    int64(size),
		barrier: b[3]&flagBarrier != 0,
		sealed:  marker == sealedMarker,
		head:    b[:16:16],
	}, size, 0, true
}

func recordSum(salt uint32, head, payload []byte) uint32 {
	table := castagnoli()
	// The four bytes of the salt by hand: a slice of them would be allocated.
	sum := ^uint32(0)
	for range 4 {
		sum = table[byte(sum)^byte(salt)] ^ sum>>8
		salt >>= 8
	}
	return crc32.Update(crc32.Update(^sum, table, head), table, payload)
}

func appendMark(b []byte, salt uint32, next uint64, flags byte, mark uint64) []byte {
	var p [8]byte
	binary.LittleEndian.PutUint64(p[:], mark)
	return appendRecord(b, salt, next, kindMark, flags, p[:])
}

// isMarkHead reports whether b starts like a mark, whole or not.
func isMarkHead(b []byte) bool {
	return len(b) >= 8 && binary.LittleEndian.Uint16(b) == recordMarker && b[2] == kindMark &&
		binary.LittleEndian.Uint32(b[4:]) == 8
}

func markOf(r Record) (mark uint64, ok bool) {
	if r.Kind != kindMark || len(r.Payload) != 8 {
		return 0, false
	}
	mark = binary.LittleEndian.Uint64(r.Payload)
	return mark, mark < maxSeq
}
