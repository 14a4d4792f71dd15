package shadow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/brinkml/brink/internal/durable"
)

// Shadow keeps a device and its shadow in step: D is the desired state, R what
// the device reports, both structs or maps that encode as JSON objects. It is
// safe for concurrent use.
type Shadow[D, R any] struct {
	c *client
}

// Change is what [Options].OnDelta is to apply.
type Change[D any] struct {
	Desired D               // the whole desired state
	Delta   json.RawMessage // the part of it that the device does not report, with the path from the root
	Version int64           // of the shadow's document
}

// Document is the shadow as the device sees it.
type Document[D, R any] struct {
	Desired  D     // as last heard from the service
	Reported R     // as the device reported last, whether or not the service knows
	Version  int64 // of the service's document that Desired is from; 0 when none was heard of
}

// Freshness says how far a [Document] can be trusted.
type Freshness struct {
	Synced  bool      // connected, and nothing suggests that the service's document is another
	At      time.Time // when the service last confirmed what is known of its document; zero: not in this process
	Pending bool      // the service does not know all that was reported
	Refused error     // what OnDelta said of a change that is still outstanding
	Err     error     // the last request's failure; nil after a success
}

// Bind makes a Shadow of a thing over a connection. It starts nothing and sends
// nothing until [Shadow.Run]; it reads what Options.Dir kept. All wrong options
// are reported together.
func Bind[D, R any](c Conn, thing string, o *Options[D, R]) (*Shadow[D, R], error) {
	return bind(c, thing, o, durable.OS{})
}

func bind[D, R any](c Conn, thing string, o *Options[D, R], fsys durable.FS) (*Shadow[D, R], error) {
	if o == nil {
		o = &Options[D, R]{}
	}
	set, err := o.settings()
	err = errors.Join(err, checkNames(thing, o.Name))
	if c == nil {
		err = errors.Join(err, errors.New("shadow: no connection given"))
	}
	if err != nil {
		return nil, err
	}
	cl := newClient(c, thing, o.Name, set)
	cl.fs = fsys
	cl.normal = func(reported json.RawMessage) (json.RawMessage, error) {
		r, err := decode[R](reported)
		if err != nil {
			return nil, err
		}
		whole, err := encodeAs(r)
		if err != nil {
			return nil, err
		}
		return cl.rules.Merge(reported, whole)
	}
	if onDelta := o.OnDelta; onDelta != nil {
		cl.apply = func(ctx context.Context, desired, delta json.RawMessage, version int64) error {
			d, err := decode[D](desired)
			if err != nil {
				return err
			}
			return onDelta(ctx, Change[D]{d, bytes.Clone(delta), version})
		}
	}
	if err := cl.load(); err != nil {
		return nil, err
	}
	return &Shadow[D, R]{cl}, nil
}

// Run keeps the shadow in step until ctx ends and returns ctx's error. On each
// connection it subscribes, asks for the document, and merges it with what the
// device reported meanwhile: in reported the device wins, in desired the cloud.
// It may be called again after it returned; two at a time, also of two processes
// with one Options.Dir, are [ErrRunning].
//
// Run uses the calling goroutine for the service, one more for OnDelta and one
// for the files; both have ended when it returns.
func (s *Shadow[D, R]) Run(ctx context.Context) error { return s.c.run(ctx) }

// Report changes what the device reports: f edits the present state, the zero
// value before the first report. It works with and without a connection: Run
// sends the smallest update that makes the cloud agree, many reports in one.
// The device has the last word: what the cloud's reported section says
// differently in a field of R is overwritten, and a field that R no longer
// encodes is deleted.
//
// Report returns when the change is recorded in memory. An error of f is
// returned and changes nothing, as does a state that breaks [Limits] (a
// [*DocumentError]). f must not call Report. Numbers in fields of type any
// arrive as [json.Number].
func (s *Shadow[D, R]) Report(ctx context.Context, f func(*R) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.c.report(edit(f))
}

// Desire changes the desired state, as an application would: f edits the
// present one, and only what it changed is sent, under the version it was made
// from. When someone else was faster, Desire asks for the new state and calls f
// again; only two that make the shadow at the same moment do not see each
// other. It waits for a connection, for the answer, and for its turn when other
// calls are under way, until ctx ends; Run must be running.
//
// Fields that f leaves as they are, also at their zero value, are not sent: to
// desire a zero in a field that is not there yet, use a pointer. An error of f
// is returned. Other errors are [*RejectedError], [*DocumentError] or wrap
// ctx's; after the latter, the change may or may not have been made.
func (s *Shadow[D, R]) Desire(ctx context.Context, f func(*D) error) error {
	return s.c.desire(ctx, edit(f))
}

// Delete deletes the shadow at the service, with everything that anybody desired
// or reported, and forgets what this device reported until now; what it reports
// from now on makes a new shadow. No shadow to delete is no error. Delete waits
// for a connection, for the answer, and for its turn when other calls are under
// way, until ctx ends; Run must be running. Errors are [*RejectedError], after
// which everything is as before, or wrap ctx's, after which the shadow may or
// may not be deleted and is reported to again.
func (s *Shadow[D, R]) Delete(ctx context.Context) error { return s.c.delete(ctx) }

// State returns the document and how fresh it is, without asking the service.
// Where the cloud's desired state does not fit D, Desired holds what does, and
// Freshness.Err says what does not.
func (s *Shadow[D, R]) State() (Document[D, R], Freshness) {
	s.c.mu.Lock()
	v := s.c.view()
	s.c.mu.Unlock()
	return document[D, R](v)
}

// edit makes a change of a document out of a change of what it decodes to.
func edit[T any](f func(*T) error) editor {
	return func(doc json.RawMessage) (before, after json.RawMessage, err error) {
		v, err := decode[T](doc)
		if err != nil {
			return nil, nil, err
		}
		if before, err = encodeAs(v); err != nil {
			return nil, nil, err
		}
		if err := f(&v); err != nil {
			return nil, nil, err
		}
		after, err = encodeAs(v)
		return before, after, err
	}
}

// decode keeps the digits of numbers that land in an any.
func decode[T any](doc json.RawMessage) (v T, err error) {
	if len(doc) == 0 {
		return v, nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("shadow: document does not fit %T: %w", v, err)
	}
	return v, nil
}

func encodeAs(v any) (json.RawMessage, error) {
	b, err := marshal(v)
	if err != nil {
		return nil, fmt.Errorf("shadow: %T: %w", v, err)
	}
	doc, err := parse(b, dropNulls)
	switch {
	case err != nil:
		return nil, err
	case doc.kind() == absent:
		return json.RawMessage("{}"), nil
	case doc.kind() != object:
		return nil, fmt.Errorf("shadow: %T: %w", v, &DocumentError{Err: ErrNotObject})
	}
	return encode(doc), nil
}

// marshal is json.Marshal without escapes for HTML, which would make documents
// longer than the service counts them.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
