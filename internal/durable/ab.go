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

// A slot is one disk block, or several, so that a torn write of one cannot
// reach the other. The file's length is that of its two slots.
//
//	0  magic "brkAB\x00\x00\x01"
//	8  generation, little endian; slot = generation % 2
//	16 length of the value
//	20 CRC-32C over bytes 0..19 and the value
//	24 value
const (
	abBlock  = 4096
	abHeader = 24
	abMagic  = "brkAB\x00\x00\x01"

	// MaxAB is the longest value, in bytes, of a file that [OpenAB] made.
	MaxAB = abBlock - abHeader
	// maxABRoom bounds what a damaged length can ask for.
	maxABRoom = 16 << 20
)

// ErrDamaged reports a file whose content fails its checksum everywhere.
var ErrDamaged = errors.New("damaged")

// AB is a value kept in two slots of one file. It is not safe for concurrent
// use.
type AB struct {
	f    File
	name string
	gen  uint64
	slot int64
	buf  []byte
}

// OpenAB opens or creates the file and returns the newest value whose checksum
// holds; nil when the file is new. When neither slot holds, the error wraps
// [ErrDamaged], the value is nil and the AB is usable: Store starts afresh.
func OpenAB(fsys FS, name string) (*AB, []byte, error) { return OpenABRoom(fsys, name, MaxAB) }

// OpenABRoom is [OpenAB] for values of up to room bytes. A file that was made
// for shorter ones is replaced by one that is long enough.
func OpenABRoom(fsys FS, name string, room int) (*AB, []byte, error) {
	if room > maxABRoom {
		return nil, nil, fmt.Errorf("durable: %s: values of %d bytes; the limit is %d", name, room, maxABRoom)
	}
	want := (int64(room) + abHeader + abBlock - 1) / abBlock * abBlock
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		a, err := createAB(fsys, name, want)
		return a, nil, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("durable: open %s: %w", name, err)
	}
	a := &AB{f: f, name: name}
	value, blank, err := a.read(want)
	if err == nil {
		err = f.Preallocate(2 * a.slot) // its length may be lost, or never have been durable
	}
	if err == nil {
		// What was read may still be on its way to the disk when the last
		// process died without the power going: a later power cut must not take
		// it back.
		err = errors.Join(f.Sync(), fsys.SyncDir(filepath.Dir(name)))
	}
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("durable: open %s: %w", name, err)
	}
	if a.slot < want {
		if a, err = a.grown(fsys, want, value); err != nil {
			return nil, nil, err
		}
	}
	if value == nil && !blank {
		return a, nil, fmt.Errorf("durable: %s: both slots: %w", name, ErrDamaged)
	}
	return a, value, nil
}

// ReadAB returns the value of an [AB] file and changes nothing: for who does not
// own the file. It fails with fs.ErrNotExist when there is none, and with
// [ErrDamaged].
func ReadAB(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	value, blank, err := (&AB{f: f, name: name}).read(abBlock)
	if err != nil {
		return nil, fmt.Errorf("durable: read %s: %w", name, err)
	}
	if value == nil && !blank {
		return nil, fmt.Errorf("durable: %s: both slots: %w", name, ErrDamaged)
	}
	return value, nil
}

// read finds the slots and the newest value; blank is a file in which nothing
// was ever stored. The length of a slot is that of half the file, or, where
// that makes no sense, as given.
func (a *AB) read(slot int64) (value []byte, blank bool, err error) {
	size, err := a.f.Size()
	if err != nil {
		return nil, false, err
	}
	half := min(size/2, maxABRoom+abBlock) / abBlock * abBlock
	for _, a.slot = range []int64{half, slot} {
		if a.slot == 0 {
			continue
		}
		if value, blank, err = a.readSlots(min(a.slot, size)); err != nil || value != nil {
			return value, false, err
		}
	}
	return nil, blank, nil
}

func (a *AB) readSlots(length int64) (value []byte, blank bool, err error) {
	blank = true
	buf := make([]byte, length)
	for i := range uint64(2) {
		n, err := a.f.ReadAt(buf, int64(i)*a.slot)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, err
		}
		gen, v, ok := parseSlot(buf[:n])
		switch {
		case !ok:
			blank = blank && isZero(buf[:n])
		case gen%2 == i && gen >= a.gen:
			a.gen, value = gen, slices.Clone(v)
		}
	}
	return value, blank, nil
}

// grown replaces the file by one with longer slots that holds the same value,
// and closes a.
func (a *AB) grown(fsys FS, slot int64, value []byte) (*AB, error) {
	tmp := a.name + ".tmp"
	err := a.f.Close()
	if e := fsys.Remove(tmp); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	if err != nil {
		return nil, fmt.Errorf("durable: grow %s: %w", a.name, err)
	}
	b, err := createAB(fsys, tmp, slot)
	if err != nil {
		return nil, err
	}
	if value != nil {
		err = b.Store(value)
	}
	if err == nil {
		err = fsys.Rename(tmp, a.name)
	}
	if err != nil {
		return nil, fmt.Errorf("durable: grow %s: %w", a.name, errors.Join(err, b.Close(), fsys.Remove(tmp)))
	}
	b.name = a.name
	if err := fsys.SyncDir(filepath.Dir(a.name)); err != nil {
		return nil, fmt.Errorf("durable: grow %s: %w", a.name, errors.Join(err, b.Close()))
	}
	return b, nil
}

func createAB(fsys FS, name string, slot int64) (*AB, error) {
	f, err := fsys.Create(name)
	if err != nil {
		return nil, fmt.Errorf("durable: create %s: %w", name, err)
	}
	err = f.Preallocate(2 * slot)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = fsys.SyncDir(filepath.Dir(name))
	}
	if err != nil {
		err = errors.Join(err, f.Close(), fsys.Remove(name))
		return nil, fmt.Errorf("durable: create %s: %w", name, err)
	}
	return &AB{f: f, name: name, slot: slot}, nil
}

// Store makes value the content, durably. After an error or a power cut the
// file holds the value before or this one.
func (a *AB) Store(value []byte) error {
	if int64(len(value)) > a.slot-abHeader {
		return fmt.Errorf("durable: %s: value of %d bytes; the limit is %d", a.name, len(value), a.slot-abHeader)
	}
	gen := a.gen + 1
	b := append(a.buf[:0], abMagic...)
	b = binary.LittleEndian.AppendUint64(b, gen)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	b = append(b, 0, 0, 0, 0)
	b = append(b, value...)
	binary.LittleEndian.PutUint32(b[20:], slotSum(b))
	a.buf = b
	if _, err := a.f.WriteAt(b, int64(gen%2)*a.slot); err != nil {
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
	if int64(n) > int64(len(b)-abHeader) {
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
