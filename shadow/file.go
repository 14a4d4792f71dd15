package shadow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/brinkml/brink/internal/durable"
)

// record is what Dir keeps. The file is its checksum in eight hexadecimal
// digits, a line feed, and the record as JSON.
type record struct {
	Thing   string          `json:"thing"`
	Name    string          `json:"name,omitempty"`
	Version int64           `json:"version,omitempty"`
	Exists  bool            `json:"exists,omitempty"`
	Desired json.RawMessage `json:"desired,omitempty"`
	Claimed json.RawMessage `json:"claimed,omitempty"` // the base of the next merge
	Local   json.RawMessage `json:"local,omitempty"`
}

const maxRecord = 1 << 20

var errRecord = errors.New("content fails its checksum")

func (r record) encode() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, "%08x\n", checksum(b)), b...), nil
}

func decodeRecord(b []byte) (r record, err error) {
	sum, body, ok := strings.Cut(string(b), "\n")
	if !ok || sum != fmt.Sprintf("%08x", checksum([]byte(body))) {
		return record{}, errRecord
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return record{}, err
	}
	return r, nil
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// file is the record's path: names hold neither a tilde nor a percent sign, so
// no two shadows share a file, and a colon is none for a file name everywhere.
func (c *client) file() string {
	name := c.thing
	if c.name != "" {
		name += "~" + c.name
	}
	return filepath.Join(c.dir, strings.ReplaceAll(name, ":", "%3A")+".shadow")
}

// load reads the record. A damaged one is no reason for a device not to start:
// it is logged and forgotten.
func (c *client) load() error {
	if c.dir == "" {
		return nil
	}
	if err := (durable.OS{}).MkdirAll(c.dir); err != nil {
		return fmt.Errorf("shadow: %w", err)
	}
	b, err := durable.ReadFile(durable.OS{}, c.file(), maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("shadow: %w", err)
	}
	r, err := decodeRecord(b)
	switch {
	case err != nil:
	case r.Thing != c.thing || r.Name != c.name: // a file system that does not tell A from a
		return fmt.Errorf("shadow: %s holds the shadow %q of thing %q", c.file(), r.Name, r.Thing)
	default:
		err = c.restore(r)
	}
	if err != nil {
		c.log.Error("shadow file damaged, starting without", slog.String("file", c.file()), slog.Any("error", err))
	}
	return nil
}

// restore takes a record that came off a disk: its documents must be valid, and
// what was reported must still fit.
func (c *client) restore(r record) error {
	var docs [3]json.RawMessage
	for i, doc := range []json.RawMessage{r.Desired, r.Claimed, r.Local} {
		v, err := parse(doc, dropNulls)
		if err == nil && v.kind() != absent && v.kind() != object {
			err = ErrNotObject
		}
		if err != nil {
			return err
		}
		docs[i] = encode(v)
	}
	c.cloud.desired, c.claimed = section(docs[0]), docs[1]
	c.cloud.version, c.cloud.exists = r.Version, r.Exists
	if _, err := c.normal(docs[2]); err != nil {
		c.log.Warn("shadow state of an earlier version of the program not taken over", slog.Any("error", err))
		return nil
	}
	c.local = docs[2]
	return nil
}

// save writes the record when it changed.
func (c *client) save() {
	if c.dir == "" {
		return
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	r := record{c.thing, c.name, c.cloud.version, c.cloud.exists, c.cloud.desired, c.claimed, c.local}
	c.unsaved = false
	c.mu.Unlock()
	b, err := r.encode()
	if err == nil {
		err = durable.Replace(durable.OS{}, c.file(), b)
	}
	if err != nil {
		c.log.Error("shadow not saved", slog.String("file", c.file()), slog.Any("error", err))
		c.mu.Lock()
		c.unsaved = true
		c.mu.Unlock()
	}
}

// saveLoop saves changed values, but not all the time.
func (c *client) saveLoop(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, 0, c.toSave)
		sleep(ctx, c.saveEvery, nil)
		if ctx.Err() == nil {
			c.saveChanges()
		}
	}
}

func (c *client) saveChanges() {
	c.mu.Lock()
	unsaved := c.unsaved
	c.mu.Unlock()
	if unsaved {
		c.save()
	}
}
