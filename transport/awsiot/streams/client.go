package streams

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

// Client fetches files for one thing. It is safe for concurrent use, and
// fetches one file at a time.
type Client struct {
	opts  Options
	conn  awsiot.Conn
	thing string
	fs    durable.FS
	turn  chan struct{} // holds a token while a request or a transfer is under way
}

// New makes a client. It starts nothing and sends nothing.
func New(conn awsiot.Conn, thing string, o *Options) (*Client, error) {
	opts, err := o.withDefaults()
	if conn == nil {
		err = faults.Join(err, errors.New("streams: no connection"))
	}
	if err := faults.Join(err, name.Thing(thing)); err != nil {
		return nil, err
	}
	return &Client{opts: opts, conn: conn, thing: thing, fs: durable.OS{}, turn: make(chan struct{}, 1)}, nil
}

// File says what to fetch.
type File struct {
	Stream string // its identifier: 1 to 128 of a-z, A-Z, 0-9, underscore, hyphen
	ID     int    // of the file in the stream: 0 to 255
	// Size in bytes, where it is known; 0: what the service says.
	Size int64
	// SHA256 is the file's checksum. Nil: it is not checked, and only the
	// connection vouches for what arrives.
	SHA256 []byte
	// Version is the stream's version to insist on: another one is refused. 0:
	// whichever there is.
	Version int64
}

func (f File) check(limit int64) error {
	var errs faults.List
	errs.Add(name.Stream(f.Stream))
	if f.ID < 0 || f.ID > maxFileID {
		errs.Addf("streams: file %d; want 0 to %d", f.ID, maxFileID)
	}
	if f.Size < 0 || f.Version < 0 {
		errs.Addf("streams: size %d, version %d; want none below 0", f.Size, f.Version)
	}
	if f.Size > limit {
		errs.Add(&SizeError{Stream: f.Stream, ID: f.ID, Size: f.Size, Limit: limit})
	}
	if n := len(f.SHA256); n != 0 && n != sha256.Size {
		errs.Addf("streams: SHA-256 of %d bytes; want %d", n, sha256.Size)
	}
	return errs.Err()
}

// topics of one stream.
type topics struct{ prefix string }

func (c *Client) topics(stream string) topics {
	return topics{"$aws/things/" + c.thing + "/streams/" + stream}
}

func (t topics) describe() string    { return t.prefix + "/describe/json" }
func (t topics) get() string         { return t.prefix + "/get/json" }
func (t topics) description() string { return t.prefix + "/description/json" }
func (t topics) data() string        { return t.prefix + "/data/json" }
func (t topics) rejected() string    { return t.prefix + "/rejected/json" }

// Describe asks what a stream holds. It waits for a connection, if there is
// none. Errors are those of a request: [*awsiot.RejectedError],
// [*awsiot.MessageError], [awsiot.ErrTimeout], [awsiot.ErrNoLink], ctx's.
func (c *Client) Describe(ctx context.Context, stream string) (Description, error) {
	if err := name.Stream(stream); err != nil {
		return Description{}, err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return Description{}, ctx.Err()
	}
	for link := range c.conn.Links(ctx) {
		ctx, cancel := during(ctx, link)
		defer cancel()
		topics := c.topics(stream)
		line, err := call.Open(link, c.conn, []string{topics.description(), topics.rejected()}, c.opts.Timeout, nil)
		if err != nil {
			return Description{}, err
		}
		defer line.Close()
		return c.describe(ctx, line, topics)
	}
	return Description{}, ended(ctx)
}

func (c *Client) describe(ctx context.Context, line *call.Line, topics topics) (Description, error) {
	token := rand.Text()
	var d Description
	answer := func(m call.Message) bool {
		switch m.Topic {
		case topics.description():
			_, t, err := parseDescription(m.Payload)
			return t == token || err != nil && t == ""
		case topics.rejected():
			r, err := parseRejection(m.Payload)
			return err == nil && (r.token == token || r.token == "")
		}
		return false
	}
	m, err := line.Do(ctx, topics.describe(), marshal(describeRequest{token}), answer)
	if err != nil {
		return d, err
	}
	if m.Topic == topics.rejected() {
		r, _ := parseRejection(m.Payload)
		return d, r.error("describe", m.Payload)
	}
	if d, _, err = parseDescription(m.Payload); err != nil {
		return d, &awsiot.MessageError{Topic: m.Topic, Err: err}
	}
	return d, nil
}

func (r rejection) error(op string, payload []byte) error {
	return &awsiot.RejectedError{Service: "streams", Op: op, Code: r.code, Message: r.text, Payload: payload}
}

// during is a context that ends with either.
func during(ctx, link context.Context) (context.Context, context.CancelFunc) {
	both, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(link, cancel)
	return both, func() { stop(); cancel() }
}

// ended is why there are no more connections.
func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: it will not come back", awsiot.ErrNoLink)
}
