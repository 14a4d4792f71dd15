package durable

import (
	"errors"
	"io"
)

// ErrLocked reports that another process, or another user in this process,
// holds the lock.
var ErrLocked = errors.New("already locked by another user")

// FS is a file system as a log needs it. Names are operating system paths.
// Implementations are safe for concurrent use.
type FS interface {
	// Create makes a new file for reading and writing; it fails with
	// fs.ErrExist when the name is taken.
	Create(name string) (File, error)
	// Open opens an existing file for reading and writing; it fails with
	// fs.ErrNotExist when there is none.
	Open(name string) (File, error)
	// Rename moves oldname over newname, replacing it.
	Rename(oldname, newname string) error
	// Remove deletes a file.
	Remove(name string) error
	// ReadDir lists the names in a directory, sorted, without their path.
	ReadDir(dir string) ([]string, error)
	// MkdirAll makes a directory and its missing parents, durably.
	MkdirAll(dir string) error
	// SyncDir makes the creations, renames and removals in dir durable.
	SyncDir(dir string) error
	// Lock takes an exclusive lock on a file, creating it when missing. It
	// never waits: a held lock is [ErrLocked]. The lock ends with Close, or
	// with the process.
	Lock(name string) (io.Closer, error)
}

// File is an open file. ReadAt and WriteAt are safe for concurrent use on
// disjoint ranges.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer

	// Sync makes the written bytes, and the size needed to read them back,
	// durable. After an error nothing is known about the bytes since the last
	// successful Sync, and a later success says nothing about them either.
	Sync() error
	// Size is the length of the file in bytes.
	Size() (int64, error)
	// Truncate sets the length of the file.
	Truncate(size int64) error
	// Preallocate makes the file at least size bytes long, reading as zeros
	// where nothing was written, and reserves the space where the system can.
	Preallocate(size int64) error
}
