package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData uses fdatasync: it writes the size when that changed and leaves
// out the times, which saves a journal commit on a preallocated file.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
	}
}

// preallocate reserves the space and then writes zeros there. Space that is
// only reserved is marked as never written, block by block, and each first write
// to a block would cost its sync a journal commit to take the mark away: several
// blocks written instead of one.
func preallocate(f *os.File, from, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case err == nil:
			return writeZeros(f, from, size)
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
			return f.Truncate(size)
		default:
			return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
		}
	}
}

// writeZeros writes a page at a time: of a larger piece the page cache makes a
// larger unit, which each later write of a few bytes would make dirty whole.
func writeZeros(f *os.File, from, size int64) error {
	zeros := make([]byte, min(4<<10, size-from))
	for from < size {
		n, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-from)], from)
		if err != nil {
			return err
		}
		from += int64(n)
	}
	return unix.Fdatasync(int(f.Fd()))
}
