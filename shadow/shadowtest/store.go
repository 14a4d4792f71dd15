package shadowtest

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// store keeps the records in a folder, one file each, so that an update costs
// one small file whatever else there is.
type store struct {
	fs     durable.FS
	dir    string
	lock   io.Closer
	closed bool
}

// FileError reports a file, or the folder, that [Open] cannot use. It wraps
// [ErrDamaged] when the content is to blame.
type FileError struct {
	File string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("shadowtest: %s: %v", e.File, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

// ErrDamaged reports a file whose content is not what a Service wrote.
var ErrDamaged = errors.New("damaged")

var errClosed = errors.New("shadowtest: closed")

// Open is [New] with a memory: it makes the folder when missing and takes the
// shadows that are in it, with their metadata, versions and deletions. An
// update or deletion is on the disk before its answer leaves; when it cannot be
// written it is refused with 500. Counters, scripts and connections start
// afresh.
//
// One Service at a time has a folder, until [Service.Close]. The error is a
// [*FileError]; after one nothing in the folder was changed.
func Open(dir string, o *Options) (*Service, error) { return open(durable.OS{}, dir, o) }

func open(fsys durable.FS, dir string, o *Options) (*Service, error) {
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, &FileError{dir, err}
	}
	name := filepath.Join(dir, "LOCK")
	lock, err := fsys.Lock(name)
	if err != nil {
		return nil, &FileError{name, err}
	}
	s := New(o)
	s.store = &store{fs: fsys, dir: dir, lock: lock}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Close gives the folder of [Open] free; a request that comes later and would
// change something is refused with 500. A Service of [New] has nothing to close.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store == nil || s.store.closed {
		return nil
	}
	s.store.closed = true
	if err := s.store.lock.Close(); err != nil {
		return fmt.Errorf("shadowtest: %w", err)
	}
	return nil
}

const (
	suffix = ".twin"
	unborn = suffix + ".tmp" // what a replacement that was cut short leaves
)

// load reads all files and then removes those that are of no more use.
func (s *Service) load() error {
	st := s.store
	names, err := st.fs.ReadDir(st.dir)
	if err != nil {
		return &FileError{st.dir, err}
	}
	var useless []string
	now := time.Now()
	for _, name := range names {
		if strings.HasSuffix(name, unborn) {
			useless = append(useless, name)
		}
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		k, r, err := s.read(name)
		if err != nil {
			return &FileError{filepath.Join(st.dir, name), err}
		}
		if !r.exists && now.Sub(r.deleted) >= retention {
			useless = append(useless, name)
			continue
		}
		s.shadows[k] = r
	}
	for _, name := range useless {
		if err := st.fs.Remove(filepath.Join(st.dir, name)); err != nil {
			return &FileError{filepath.Join(st.dir, name), err}
		}
	}
	// What was read may be a name that no power cut spared yet.
	if err := st.fs.SyncDir(st.dir); err != nil {
		return &FileError{st.dir, err}
	}
	return nil
}

func (s *Service) read(name string) (key, *record, error) {
	// Metadata takes some twenty bytes for each of the document's.
	b, err := durable.ReadFile(s.store.fs, filepath.Join(s.store.dir, name), 1<<20+64*int64(s.o.Limits.Size))
	if err != nil {
		return key{}, nil, err
	}
	k, r, err := decodeRecord(b)
	if err == nil && fileName(k) != name {
		err = fmt.Errorf("%w: it holds the shadow %q of thing %q", ErrDamaged, k.name, k.thing)
	}
	return k, r, err
}

// save makes r durable; a nil store has nothing to do.
func (st *store) save(k key, r *record) error {
	if st == nil {
		return nil
	}
	if st.closed {
		return errClosed
	}
	return durable.Replace(st.fs, filepath.Join(st.dir, fileName(k)), encodeRecord(k, r))
}
