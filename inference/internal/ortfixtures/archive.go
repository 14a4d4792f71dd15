package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// pack writes the cases with the runtime's outputs as a zip. It goes on past cases that fail and returns their errors.
// The files are so many and so small that their names would fill most of it: they go uncompressed into a zip of their
// own, and that one into the archive.
func pack(r *onnxRuntime, cases []*testCase) ([]byte, []error) {
	var inner bytes.Buffer
	z := zip.NewWriter(&inner)
	var errs []error
	for _, c := range cases {
		files, err := finish(r, c)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if err := put(z, c.name+"/"+name, zip.Store, files[name]); err != nil {
				return nil, append(errs, err)
			}
		}
	}
	if err := z.Close(); err != nil {
		return nil, append(errs, err)
	}
	var out bytes.Buffer
	z = zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	if err := errors.Join(put(z, "cases.zip", zip.Deflate, inner.Bytes()), z.Close()); err != nil {
		return nil, append(errs, err)
	}
	return out.Bytes(), errs
}

// put adds a file without a time, so that the same cases give the same archive.
func put(z *zip.Writer, name string, method uint16, b []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// finish runs a case in the runtime and returns its files, outputs and all.
func finish(r *onnxRuntime, c *testCase) (map[string][]byte, error) {
	files, err := c.write()
	if err != nil {
		return nil, err
	}
	m, err := c.decoded()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "case")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writeFiles(dir, files); err != nil {
		return nil, err
	}
	in := make([]*wire.Value, len(c.inputs))
	for i := range in {
		if in[i], err = decode(files[inputFile(i)], c.inputs[i]); err != nil {
			return nil, err
		}
	}
	out, err := r.outputs(dir, m.Graph, in)
	if err != nil {
		return nil, err
	}
	for i, v := range out {
		files[outputFile(i)] = encode(v)
	}
	return files, nil
}

// decode reads b, which holds v: an optional looks like a sequence to who does not know.
func decode(b []byte, v inference.Value) (*wire.Value, error) {
	if _, ok := v.(*inference.Optional); ok {
		o, err := wire.DecodeOptional(b, nil)
		return &wire.Value{Optional: o}, err
	}
	w, err := wire.DecodeValue(b, nil)
	return &w, err
}

func inputFile(i int) string { return fmt.Sprintf("test_data_set_0/input_%d.pb", i) }

func outputFile(i int) string { return fmt.Sprintf("test_data_set_0/output_%d.pb", i) }

func encode(v *wire.Value) []byte {
	switch {
	case v.Tensor != nil:
		return wire.EncodeTensor(v.Tensor)
	case v.Sequence != nil:
		return wire.EncodeSequence(v.Sequence)
	}
	return wire.EncodeOptional(v.Optional)
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
