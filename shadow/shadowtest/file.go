package shadowtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"time"

	"github.com/brinkml/brink/shadow"
)

// stored is a record in its file: this as JSON, behind a line with its checksum
// in eight hexadecimal digits.
type stored struct {
	Thing    string    `json:"thing"`
	Name     string    `json:"name,omitempty"`
	Version  int64     `json:"version"`
	Deleted  time.Time `json:"deleted,omitzero"`
	State    sections  `json:"state"`
	Metadata sections  `json:"metadata"`
}

func encodeRecord(k key, r *record) []byte {
	b := encode(stored{
		Thing: k.thing, Name: k.name, Version: r.version, Deleted: r.deleted.Round(0),
		State: r.state(), Metadata: sections{Desired: r.metaDesired, Reported: r.metaReported},
	})
	return append(fmt.Appendf(nil, "%08x\n", checksum(b)), b...)
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// decodeRecord trusts nothing: a file with a right checksum may still have been
// written by somebody else.
func decodeRecord(b []byte) (key, *record, error) {
	sum, body, ok := bytes.Cut(b, []byte("\n"))
	if !ok || string(sum) != fmt.Sprintf("%08x", checksum(body)) {
		return key{}, nil, fmt.Errorf("%w: checksum", ErrDamaged)
	}
	type raw struct{ Desired, Reported json.RawMessage }
	var in struct {
		stored
		State    raw `json:"state"`
		Metadata raw `json:"metadata"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return key{}, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	k := key{in.Thing, in.Name}
	if !isName(k.thing, maxThing) || !isShadowName(k.name) || in.Version < 1 {
		return key{}, nil, fmt.Errorf("%w: a name or the version", ErrDamaged)
	}
	r := &record{version: in.Version, exists: in.Deleted.IsZero(), deleted: in.Deleted}
	if !r.exists {
		return k, r, nil
	}
	var err error
	if r.desired, r.metaDesired, err = decodeSection(in.State.Desired, in.Metadata.Desired); err != nil {
		return key{}, nil, fmt.Errorf("%w: desired: %w", ErrDamaged, err)
	}
	if r.reported, r.metaReported, err = decodeSection(in.State.Reported, in.Metadata.Reported); err != nil {
		return key{}, nil, fmt.Errorf("%w: reported: %w", ErrDamaged, err)
	}
	return k, r, nil
}

func decodeSection(doc, meta json.RawMessage) (json.RawMessage, any, error) {
	if len(doc) == 0 {
		return nil, nil, nil
	}
	if err := shadow.Validate(doc, shadow.Limits{Depth: math.MaxInt, Size: math.MaxInt}); err != nil {
		return nil, nil, err
	}
	doc, err := shadow.Merge(nil, doc) // sorted, and without nulls
	if doc = section(doc); err != nil || doc == nil {
		return nil, nil, err
	}
	if len(meta) == 0 || !json.Valid(meta) {
		return nil, nil, fmt.Errorf("no metadata")
	}
	stamps, err := decodeStamps(tree(doc), tree(meta))
	return doc, stamps, err
}

// decodeStamps turns decoded JSON into the metadata of v, whose shape it must
// have.
func decodeStamps(v, meta any) (any, error) {
	bad := fmt.Errorf("the metadata has another shape than the document")
	switch v := v.(type) {
	case map[string]any:
		m, ok := meta.(map[string]any)
		if !ok || len(m) != len(v) {
			return nil, bad
		}
		out := map[string]any{}
		for k, member := range v {
			var err error
			if out[k], err = decodeStamps(member, m[k]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		m, ok := meta.([]any)
		if !ok || len(m) != len(v) {
			return nil, bad
		}
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = decodeStamps(e, m[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	m, ok := meta.(map[string]any)
	n, isNumber := m["timestamp"].(json.Number)
	at, err := n.Int64()
	if !ok || len(m) != 1 || !isNumber || err != nil {
		return nil, bad
	}
	return stamp{at}, nil
}

// fileName is where a shadow's record is: something to read and a hash, because
// names may be longer than a file's, and some file systems do not tell A from a
// and take no colon.
func fileName(k key) string {
	label := strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c == ':':
			return '-'
		}
		return c
	}, k.thing+"~"+k.name)
	sum := sha256.Sum256([]byte(k.thing + "/" + k.name))
	return fmt.Sprintf("%.48s-%x%s", strings.TrimSuffix(label, "~"), sum[:8], suffix)
}
