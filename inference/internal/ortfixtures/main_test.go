package main

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// TestArchiveIsCurrent fails when a case was changed without running make.sh: the archive must hold the models and
// inputs that the program writes today, and outputs for them. It needs no runtime.
func TestArchiveIsCurrent(t *testing.T) {
	outer, err := zip.OpenReader("../../testdata/ort.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	b := contents(t, outer.File[0])
	inner, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	have := map[string][]byte{}
	for _, f := range inner.File {
		have[f.Name] = contents(t, f)
	}
	names := map[string]bool{}
	for _, c := range all() {
		if names[c.name] {
			t.Errorf("two cases are named %s", c.name)
		}
		names[c.name] = true
		files, err := c.write()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		m, err := c.decoded()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for name, want := range files {
			if got, ok := have[c.name+"/"+name]; !ok || !bytes.Equal(got, want) {
				t.Errorf("%s/%s is another in the archive, or missing; run make.sh", c.name, name)
			}
			delete(have, c.name+"/"+name)
		}
		for i := range m.Graph.Outputs {
			delete(have, c.name+"/"+outputFile(i))
		}
	}
	for name := range have {
		t.Errorf("the archive has %s, which belongs to no case", name)
	}
}

func contents(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
