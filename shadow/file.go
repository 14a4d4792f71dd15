package shadow

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/brinkml/brink/internal/durable"
)

// record is what Dir keeps, as JSON in an A/B file.
type record struct {
	Thing   string          `json:"thing"`
	Name    string          `json:"name,omitempty"`
	Version int64           `json:"version,omitempty"`
	Exists  bool            `json:"exists,omitempty"`
	Desired json.RawMessage `json:"desired,omitempty"`
	Claimed json.RawMessage `json:"claimed,omitempty"` // the base of the next merge
	Local   json.RawMessage `json:"local,omitempty"`
}

// recordRoom is the longest record: two sections, the claims, and the rest.
func recordRoom(l Limits) int { return (2+claimsFactor)*l.Size + 1024 }

func (r record) encode() ([]byte, error) { return marshal(r) }

func decodeRecord(b []byte) (r record, err error) {
	if err := json.Unmarshal(b, &r); err != nil {
		return record{}, err
	}
	return r, nil
}

// file is the record's path: names hold neither a tilde nor a percent sign, so
// no two shadows share a file, and a colon is none for a file name everywhere.
func (c *client) file() string {
	name := c.thing
	if c.name != "" {
		name += "~" + c.name
	}
	return filepath.Join(c.dir, strings.ReplaceAll(name, ":", "%3A")+".shadow")
}

// load reads the record and changes nothing: another process may own it.
func (c *client) load() error {
	if c.dir == "" {
		return nil
	}
	if err := c.fs.MkdirAll(c.dir); err != nil {
		return fmt.Errorf("shadow: %w", err)
	}
	value, err := durable.ReadAB(c.fs, c.file())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return c.take(value, err)
}

// openFile takes the file for Run. What another process wrote since it was read
// is taken over, with what was reported here on top.
func (c *client) openFile() error {
	if c.dir == "" {
		return nil
	}
	lock, err := c.fs.Lock(c.file() + ".lock")
	if errors.Is(err, durable.ErrLocked) {
		return fmt.Errorf("%w: %s belongs to another process", ErrRunning, c.file())
	}
	if err != nil {
		return fmt.Errorf("shadow: %w", err)
	}
	ab, value, err := durable.OpenABRoom(c.fs, c.file(), recordRoom(c.limits))
	if ab == nil {
		return errors.Join(fmt.Errorf("shadow: %w", err), lock.Close())
	}
	c.ab, c.lock = ab, lock
	if sha256.Sum256(value) != c.stored {
		err = c.retake(value, err)
	}
	if err != nil && !errors.Is(err, durable.ErrDamaged) {
		return errors.Join(err, c.closeFile())
	}
	return nil
}

func (c *client) closeFile() error {
	if c.ab == nil {
		return nil
	}
	err := errors.Join(c.ab.Close(), c.lock.Close())
	c.ab = nil
	return err
}

// take makes a record the state. A damaged one is no reason for a device not to
// start: it is logged and forgotten.
func (c *client) take(value []byte, err error) error {
	if err != nil && !errors.Is(err, durable.ErrDamaged) {
		return fmt.Errorf("shadow: %w", err)
	}
	c.stored = sha256.Sum256(value)
	if err == nil && value == nil {
		return nil
	}
	var r record
	if err == nil {
		r, err = decodeRecord(value)
	}
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

// retake is take for a file that changed since Bind, or the last Run.
func (c *client) retake(value []byte, damage error) error {
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	before, local := c.loaded, c.local
	c.cloud, c.claimed, c.local, c.loaded = cloud{rules: c.rules}, nil, nil, nil
	if err := c.take(value, damage); err != nil {
		return err
	}
	if local == nil {
		return nil
	}
	since, err := c.rules.Diff(before, local)
	if err != nil {
		return err
	}
	next, err := c.rules.Merge(c.local, since)
	if err != nil {
		return err
	}
	if err := Validate(next, c.limits); err != nil {
		c.log.Error("shadow state of another process and what was reported here do not fit together, keeping the former", slog.Any("error", err))
		return nil
	}
	c.setLocal(next)
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
	c.local, c.loaded = docs[2], docs[2]
	return nil
}

// save writes the record. Only Run's goroutines call it, while the file is
// open.
func (c *client) save() {
	if c.ab == nil {
		return
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	r := record{c.thing, c.name, c.cloud.version, c.cloud.exists, c.cloud.desired, c.claimed, c.local}
	c.loaded = c.local
	c.unsaved = false
	c.mu.Unlock()
	if len(r.Desired) > c.limits.Size {
		r.Version, r.Exists, r.Desired = 0, false, nil // the next get brings it, and what is ours must find room
	}
	b, err := r.encode()
	if err == nil {
		err = c.ab.Store(b)
	}
	if err != nil {
		c.log.Error("shadow not saved", slog.String("file", c.file()), slog.Any("error", err))
		c.mu.Lock()
		c.unsaved = true
		c.mu.Unlock()
		return
	}
	c.stored = sha256.Sum256(b)
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
