package crashfs

import (
	"io"
	"io/fs"

	"github.com/brinkml/brink/internal/durable"
)

type file struct {
	fs     *FS
	name   string
	n      *inode
	closed bool
}

var _ durable.File = (*file)(nil)

func (f *file) enter(op string) error {
	if f.closed {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrClosed}
	}
	if f.fs.crashed {
		return ErrCrashed
	}
	return nil
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("read"); err != nil {
		return 0, err
	}
	if off >= int64(len(f.n.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.n.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("write"); err != nil {
		return 0, err
	}
	if err := f.fs.grow("write", f.name, int(off)+len(p)-len(f.n.data)); err != nil {
		return 0, err
	}
	effect, err := f.fs.step("write", f.name)
	if effect {
		f.n.write(p, int(off))
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// write changes the present content and remembers, for each sector touched,
// what it holds now.
func (n *inode) write(p []byte, off int) {
	if end := off + len(p); end > len(n.data) {
		n.data = append(n.data, make([]byte, end-len(n.data))...)
	}
	copy(n.data[off:], p)
	if n.pending == nil {
		n.pending = make(map[int][][]byte)
	}
	for s := off / sector; s*sector < off+len(p); s++ {
		now := make([]byte, sector)
		copy(now, n.data[s*sector:])
		n.pending[s] = append(n.pending[s], now)
	}
}

func (f *file) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("sync"); err != nil {
		return err
	}
	effect, err := f.fs.step("sync", f.name)
	if effect {
		f.n.sync()
	}
	return err
}

func (n *inode) sync() {
	if size := len(n.data); size <= len(n.synced) {
		n.synced = n.synced[:size:size]
	} else {
		n.synced = append(n.synced, make([]byte, size-len(n.synced))...)
	}
	for s := range n.pending {
		if from := s * sector; from < len(n.data) {
			to := min(len(n.data), from+sector)
			copy(n.synced[from:to], n.data[from:to])
		}
	}
	clear(n.pending)
}

func (f *file) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("stat"); err != nil {
		return 0, err
	}
	return int64(len(f.n.data)), nil
}

func (f *file) Truncate(size int64) error { return f.resize("truncate", int(size), false) }

func (f *file) Preallocate(size int64) error { return f.resize("preallocate", int(size), true) }

func (f *file) resize(op string, size int, grow bool) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter(op); err != nil {
		return err
	}
	have := len(f.n.data)
	if grow && size <= have {
		return nil
	}
	if err := f.fs.grow(op, f.name, size-have); err != nil {
		return err
	}
	effect, err := f.fs.step(op, f.name)
	if effect {
		if size < have {
			f.n.cut(size)
		} else {
			f.n.data = append(f.n.data, make([]byte, size-have)...)
		}
	}
	return err
}

// cut shortens the file. What lay beyond may come back after a power cut, but
// not once the file has grown again: a sector written later starts from zeros.
func (n *inode) cut(size int) {
	n.data = n.data[:size:size]
	if n.pending == nil {
		n.pending = make(map[int][][]byte)
	}
	for s := size / sector; s*sector < max(len(n.synced), size); s++ {
		now := make([]byte, sector)
		if s*sector < size {
			copy(now, n.data[s*sector:])
		}
		n.pending[s] = append(n.pending[s], now)
	}
}

func (f *file) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.name, Err: fs.ErrClosed}
	}
	f.closed = true
	return nil
}
