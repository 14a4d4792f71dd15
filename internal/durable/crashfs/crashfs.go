// Package crashfs is a file system in memory that forgets, at a simulated
// power cut, what was not synced. It is the test bed of everything built on
// package durable.
//
// The model is harsher than a journaling file system:
//
//   - each 512-byte sector of a file is, after the cut, either what the last
//     sync made durable or what any one of the writes since left in it, chosen
//     sector by sector, so that writes tear and reorder;
//   - an unsynced change of length may be lost;
//   - each name in a directory whose directory was not synced is at any point
//     of its own history since, so that a rename may be seen half done.
//
// All choices come from the seed: the same seed and the same calls give the
// same survivor.
//
//	fsys := crashfs.New(1)
//	fsys.CrashAt(17)                 // the 17th changing call fails, and all after it
//	err := workload(fsys)            // errors.Is(err, crashfs.ErrCrashed)
//	fsys = fsys.Reboot()             // what the disk holds now
package crashfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/brinkml/brink/internal/durable"
)

// ErrCrashed is the error of every call after the power cut.
var ErrCrashed = errors.New("crashfs: power is off")

const sector = 512

// FS is the file system. It is safe for concurrent use.
type FS struct {
	mu      sync.Mutex
	rng     *rand.Rand
	dirs    map[string]*dir
	locks   map[string]bool
	ops     int
	crashAt int
	crashed bool
	fail    func(op, name string) error
	room    int64 // bytes that all files together may take; 0 means any number
}

var _ durable.FS = (*FS)(nil)

// dir holds the durable binding of each name and what happened to it since the
// last SyncDir; nil means no such file.
type dir struct {
	names map[string][]*inode
}

func (d *dir) now(name string) *inode {
	if h := d.names[name]; len(h) > 0 {
		return h[len(h)-1]
	}
	return nil
}

func (d *dir) bind(name string, n *inode) {
	if len(d.names[name]) == 0 {
		d.names[name] = []*inode{nil}
	}
	d.names[name] = append(d.names[name], n)
}

// inode holds a file's durable content, its present content, and what each
// unsynced write left in the sectors it touched.
type inode struct {
	synced  []byte
	data    []byte
	pending map[int][][]byte
}

// New returns an empty file system.
func New(seed uint64) *FS {
	return &FS{
		rng:   rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)),
		dirs:  make(map[string]*dir),
		locks: make(map[string]bool),
	}
}

// CrashAt cuts the power at the nth changing call from now (1 is the next
// one): that call happens in part or not at all, and every call from then on
// fails with [ErrCrashed]. 0 means never.
func (f *FS) CrashAt(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashAt = 0
	if n > 0 {
		f.crashAt = f.ops + n
	}
}

// Ops is the number of changing calls so far: create, write, sync, truncate,
// preallocate, rename, remove, sync of a directory.
func (f *FS) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// Fail installs a function that is asked before each changing call and may
// make it fail without effect: op is "create", "write", "sync", "truncate",
// "preallocate", "rename", "remove" or "syncdir". nil removes it.
func (f *FS) Fail(fail func(op, name string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

// Capacity sets how many bytes all files together may take; 0 means any number.
// A write or preallocation that would pass it fails with ENOSPC without effect.
func (f *FS) Capacity(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.room = bytes
}

// Used is how many bytes all files together take.
func (f *FS) Used() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.used()
}

func (f *FS) used() int64 {
	var n int64
	seen := make(map[*inode]bool)
	for _, d := range f.dirs {
		for name := range d.names {
			if in := d.now(name); in != nil && !seen[in] {
				seen[in] = true
				n += int64(len(in.data))
			}
		}
	}
	return n
}

// grow says whether a file may become longer by that many bytes.
func (f *FS) grow(op, name string, bytes int) error {
	if f.room > 0 && bytes > 0 && f.used()+int64(bytes) > f.room {
		return &fs.PathError{Op: op, Path: name, Err: syscall.ENOSPC}
	}
	return nil
}

// Reboot cuts the power, if that has not happened, and returns the file system
// that a machine would find after it. The receiver stays crashed.
func (f *FS) Reboot() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
	g := New(f.rng.Uint64())
	g.room = f.room
	survivors := make(map[*inode]*inode)
	for _, path := range sortedKeys(f.dirs) {
		d := f.dirs[path]
		nd := &dir{names: make(map[string][]*inode)}
		for _, name := range sortedKeys(d.names) {
			history := d.names[name]
			n := history[f.rng.IntN(len(history))]
			if n == nil {
				continue
			}
			if survivors[n] == nil {
				survivors[n] = n.survive(f.rng)
			}
			nd.names[name] = []*inode{survivors[n]}
		}
		g.dirs[path] = nd
	}
	return g
}

func (n *inode) survive(rng *rand.Rand) *inode {
	size := len(n.synced)
	if len(n.data) != size && rng.IntN(2) == 0 {
		size = len(n.data)
	}
	out := make([]byte, size)
	copy(out, n.synced)
	sectors := make([]int, 0, len(n.pending))
	for s := range n.pending {
		sectors = append(sectors, s)
	}
	slices.Sort(sectors)
	for _, s := range sectors {
		versions := n.pending[s]
		// 0 is the synced content, which out already holds.
		if k := rng.IntN(len(versions) + 1); k > 0 && s*sector < size {
			copy(out[s*sector:min(size, (s+1)*sector)], versions[k-1])
		}
	}
	return &inode{synced: out, data: slices.Clone(out)}
}

