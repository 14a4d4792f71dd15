package inference

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/brinkml/brink/inference/internal/check"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// Open loads a model from a file. Data that the model keeps in other files is read from the model's folder and what
// is below it, never from outside, not through symbolic links either.
//
// A model that uses operators which this package lacks loads all the same, so that [Model.Report] can list them;
// [Model.NewSession] refuses it. The errors are those of the file system and *[FormatError], *[LimitError],
// *[NodeError].
func Open(path string, o *LoadOptions) (*Model, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	defer dir.Close()
	files := &files{open: func(name string) (fs.File, error) { return dir.Open(name) }, mapped: opts.Map}
	// The model's own file may be a symbolic link to anywhere: its path comes from the caller.
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	defer f.Close()
	b, err := files.whole(f, opts.MaxBytes)
	if err != nil {
		files.release()
		return nil, fmt.Errorf("inference: %s: %w", path, err)
	}
	return load(b, files.external, files, opts)
}

// Load reads a model from r. A model that keeps data in other files is refused with a *[FormatError]: [Open] and
// [LoadFS] can read those.
func Load(r io.Reader, o *LoadOptions) (*Model, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b, err := readLimited(r, opts.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	return load(b, func(data wire.ExternalData, _ int64) ([]byte, error) {
		return nil, fault.Format("the model keeps data in the file %q, which Load cannot reach: use Open or LoadFS", data.Location)
	}, nil, opts)
}

// LoadFS loads the model of the given name from a file system, and data that it keeps in other files from its folder
// there, as [Open] does.
func LoadFS(fsys fs.FS, name string, o *LoadOptions) (*Model, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err := fs.Sub(fsys, path.Dir(name))
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	files := &files{open: dir.Open}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	defer f.Close()
	b, err := files.whole(f, opts.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("inference: %s: %w", name, err)
	}
	return load(b, files.external, files, opts)
}

// readLimited reads all of r, up to limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, &fault.LimitError{What: "bytes of the model", Got: n, Max: limit}
	}
	return buf.Bytes(), nil
}

// load makes a model of the bytes of its file. Files, which may be nil, is released with the model.
func load(b []byte, ext graph.External, files *files, o LoadOptions) (*Model, error) {
	m, err := build(b, ext, files, o)
	if err != nil {
		files.release()
		return nil, err
	}
	m.files = files
	return m, nil
}

func build(b []byte, ext graph.External, files *files, o LoadOptions) (*Model, error) {
	w, err := wire.Decode(b, nil)
	if err != nil {
		return nil, fromWire(err)
	}
	g, err := graph.Build(w, ext)
	if err != nil {
		return nil, err
	}
	g.Release = files.done
	prog, err := check.Bind(g)
	if err != nil {
		return nil, err
	}
	typing, err := prog.Infer(context.Background(), nil, nil)
	if err != nil {
		return nil, err
	}
	m := newModel(w, prog, typing)
	return m, m.optimize(o)
}

// fromWire makes a public error of the decoder's.
func fromWire(err error) error {
	if e, ok := errors.AsType[*wire.LimitError](err); ok {
		what := e.What
		if e.Path != "" {
			what += " at " + e.Path
		}
		return &LimitError{What: what, Got: int64(e.Max) + 1, Max: int64(e.Max)}
	}
	return &FormatError{Reason: "cannot be decoded", Err: err}
}

// ParseTensor decodes a serialized TensorProto, SequenceProto or OptionalProto, as the input_N.pb and output_N.pb
// files of ONNX's test cases hold them. The result may share b's memory. It returns a *[FormatError] for anything
// else, and a *[LimitError] for what would take far more memory than b.
func ParseTensor(b []byte) (Value, error) {
	w, err := wire.DecodeValue(b, nil)
	if err != nil {
		return nil, fromWire(err)
	}
	v, err := tensor.ValueFromWire(w)
	if err != nil {
		return nil, err
	}
	return public(v), nil
}
