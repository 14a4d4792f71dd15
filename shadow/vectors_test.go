package shadow

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readVectors reads a file of testdata. Every vector has a name of its own and
// says where its fact is from.
func readVectors[V interface{ origin() (name, source string) }](t *testing.T, file string) []V {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		About   string `json:"about"`
		Vectors []V    `json:"vectors"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&content); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(content.Vectors) == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
	seen := map[string]bool{}
	for _, v := range content.Vectors {
		name, source := v.origin()
		if name == "" || source == "" || seen[name] {
			t.Errorf("%s: vector %q, source %q: want both, and the name once", file, name, source)
		}
		seen[name] = true
	}
	return content.Vectors
}

type fact struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Note   string `json:"note"` // where the source says something else
}

func (f fact) origin() (name, source string) { return f.Name, f.Source }

// compact is the text of a document in a vector without space; its members are
// in order already.
func compact(t *testing.T, doc json.RawMessage) string {
	t.Helper()
	if doc == nil {
		return ""
	}
	var b bytes.Buffer
	if err := json.Compact(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMergeVectors(t *testing.T) {
	type vector struct {
		fact
		Rules Rules           `json:"rules"`
		Doc   json.RawMessage `json:"doc"`
		Patch json.RawMessage `json:"patch"`
		Want  json.RawMessage `json:"want"`
	}
	for _, v := range readVectors[vector](t, "merge.json") {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.Rules.Merge(v.Doc, v.Patch)
			if err != nil || string(got) != compact(t, v.Want) {
				t.Errorf("%s: %+v.Merge(%s, %s) = %s, %v; want %s", v.Source, v.Rules, v.Doc, v.Patch, got, err, v.Want)
			}
		})
	}
}

func TestDiffVectors(t *testing.T) {
	type vector struct {
		fact
		Rules Rules           `json:"rules"`
		Old   json.RawMessage `json:"old"`
		New   json.RawMessage `json:"new"`
		Want  json.RawMessage `json:"want"`
	}
	for _, v := range readVectors[vector](t, "diff.json") {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.Rules.Diff(v.Old, v.New)
			if err != nil || string(got) != compact(t, v.Want) {
				t.Fatalf("%s: %+v.Diff(%s, %s) = %s, %v; want %s", v.Source, v.Rules, v.Old, v.New, got, err, v.Want)
			}
			if back, err := v.Rules.Merge(v.Old, got); err != nil || !equalDocs(t, v.Rules, back, v.New) {
				t.Errorf("%+v.Merge(%s, %s) = %s, %v; want %s", v.Rules, v.Old, got, back, err, v.New)
			}
		})
	}
}

func TestDeltaVectors(t *testing.T) {
	type vector struct {
		fact
		Rules    Rules           `json:"rules"`
		Desired  json.RawMessage `json:"desired"`
		Reported json.RawMessage `json:"reported"`
		Want     json.RawMessage `json:"want"`
	}
	for _, v := range readVectors[vector](t, "delta.json") {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.Rules.Delta(v.Desired, v.Reported)
			if err != nil || string(got) != compact(t, v.Want) {
				t.Errorf("%s: %+v.Delta(%s, %s) = %s, %v; want %s", v.Source, v.Rules, v.Desired, v.Reported, got, err, v.Want)
			}
		})
	}
}

func TestMerge3Vectors(t *testing.T) {
	type vector struct {
		fact
		Rules   Rules           `json:"rules"`
		Base    json.RawMessage `json:"base"`
		Local   json.RawMessage `json:"local"`
		Remote  json.RawMessage `json:"remote"`
		Want    json.RawMessage `json:"want"`
		Swapped json.RawMessage `json:"swapped"`
	}
	for _, v := range readVectors[vector](t, "merge3.json") {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.Rules.Merge3(v.Base, v.Local, v.Remote)
			if err != nil || string(got) != compact(t, v.Want) {
				t.Errorf("%s: %+v.Merge3(%s, %s, %s) = %s, %v; want %s", v.Source, v.Rules, v.Base, v.Local, v.Remote, got, err, v.Want)
			}
			got, err = v.Rules.Merge3(v.Base, v.Remote, v.Local)
			if err != nil || string(got) != compact(t, v.Swapped) {
				t.Errorf("%s: %+v.Merge3(%s, %s, %s) = %s, %v; want %s", v.Source, v.Rules, v.Base, v.Remote, v.Local, got, err, v.Swapped)
			}
		})
	}
}

func TestValidateVectors(t *testing.T) {
	type vector struct {
		fact
		Limits Limits          `json:"limits"`
		Doc    json.RawMessage `json:"doc"`
		Text   string          `json:"text"`
		Hex    string          `json:"hex"`
		Parts  []struct {
			Text  string `json:"text"`
			Times int    `json:"times"`
		} `json:"parts"`
		Want   string `json:"want"`
		Offset *int   `json:"offset"`
	}
	errs := map[string]error{
		"": nil, "ErrSyntax": ErrSyntax, "ErrEncoding": ErrEncoding, "ErrDuplicateKey": ErrDuplicateKey, "ErrDepth": ErrDepth,
		"ErrSize": ErrSize, "ErrNullElement": ErrNullElement, "ErrNotObject": ErrNotObject,
	}
	for _, v := range readVectors[vector](t, "validate.json") {
		t.Run(v.Name, func(t *testing.T) {
			want, ok := errs[v.Want]
			if !ok {
				t.Fatalf("no error is called %s", v.Want)
			}
			binary, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			doc := append([]byte(string(v.Doc)+v.Text), binary...)
			for _, p := range v.Parts {
				doc = append(doc, strings.Repeat(p.Text, p.Times)...)
			}
			err = Validate(doc, v.Limits)
			if !errors.Is(err, want) {
				t.Fatalf("%s: Validate(%.100q, %+v) = %v; want %v", v.Source, doc, v.Limits, err, want)
			}
			var de *DocumentError
			if v.Offset != nil && (!errors.As(err, &de) || de.Offset != *v.Offset) {
				t.Errorf("%s: Validate(%.100q, %+v) = %v; want it at byte %d", v.Source, doc, v.Limits, err, *v.Offset)
			}
		})
	}
}

// Every file of vectors is run by a test here.
func TestVectorFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]bool{"merge.json": true, "diff.json": true, "delta.json": true, "merge3.json": true, "validate.json": true}
	for _, f := range files {
		if !run[filepath.Base(f)] {
			t.Errorf("%s is run by no test", f)
		}
	}
	if len(files) != len(run) {
		t.Errorf("testdata holds %d files of vectors; want %d", len(files), len(run))
	}
}
