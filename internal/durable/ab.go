package durable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// A slot is one disk block, so that a torn write of one cannot reach the other.
//
//	0  magic "brkAB\x00\x00\x01"
//	8  generation, little endian; slot = generation % 2
//	16 length of the value
//	20 CRC-32C over bytes 0..19 and the value
//	24 value
const (
	abSlot   = 4096
	abHeader = 24
	abMagic  = "brkAB\x00\x00\x01"

	// MaxAB is the longest value of an [AB] file, in bytes.
	MaxAB = abSlot - abHeader
)

// ErrDamaged reports a file whose content fails its checksum everywhere.
var ErrDamaged = errors.New("damaged")

// AB is a small value kept in two slots of one file. It is not safe for
// concurrent use.
type AB struct {
	f    File
	name string
	gen  uint64
	buf  [abSlot]byte
}

// OpenAB opens or creates the file and returns the newest value whose checksum
// holds; nil when the file is new. When neither slot holds, the error wraps
// [ErrDamaged], the value is nil and the AB is usable: Store starts afresh.
func OpenAB(fsys FS, name string) (*AB, []byte, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return createAB(fsys, name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("durable: open %s: %w", name, err)
	}
	a := &AB{f: f, name: name}
	var value []byte
	blank := true
	for slot := range uint64(2) {
		n, err := f.ReadAt(a.buf[:], int64(slot)*abSlot)
		if err != nil && !errors.Is(err, io.EOF) {
			f.Close()
			return nil, nil, fmt.Errorf("durable: read %s: %w", name, err)
		}
		gen, v, ok := parseSlot(a.buf[:n])
		switch {
		case !ok:
			blank = blank && isZero(a.buf[:n])
		case gen%2 == slot && gen >= a.gen:
			a.gen, value = gen, slices.Clone(v)
		}
	}
	if value == nil && !blank {
		return a, nil, fmt.Errorf("durable: %s: both slots: %w", name, ErrDamaged)
	}
	// What was read may still be on its way to the disk when the last process
	// died without the power going: a later power cut must not take it back.
	if err := errors.Join(f.Sync(), fsys.SyncDir(filepath.Dir(name))); err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("durable: sync %s: %w", name, err)
	}
	return a, value, nil
}

func createAB(fsys FS, name string) (*AB, []byte, error) {
	f, err := fsys.Create(name)
	if err != nil {
		return nil, nil, fmt.Errorf("durable: create %s: %w", name, err)
	}
	err = f.Preallocate(2 * abSlot)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = fsys.SyncDir(filepath.Dir(name))
	}
	if err != nil {
		err = errors.Join(err, f.Close(), fsys.Remove(name))
		return nil, nil, fmt.Errorf("durable: create %s: %w", name, err)
	}
	return &AB{f: f, name: name}, nil, nil
}

// Store makes value the content, durably. After an error or a power cut the
// file holds the value before or this one.
func (a *AB) Store(value []byte) error {
	if len(value) > MaxAB {
		return fmt.Errorf("durable: %s: value of %d bytes; the limit is %d", a.name, len(value), MaxAB)
	}
	gen := a.gen + 1
	clear(a.buf[:])
	copy(a.buf[:], abMagic)
	binary.LittleEndian.PutUint64(a.buf[8:], gen)
	binary.LittleEndian.PutUint32(a.buf[16:], uint32(len(value)))
	copy(a.buf[abHeader:], value)
	binary.LittleEndian.PutUint32(a.buf[20:], slotSum(a.buf[:abHeader+len(value)]))
	if _, err := a.f.WriteAt(a.buf[:], int64(gen%2)*abSlot); err != nil {
		return fmt.Errorf("durable: write %s: %w", a.name, err)
	}
	if err := a.f.Sync(); err != nil {
		return fmt.Errorf("durable: sync %s: %w", a.name, err)
	}
	a.gen = gen
	return nil
}

// Close closes the file.
func (a *AB) Close() error { return a.f.Close() }

func parseSlot(b []byte) (gen uint64, value []byte, ok bool) {
	if len(b) < abHeader || string(b[:8]) != abMagic {
		return 0, nil, false
	}
	n := binary.LittleEndian.Uint32(b[16:])
	if n > MaxAB || int(n) > len(b)-abHeader {
		return 0, nil, false
	}
	b = b[:abHeader+int(n)]
	if binary.LittleEndian.Uint32(b[20:]) != slotSum(b) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(b[8:]), b[abHeader:], true
}

func slotSum(b []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(b[:20], table), table, b[abHeader:])
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