// Clone returns a copy in the same state, without failures or locks, so that a
// test can look at what a power cut would leave and go on.
func (f *FS) Clone() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := New(f.rng.Uint64())
	g.room = f.room
	copies := map[*inode]*inode{nil: nil}
	for path, d := range f.dirs {
		nd := &dir{names: make(map[string][]*inode, len(d.names))}
		for name, history := range d.names {
			for _, n := range history {
				if _, ok := copies[n]; !ok {
					c := &inode{synced: slices.Clone(n.synced), data: slices.Clone(n.data), pending: make(map[int][][]byte)}
					for s, versions := range n.pending {
						c.pending[s] = slices.Clone(versions) // a version is never changed
					}
					copies[n] = c
				}
				nd.names[name] = append(nd.names[name], copies[n])
			}
		}
		g.dirs[path] = nd
	}
	return g
}

// step counts a changing call and says whether it may happen. The call at
// which the power is cut reports crash with effect: half the time its effect
// is left pending, as if it had reached the page cache.
func (f *FS) step(op, name string) (effect bool, err error) {
	if f.crashed {
		return false, ErrCrashed
	}
	if f.fail != nil {
		if err := f.fail(op, name); err != nil {
			return false, &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	f.ops++
	if f.ops == f.crashAt {
		f.crashed = true
		return f.rng.IntN(2) == 0, ErrCrashed
	}
	return true, nil
}

func (f *FS) lookup(name string) (*dir, string, error) {
	d := f.dirs[filepath.Dir(name)]
	if d == nil {
		return nil, "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return d, filepath.Base(name), nil
}

func (f *FS) Create(name string) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, base, err := f.lookup(name)
	if err != nil {
		return nil, err
	}
	if d.now(base) != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	effect, err := f.step("create", name)
	n := &inode{pending: make(map[int][][]byte)}
	if effect {
		d.bind(base, n)
	}
	if err != nil {
		return nil, err
	}
	return &file{fs: f, name: name, n: n}, nil
}

func (f *FS) Open(name string) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return nil, ErrCrashed
	}
	d, base, err := f.lookup(name)
	if err != nil {
		return nil, err
	}
	n := d.now(base)
	if n == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{fs: f, name: name, n: n}, nil
}

func (f *FS) Rename(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, oldbase, err := f.lookup(oldname)
	if err != nil {
		return err
	}
	to, newbase, err := f.lookup(newname)
	if err != nil {
		return err
	}
	n := from.now(oldbase)
	if n == nil {
		return &fs.PathError{Op: "rename", Path: oldname, Err: fs.ErrNotExist}
	}
	effect, err := f.step("rename", oldname)
	if effect {
		to.bind(newbase, n)
		from.bind(oldbase, nil)
	}
	return err
}

func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, base, err := f.lookup(name)
	if err != nil {
		return err
	}
	if d.now(base) == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	effect, err := f.step("remove", name)
	if effect {
		d.bind(base, nil)
	}
	return err
}

func (f *FS) ReadDir(path string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return nil, ErrCrashed
	}
	path = filepath.Clean(path)
	d := f.dirs[path]
	if d == nil {
		return nil, &fs.PathError{Op: "readdir", Path: path, Err: fs.ErrNotExist}
	}
	var names []string
	for name := range d.names {
		if d.now(name) != nil {
			names = append(names, name)
		}
	}
	for p := range f.dirs {
		if p != path && filepath.Dir(p) == path {
			names = append(names, filepath.Base(p))
		}
	}
	slices.Sort(names)
	return names, nil
}

// MkdirAll makes directories that survive: their loss is not part of the model.
func (f *FS) MkdirAll(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return ErrCrashed
	}
	for p := filepath.Clean(path); f.dirs[p] == nil; p = filepath.Dir(p) {
		f.dirs[p] = &dir{names: make(map[string][]*inode)}
	}
	return nil
}

func (f *FS) SyncDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	path = filepath.Clean(path)
	d := f.dirs[path]
	if d == nil {
		return &fs.PathError{Op: "syncdir", Path: path, Err: fs.ErrNotExist}
	}
	effect, err := f.step("syncdir", path)
	if effect {
		for name := range d.names {
			if n := d.now(name); n != nil {
				d.names[name] = []*inode{n}
			} else {
				delete(d.names, name)
			}
		}
	}
	return err
}

func (f *FS) Lock(name string) (io.Closer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return nil, ErrCrashed
	}
	if f.dirs[filepath.Dir(name)] == nil {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: fs.ErrNotExist}
	}
	if f.locks[name] {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: durable.ErrLocked}
	}
	f.locks[name] = true
	return &held{f, name}, nil
}

type held struct {
	fs   *FS
	name string
}

func (h *held) Close() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if !h.fs.locks[h.name] {
		return fmt.Errorf("crashfs: lock %s: %w", h.name, fs.ErrClosed)
	}
	delete(h.fs.locks, h.name)
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
