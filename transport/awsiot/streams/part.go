package streams

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
)

// identity says of what the blocks in a part are: blocks of two identities do
// not fit together.
type identity struct {
	Stream  string `json:"stream"`
	File    int    `json:"file"`
	Version int64  `json:"version"`
	Size    int64  `json:"size"`
	Block   int    `json:"block"`
	SHA256  []byte `json:"sha256,omitempty"`
}

func (id identity) equal(o identity) bool {
	return id.Stream == o.Stream && id.File == o.File && id.Version == o.Version && id.Size == o.Size &&
		id.Block == o.Block && bytes.Equal(id.SHA256, o.SHA256)
}

// count is how many blocks the file has.
func (id identity) count() int {
	return int((id.Size + int64(id.Block) - 1) / int64(id.Block))
}

// length is that of block i.
func (id identity) length(i int) int {
	return int(min(int64(id.Block), id.Size-int64(i)*int64(id.Block)))
}

// record is what path.blocks keeps, as JSON in an A/B file.
type record struct {
	identity
	Have []byte `json:"have"` // the blocks that are on the disk
	Sums []byte `json:"sums"` // CRC-32C of each block, little endian
}

// part is a file of which some blocks are there. It is not safe for concurrent
// use.
type part struct {
	identity
	fs      durable.FS
	path    string
	file    durable.File
	ab      *durable.AB
	have    blocks
	sums    []byte
	left    int   // blocks that are missing
	stored  int64 // bytes that are there
	unsaved int64 // bytes since the last save
	spoiled bool  // a sync failed: what is there must not be taken up
}

// openPart takes up the part of path, if it is of the same identity, or begins
// one. Each block that an earlier process stored is read and checked.
func openPart(fsys durable.FS, path string, id identity, log *slog.Logger) (_ *part, err error) {
	p := &part{
		identity: id,
		fs:       fsys,
		path:     path,
		have:     newBlocks(id.count()),
		sums:     make([]byte, 4*id.count()),
		left:     id.count(),
	}
	defer func() {
		if err != nil {
			err = faults.Join(fmt.Errorf("streams: %w", err), p.close())
		}
	}()
	room := 1024 + 4*(len(p.have)+len(p.sums)+8)/3
	var value []byte
	p.ab, value, err = durable.OpenABRoom(fsys, path+".blocks", room)
	if errors.Is(err, durable.ErrDamaged) {
		log.Warn("list of fetched blocks is damaged, beginning anew", slog.String("path", path))
		err = nil
	}
	if err != nil {
		return p, err
	}
	p.file, err = fsys.Open(path + ".part")
	if errors.Is(err, fs.ErrNotExist) {
		if p.file, err = fsys.Create(path + ".part"); err == nil {
			err = fsys.SyncDir(filepath.Dir(path))
		}
	}
	if err != nil {
		return p, err
	}
	if size, e := p.file.Size(); e == nil && size > id.Size {
		value = nil // not ours
	}
	var r record
	if value == nil || json.Unmarshal(value, &r) != nil || !r.equal(id) ||
		len(r.Have) != len(p.have) || len(r.Sums) != len(p.sums) {
		return p, p.file.Truncate(0)
	}
	return p, p.takeUp(r, log)
}

func (p *part) takeUp(r record, log *slog.Logger) error {
	damaged := 0
	buf := make([]byte, p.Block)
	for i := range p.count() {
		if !blocks(r.Have).has(i) {
			continue
		}
		b := buf[:p.length(i)]
		n, err := p.file.ReadAt(b, int64(i)*int64(p.Block))
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n < len(b) || crc(b) != binary.LittleEndian.Uint32(r.Sums[4*i:]) {
			damaged++
			continue
		}
		p.mark(i, crc(b))
	}
	if damaged > 0 {
		log.Warn("fetched blocks are damaged on the disk, fetching them again", slog.String("path", p.path), slog.Int("blocks", damaged))
	}
	return nil
}

func (p *part) mark(i int, sum uint32) {
	p.have.add(i)
	binary.LittleEndian.PutUint32(p.sums[4*i:], sum)
	p.left--
	p.stored += int64(p.length(i))
}

// put stores a block that is missing.
func (p *part) put(i int, b []byte) error {
	if _, err := p.file.WriteAt(b, int64(i)*int64(p.Block)); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	p.mark(i, crc(b))
	p.unsaved += int64(len(b))
	return nil
}

// save makes what was put durable: first the blocks, then the list of them.
func (p *part) save() error {
	if p.unsaved == 0 || p.spoiled {
		return nil
	}
	if err := p.sync(); err != nil {
		return err
	}
	if err := p.ab.Store(marshal(record{p.identity, p.have, p.sums})); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	p.unsaved = 0
	return nil
}

// sync makes what was put durable. When that fails nobody knows what is on the
// disk, and the next success would say nothing about it.
func (p *part) sync() error {
	if err := p.file.Sync(); err != nil {
		p.spoiled = true
		return fmt.Errorf("streams: %w", err)
	}
	return nil
}

// finish gives the whole file its name, once its checksum was read back from
// it.
func (p *part) finish() error {
	if err := p.sync(); err != nil {
		return err
	}
	var got []byte
	if p.SHA256 != nil {
		var err error
		if got, err = sum(p.file, p.Size); err != nil {
			return fmt.Errorf("streams: %w", err)
		}
	}
	if p.SHA256 != nil && !bytes.Equal(got, p.SHA256) {
		return faults.Join(&ChecksumError{p.Stream, p.File, got, p.SHA256}, p.discard())
	}
	if err := p.close(); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	if err := p.fs.Rename(p.path+".part", p.path); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	if err := p.fs.SyncDir(filepath.Dir(p.path)); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	return remains(p.fs, p.path)
}

// discard closes the part and deletes it.
func (p *part) discard() error {
	err := p.close()
	return faults.Join(err, remains(p.fs, p.path))
}

// remains deletes what a transfer leaves beside its file. It need not be
// durable: a list that comes back lists blocks that are not there, which is
// found out when it is read.
func remains(fsys durable.FS, path string) error {
	var errs faults.List
	for _, suffix := range []string{".part", ".blocks"} {
		if err := fsys.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs.Addf("streams: %w", err)
		}
	}
	return errs.Err()
}

func (p *part) close() error {
	var errs faults.List
	if p.file != nil {
		errs.Add(p.file.Close())
	}
	if p.ab != nil {
		errs.Add(p.ab.Close())
	}
	p.file, p.ab = nil, nil
	return errs.Err()
}

func crc(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// sum is the SHA-256 of a file's first bytes.
func sum(f io.ReaderAt, size int64) ([]byte, error) {
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(f, 0, size)); err != nil || n < size {
		return nil, faults.Join(err, fmt.Errorf("%d of %d bytes can be read", n, size))
	}
	return h.Sum(nil), nil
}

// whole says whether path already is the file: it has the checksum, and the
// size if that is known.
func whole(fsys durable.FS, path string, f File, limit int64) bool {
	if f.SHA256 == nil {
		return false
	}
	file, err := fsys.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil || size > limit || f.Size != 0 && size != f.Size {
		return false
	}
	got, err := sum(file, size)
	return err == nil && bytes.Equal(got, f.SHA256)
}
