package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// Replace makes data the whole content of name. When it returns nil the new
// content is durable; after an error or a power cut name holds the old or the
// new content, whole. It leaves at most a name+".tmp", which the next Replace
// overwrites. Calls for one name must not overlap.
func Replace(fsys FS, name string, data []byte) (err error) {
	tmp := name + ".tmp"
	if err := fsys.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("durable: replace %s: %w", name, err)
	}
	f, err := fsys.Create(tmp)
	if err != nil {
		return fmt.Errorf("durable: replace %s: %w", name, err)
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = fsys.Rename(tmp, name)
	}
	if err != nil {
		return fmt.Errorf("durable: replace %s: %w", name, errors.Join(err, fsys.Remove(tmp)))
	}
	if err := fsys.SyncDir(filepath.Dir(name)); err != nil {
		return fmt.Errorf("durable: replace %s: %w", name, err)
	}
	return nil
}

// ReadFile returns the whole content of name, refusing files of more than
// limit bytes.
func ReadFile(fsys FS, name string, limit int64) ([]byte, error) {
	return ReadInto(fsys, name, limit, nil)
}

// ReadInto is ReadFile with a buffer to use again: the content is in it if it
// has the room.
func ReadInto(fsys FS, name string, limit int64, buf []byte) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("durable: %s has %d bytes; the limit is %d", name, size, limit)
	}
	data := slices.Grow(buf[:0], int(size))[:size]
	n, err := f.ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	clear(data[n:])
	return data, nil
}
