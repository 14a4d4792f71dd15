package seglog

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// A sealed segment has a key of its own, derived from one of the ring's, and
// each record's payload is sealed with AES-GCM under it, the first 16 bytes of
// the record being authenticated too:
//
//	key   = HKDF-SHA256(ring's key, info "brink seglog 1 records" || identity), as long as the ring's
//	check = HKDF-SHA256(ring's key, info "brink seglog 1 check" || identity), 8 bytes
//	identity = generation, base and salt of the segment, and the lane's name
//	payload = nonce of 12 random bytes || ciphertext || tag of 16 bytes
//
// The checksum covers the sealed payload, so that damage is told from a wrong
// key without any key. Marks are not sealed: deleting what is acknowledged must
// be possible when a key has gone.
const (
	cipherPlain  = 0
	cipherAESGCM = 1

	sealOverhead = 12 + 16
)

// Keys seal the payloads of records. The slices must not change while a log is
// open.
type Keys struct {
	Active uint32            // the number of the key for new segments
	Keys   map[uint32][]byte // of 16, 24 or 32 bytes each
}

// KeyError reports a segment with records that are still wanted and that none
// of the keys opens. Nothing has been dropped or changed.
type KeyError struct {
	Segment string // its file's name
	ID      uint32 // the number of its key; 0 when its header is damaged
	Reason  string // with the number
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("sealed segment %s: %s", e.Segment, e.Reason)
}

// sealing is what a header says about how its records are sealed.
type sealing struct {
	cipher byte
	key    uint32
	check  [8]byte
}

// derive makes a segment's cipher and the check value of the key.
func derive(key []byte, h header, lane string) (aead cipher.AEAD, check [8]byte, err error) {
	id := binary.LittleEndian.AppendUint32(nil, h.gen)
	id = binary.LittleEndian.AppendUint64(id, h.base)
	id = binary.LittleEndian.AppendUint32(id, h.salt)
	id = append(id, lane...)
	sub, err := hkdf.Key(sha256.New, key, nil, "brink seglog 1 records"+string(id), len(key))
	if err != nil {
		return nil, check, err
	}
	c, err := hkdf.Key(sha256.New, key, nil, "brink seglog 1 check"+string(id), len(check))
	if err != nil {
		return nil, check, err
	}
	block, err := aes.NewCipher(sub)
	if err != nil {
		return nil, check, err
	}
	aead, err = cipher.NewGCMWithRandomNonce(block)
	return aead, [8]byte(c), err
}

// seal prepares a new segment to be sealed with the active key.
func (l *Log) seal(s *segment) error {
	if l.o.Keys == nil {
		return nil
	}
	var err error
	s.sealing = sealing{cipher: cipherAESGCM, key: l.o.Keys.Active}
	s.aead, s.check, err = derive(l.o.Keys.Keys[s.key], s.header, l.o.Lane)
	if err != nil {
		return fmt.Errorf("seglog: key %d: %w", s.key, err)
	}
	return nil
}

// unseal finds the key of a segment that recovery wants to read.
func (l *Log) unseal(f *found) error {
	if f.broken {
		return l.guess(f)
	}
	if f.cipher == cipherPlain {
		return nil
	}
	fail := func(reason string) error { return &KeyError{Segment: f.name(), ID: f.key, Reason: reason} }
	if f.cipher != cipherAESGCM {
		return fail(fmt.Sprintf("unknown cipher %d, key %d", f.cipher, f.key))
	}
	var key []byte
	if l.o.Keys != nil {
		key = l.o.Keys.Keys[f.key]
	}
	if key == nil {
		return fail(fmt.Sprintf("there is no key %d", f.key))
	}
	aead, check, err := derive(key, f.header, l.o.Lane)
	if err != nil {
		return fail(fmt.Sprintf("key %d: %v", f.key, err))
	}
	if subtle.ConstantTimeCompare(check[:], f.check[:]) != 1 {
		return fail(fmt.Sprintf("key %d is not the one of that number that sealed it", f.key))
	}
	f.aead = aead
	return nil
}

// guess finds the key of a segment whose header is damaged: the one that opens
// any of its records.
func (l *Log) guess(f *found) error {
	i := slices.IndexFunc(f.records, func(r Record) bool { return r.sealed })
	if i < 0 {
		return nil
	}
	f.cipher = cipherAESGCM
	if l.o.Keys != nil {
		for _, id := range slices.Sorted(maps.Keys(l.o.Keys.Keys)) {
			aead, check, err := derive(l.o.Keys.Keys[id], f.header, l.o.Lane)
			if err != nil {
				continue
			}
			for _, r := range f.records[i:] {
				if !r.sealed {
					continue
				}
				if _, err := aead.Open(nil, nil, r.Payload, r.head); err == nil {
					f.aead, f.key, f.check = aead, id, check
					return nil
				}
			}
		}
	}
	return &KeyError{Segment: f.name(), Reason: "its header is damaged, and no key opens its records"}
}

// ours reports whether new records may go to a segment that was found: it is
// sealed as new ones are.
func (l *Log) ours(s *segment) bool {
	if l.o.Keys == nil || s.cipher != cipherAESGCM || s.key != l.o.Keys.Active {
		return l.o.Keys == nil && s.cipher == cipherPlain
	}
	aead, check, err := derive(l.o.Keys.Keys[s.key], s.header, l.o.Lane)
	if err != nil || check != s.check {
		return false
	}
	s.aead = aead
	return true
}

// open replaces the payload of a record from s by what was appended, in buf,
// which it returns for the next call. It is not ok for a record that nobody who
// has the key has written.
func (s *segment) open(r *Record, buf []byte) (_ []byte, ok bool) {
	if s.cipher == cipherPlain && !r.sealed {
		return buf, true
	}
	if !r.sealed || s.aead == nil {
		return buf, false
	}
	plain, err := s.aead.Open(buf[:0], nil, r.Payload, r.head)
	if err != nil {
		return buf, false
	}
	r.Payload = plain
	return plain, true
}

// KeysInUse returns the numbers of the keys that segments on the disk are
// sealed with, in rising order. A key that is neither among them nor active is
// needed no more.
func (l *Log) KeysInUse() []uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []uint32
	for _, s := range l.segments {
		if s.cipher != cipherPlain {
			ids = append(ids, s.key)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Size is the room a record with a payload of n bytes takes in the log.
func (l *Log) Size(n int) int64 {
	if l.o.Keys != nil {
		n += sealOverhead
	}
	return Size(n)
}
