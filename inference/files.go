package inference

import (
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/wire"
)

// files reads a model's own file and those beside it, and keeps the mappings made of them.
type files struct {
	open     func(name string) (fs.File, error) // below the model's folder; cannot leave it
	mapped   bool
	mappings []mapping
	byName   map[string][]byte // mapped files
}

// mapping is a file mapped into memory.
type mapping struct{ data []byte }

// release unmaps everything. It may be called on nil.
func (f *files) release() {
	if f == nil {
		return
	}
	for _, m := range f.mappings {
		unmap(m.data)
	}
	f.mappings = nil
}

// done lets the pages of mapped files go whose bytes all lie in data: they are read again if somebody looks at them. It
// may be called on nil, and by several goroutines.
func (f *files) done(data []byte) {
	if f == nil || len(data) < 4*pageSize {
		return
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	for _, m := range f.mappings {
		start := uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
		if from >= start && from-start < uintptr(len(m.data)) {
			first := (int(from-start) + pageSize - 1) &^ (pageSize - 1)
			last := (int(from-start) + len(data)) &^ (pageSize - 1)
			discard(m.data[first:last])
			return
		}
	}
}

// pageSize is a multiple of the size of a page on all machines that files are mapped on.
const pageSize = 1 << 16

// whole returns the contents of an open file of at most limit bytes.
func (f *files) whole(file fs.File, limit int64) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() && info.Size() > limit {
		return nil, &fault.LimitError{What: "bytes of the model", Got: info.Size(), Max: limit}
	}
	if b, ok := f.tryMap(file, info); ok {
		return b, nil
	}
	return readLimited(file, limit)
}

// tryMap maps a file, if that is wanted and possible.
func (f *files) tryMap(file fs.File, info fs.FileInfo) ([]byte, bool) {
	osFile, ok := file.(*os.File)
	if !f.mapped || !ok || !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > math.MaxInt {
		return nil, false
	}
	b, err := mapFile(osFile, int(info.Size()))
	if err != nil {
		return nil, false
	}
	f.mappings = append(f.mappings, mapping{b})
	return b, true
}

// external reads the data of a tensor from a file beside the model.
func (f *files) external(data wire.ExternalData, length int64) ([]byte, error) {
	b, err := f.part(data.Location, data.Offset, length)
	if err != nil {
		return nil, &fault.FormatError{Reason: "external data", Err: err}
	}
	return b, nil
}

func (f *files) part(location string, offset, length int64) ([]byte, error) {
	name := path.Clean(location)
	if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fault.Format("location %q is not inside of the model's folder", location)
	}
	if b, ok := f.byName[name]; ok {
		return slicePart(b, location, offset, length)
	}
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fault.Format("%q is no regular file", location)
	}
	if b, ok := f.tryMap(file, info); ok {
		if f.byName == nil {
			f.byName = map[string][]byte{}
		}
		f.byName[name] = b
		return slicePart(b, location, offset, length)
	}
	if err := checkPart(info.Size(), location, offset, length); err != nil {
		return nil, err
	}
	b := make([]byte, length)
	if at, ok := file.(io.ReaderAt); ok {
		if n, err := at.ReadAt(b, offset); n < len(b) {
			return nil, err
		}
		return b, nil
	}
	// Not io.CopyN, which brings everything that an *os.File can be copied by into the program.
	for skip := make([]byte, min(offset, 1<<16)); offset > 0; offset -= int64(len(skip)) {
		skip = skip[:min(offset, int64(len(skip)))]
		if _, err := io.ReadFull(file, skip); err != nil {
			return nil, err
		}
	}
	_, err = io.ReadFull(file, b)
	return b, err
}

func slicePart(b []byte, location string, offset, length int64) ([]byte, error) {
	if err := checkPart(int64(len(b)), location, offset, length); err != nil {
		return nil, err
	}
	return b[offset : offset+length : offset+length], nil
}

// checkPart checks that a file of the given size holds length bytes from offset.
func checkPart(size int64, location string, offset, length int64) error {
	if offset < 0 || length < 0 || offset > size || length > size-offset || length > math.MaxInt {
		return fault.Format("%q has %d bytes, not %d from %d", location, size, length, offset)
	}
	return nil
}
