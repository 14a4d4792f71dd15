package shadow

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// client is a Shadow without its types. Lock order: reporting, then mu. Nothing
// is called with mu held.
type client struct {
	settings
	conn        Conn
	thing, name string
	topics      topics

	apply  func(ctx context.Context, desired, delta json.RawMessage, version int64) error // nil without OnDelta
	normal func(reported json.RawMessage) (json.RawMessage, error)                        // what a report without a change makes of it

	running   atomic.Bool
	reporting sync.Mutex    // one change of local at a time
	asking    chan struct{} // one Desire or Delete at a time; holds a token
	slots     chan struct{} // requests under way on a connection that is shared; nil for one that is not

	fs     durable.FS
	ab     *durable.AB // open while Run is under way; nil without Dir
	lock   io.Closer
	saving sync.Mutex        // one write of the file at a time
	stored [sha256.Size]byte // of the file's content

	toSync, toApply, toSave chan struct{} // wake the three loops of Run

	mu      sync.Mutex
	cloud   cloud
	local   json.RawMessage // what the device reports; nil before its first report
	loaded  json.RawMessage // local as the file has it
	claimed json.RawMessage // a superset of what of local the cloud may hold: what is in it and not in local is to be deleted there
	unsaved bool            // the file is behind

	aim       aim
	uncertain time.Time // when an update was last given up without an answer
	deleting  bool      // Delete is under way: no update may make the shadow anew

	watched chan struct{} // closed at the next change, for Watch; nil when nobody waits

	link     context.Context // of the connection whose topics are subscribed; nil without
	linkUp   chan struct{}   // closed when link is set
	pending  map[string]*request
	since    time.Time // when stale was first seen; zero when it is not
	asked    time.Time // when the document was last asked for
	dirty    time.Time // when something first changed that an update may have to tell; zero when nothing did
	held     json.RawMessage
	heldAt   uint64 // held is an update not worth repeating before the document changes again
	seen     json.RawMessage
	seenAt   time.Time // seen is a delta that OnDelta already had, and when
	lastSeen time.Time // when the service confirmed what is known
	refused  error
	failed   error
}

// editor edits a document: before is what it read, after what it made of it.
type editor func(doc json.RawMessage) (before, after json.RawMessage, err error)

func newClient(conn Conn, thing, name string, set settings) *client {
	c := &client{
		cloud:    cloud{rules: set.rules},
		settings: set,
		conn:     conn,
		thing:    thing,
		name:     name,
		topics:   newTopics(thing, name),
		asking:   make(chan struct{}, 1),
		toSync:   make(chan struct{}, 1),
		toApply:  make(chan struct{}, 1),
		toSave:   make(chan struct{}, 1),
		linkUp:   make(chan struct{}),
		pending:  map[string]*request{},
	}
	if m, ok := conn.(*Mux); ok {
		c.slots = m.slots
	}
	return c
}

// ask takes the turn of a call that makes requests of its own.
func (c *client) ask(ctx context.Context, op string) (done func(), err error) {
	select {
	case c.asking <- struct{}{}:
		return func() { <-c.asking }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("shadow: %s: %w", op, ctx.Err())
	}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// report makes a change of local.
func (c *client) report(edit editor) error {
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.mu.Lock()
	local := c.local
	c.mu.Unlock()

	before, after, err := edit(local)
	if err != nil {
		return err
	}
	next, err := c.rules.assert(local, before, after)
	if err != nil {
		return err
	}
	if err := Validate(next, c.limits); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setLocal(next)
	return nil
}

// assert makes doc say what after says: what became of before is replayed,
// deletions included, then all of after is asserted. What neither of them knows
// stays.
func (r Rules) assert(doc, before, after json.RawMessage) (json.RawMessage, error) {
	patch, err := r.Diff(before, after)
	if err != nil {
		return nil, err
	}
	if doc, err = r.Merge(doc, patch); err != nil {
		return nil, err
	}
	return r.Merge(doc, after)
}

// setLocal is called with reporting and mu held.
func (c *client) setLocal(next json.RawMessage) {
	if c.local != nil && string(c.local) == string(next) {
		return
	}
	c.local = next
	c.unsaved = true
	wake(c.toSave)
	c.touch()
}

// touch notes, with mu held, that an update or a change may be due.
func (c *client) touch() {
	if c.dirty.IsZero() {
		c.dirty = time.Now()
	}
	wake(c.toSync)
	wake(c.toApply)
	c.note()
}

// target is, with mu held, what the cloud's reported section should be: what
// others wrote to it stays where the device never claimed the field, and
// everything the device reports is as the device says.
func (c *client) target() (json.RawMessage, error) {
	if c.local == nil {
		return c.cloud.reported, nil
	}
	of := [...]json.RawMessage{c.claimed, c.local, c.cloud.reported}
	if c.aim.doc != nil && slices.EqualFunc(of[:], c.aim.of[:], identical) {
		return c.aim.doc, nil
	}
	merged, err := c.rules.Merge3(c.claimed, c.local, c.cloud.reported)
	if err != nil {
		return nil, err
	}
	doc, err := c.rules.Merge(merged, c.local)
	if err != nil {
		return nil, err
	}
	c.aim = aim{of, doc}
	return doc, nil
}

// aim is the last target and what it was made of. A document is never changed
// in place, so the same memory is the same document.
type aim struct {
	of  [3]json.RawMessage
	doc json.RawMessage
}

func identical(a, b json.RawMessage) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// outstanding is, with mu held, the patch that the cloud's reported section
// lacks; nil when it lacks nothing.
func (c *client) outstanding() (json.RawMessage, error) {
	target, err := c.target()
	if err != nil {
		return nil, err
	}
	have := c.cloud.reported
	if have == nil {
		have = json.RawMessage("{}")
	}
	if section(target) == nil {
		target = json.RawMessage("{}")
	}
	patch, err := c.rules.Diff(have, target)
	return section(patch), err
}
