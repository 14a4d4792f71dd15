package streams

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

const (
	// restarts bounds how often the version of a stream may change under a
	// transfer.
	restarts = 10
	// maxPatience is how long a transfer waits for a block on a slow link.
	maxPatience = 5 * time.Minute
)

// transfer is one Fetch.
type transfer struct {
	c      *Client
	file   File
	path   string
	topics topics
	log    *slog.Logger
	inbox  chan call.Message

	part     *part // nil before the stream was described
	resumed  bool  // it has blocks of an earlier call
	tokens   string
	requests int
	asked    blocks // what was asked for since the part was opened
	runs     bool   // the service does not take our bitmaps
	again    int    // how often it began anew
	patience time.Duration
	heard    time.Time // when the last block came, or was first waited for
	waiting  bool      // since heard
}

// Fetch fetches a file to path, which appears when it is whole. It returns when
// that is on the disk, waiting for connections as they come and go, and takes up
// what an earlier call, or process, left. Calls wait for each other.
//
// Errors: [*awsiot.RejectedError] for a refusal that will not pass,
// [awsiot.ErrTimeout] for a service that stays silent, [*SizeError],
// [*ChecksumError], [ErrNoFile], [ErrBusy], those of the disk, and ctx's. After
// all but a ChecksumError what has arrived is kept for the next call.
func (c *Client) Fetch(ctx context.Context, f File, path string) (err error) {
	if path == "" {
		return errors.New("streams: no path")
	}
	if err := f.check(c.opts.MaxSize); err != nil {
		return err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.fs.MkdirAll(filepath.Dir(path)); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	lock, err := c.fs.Lock(path + ".lock")
	if errors.Is(err, durable.ErrLocked) {
		return fmt.Errorf("%w: %s", ErrBusy, path)
	}
	if err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	defer func() { err = faults.Join(err, lock.Close()) }()
	if whole(c.fs, path, f, c.opts.MaxSize) {
		return remains(c.fs, path)
	}
	t := &transfer{
		c:        c,
		file:     f,
		path:     path,
		topics:   c.topics(f.Stream),
		log:      c.opts.Logger.With(slog.String("stream", f.Stream), slog.Int("file", f.ID)),
		inbox:    make(chan call.Message, 2*c.opts.Window/c.opts.BlockSize+4),
		patience: c.opts.Timeout,
	}
	defer func() { err = faults.Join(err, t.close()) }()
	for link := range c.conn.Links(ctx) {
		done, err := t.serve(ctx, link)
		if done || err != nil {
			return err
		}
		if t.part != nil {
			if err := t.part.save(); err != nil {
				return err
			}
		}
		t.log.Info("connection lost in a transfer, waiting for the next")
	}
	return ended(ctx)
}

// close keeps what has arrived.
func (t *transfer) close() error {
	if t.part == nil || t.part.file == nil {
		return nil
	}
	err := t.part.save()
	if t.part.spoiled {
		return faults.Join(err, t.part.discard())
	}
	return faults.Join(err, t.part.close())
}

// serve works on one connection: until the file is whole, until an error that
// will not pass, or until the connection is lost, which is neither.
func (t *transfer) serve(run, link context.Context) (done bool, err error) {
	ctx, cancel := during(run, link)
	defer cancel()
	t.waiting = false
	var (
		line    *call.Line
		backoff wait.Backoff
		failed  int
	)
	defer func() {
		if line != nil {
			line.Close()
		}
	}()
	for ctx.Err() == nil {
		before := t.stored()
		if line == nil {
			line, err = call.Open(link, t.c.conn, []string{t.topics.description(), t.topics.data(), t.topics.rejected()}, t.c.opts.Timeout, t.receive)
			err = asking(err)
		} else {
			done, err = t.step(ctx, line)
		}
		switch {
		case done:
			return true, err
		case run.Err() != nil:
			return false, run.Err()
		case link.Err() != nil:
			return false, nil
		case err != nil && final(err):
			return false, err
		case err == nil || t.stored() != before:
			failed = 0
			backoff.Reset()
			continue
		}
		if failed++; failed >= t.c.opts.Tries {
			return false, err
		}
		t.log.Warn("stream request failed, trying again", slog.Any("error", err))
		if !errors.Is(err, awsiot.ErrTimeout) { // which was a wait
			backoff.Wait(ctx)
		}
	}
	return false, run.Err()
}

// final says whether asking again is of no use.
func final(err error) bool {
	if rejected, ok := errors.AsType[*awsiot.RejectedError](err); ok {
		return !temporary(rejected.Code)
	}
	_, unreadable := errors.AsType[*awsiot.MessageError](err)
	return !unreadable && !errors.Is(err, awsiot.ErrTimeout) && !errors.Is(err, errAsking)
}

var (
	// errAsking marks what the connection said to a request, such as a broker
	// that does not let us publish: it may pass.
	errAsking = errors.New("streams: cannot ask")
	// errAgain ends a window after which another way is tried.
	errAgain = errors.New("streams: again")
)

func (t *transfer) stored() int64 {
	if t.part == nil {
		return 0
	}
	return t.part.stored
}

// receive takes what arrives for the transfer. What finds the inbox full is
// lost, and asked for again.
func (t *transfer) receive(m call.Message) {
	select {
	case t.inbox <- m:
	default:
	}
}

// step does the next thing: describe the stream, ask for blocks, or finish.
func (t *transfer) step(ctx context.Context, line *call.Line) (done bool, err error) {
	if t.part == nil {
		d, err := t.c.describe(ctx, line, t.topics)
		if err == nil {
			return false, t.begin(d)
		}
		return false, asking(err)
	}
	if t.part.left > 0 {
		err := t.window(ctx)
		if errors.Is(err, errAgain) {
			err = nil
		}
		return false, err
	}
	err = t.part.finish()
	if _, wrong := errors.AsType[*ChecksumError](err); wrong && t.resumed {
		// What an earlier call left may have been wrong before it came here.
		t.log.Warn("resumed file has a wrong checksum, beginning anew", slog.Any("error", err))
		t.part, t.resumed = nil, false
		return false, nil
	}
	return true, err
}

// asking marks what is not the service's answer.
func asking(err error) error {
	_, rejected := errors.AsType[*awsiot.RejectedError](err)
	_, unreadable := errors.AsType[*awsiot.MessageError](err)
	if err == nil || rejected || unreadable || errors.Is(err, awsiot.ErrTimeout) {
		return err
	}
	return fmt.Errorf("%w: %w", errAsking, err)
}

// begin opens the part of what was described.
func (t *transfer) begin(d Description) error {
	if t.file.Version != 0 && d.Version != t.file.Version {
		return &awsiot.RejectedError{
			Service: "streams", Op: "describe", Code: VersionMismatch,
			Message: fmt.Sprintf("the stream has version %d; want %d", d.Version, t.file.Version),
		}
	}
	entry, ok := d.find(t.file.ID)
	if !ok {
		return fmt.Errorf("%w: file %d of %q", ErrNoFile, t.file.ID, t.file.Stream)
	}
	id := identity{t.file.Stream, t.file.ID, d.Version, entry.Size, t.c.opts.BlockSize, t.file.SHA256}
	limit := min(t.c.opts.MaxSize, maxOffset*int64(id.Block))
	switch {
	case t.file.Size != 0 && t.file.Size != entry.Size:
		return &SizeError{t.file.Stream, t.file.ID, entry.Size, t.file.Size, limit}
	case entry.Size > limit:
		return &SizeError{t.file.Stream, t.file.ID, entry.Size, 0, limit}
	}
	p, err := openPart(t.c.fs, t.path, id, t.log)
	if err != nil {
		return err
	}
	t.part, t.resumed = p, p.stored > 0
	t.asked = newBlocks(id.count())
	t.tokens = rand.Text() + "."
	t.progress()
	return nil
}

func (t *transfer) progress() {
	t.c.opts.Progress(Progress{t.file, t.part.Version, t.part.stored, t.part.Size})
}

// window asks for the next blocks and takes what comes. It returns when all
// have come, or nothing more does: no error then if some came.
func (t *transfer) window(ctx context.Context) error {
	p := t.part
	list := next(p.have, p.count(), t.c.opts.Window/p.Block, t.runs)
	t.requests++
	req := getRequest{
		Token:   t.tokens + strconv.Itoa(t.requests),
		Version: p.Version,
		File:    p.File,
		Block:   p.Block,
	}
	req.request(list)
	missing := len(list)
	for _, i := range list {
		t.asked.add(i)
	}
	inTime, cancel := context.WithTimeout(ctx, t.patience)
	err := t.c.conn.Publish(inTime, t.topics.get(), marshal(req))
	cancel()
	if err != nil {
		return asking(err)
	}
	timer := time.NewTimer(t.patience)
	defer timer.Stop()
	if !t.waiting {
		t.heard, t.waiting = time.Now(), true
	}
	for missing > 0 {
		select {
		case m := <-t.inbox:
			stored, alive, err := t.take(m, req)
			if err != nil {
				t.waiting = false
				return err
			}
			if stored >= list[0] && stored <= list[len(list)-1] {
				missing--
			}
			if alive {
				// What took so long may take twice as long the next time.
				t.patience = max(t.c.opts.Timeout, min(2*time.Since(t.heard), maxPatience))
				t.heard = time.Now()
				timer.Reset(t.patience)
			}
		case <-timer.C:
			if missing < len(list) {
				return nil
			}
			t.patience = max(t.c.opts.Timeout, min(2*t.patience, maxPatience))
			return fmt.Errorf("%w: streams: get", awsiot.ErrTimeout)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	t.waiting = false
	return nil
}

// take takes one message. It returns the number of the block that it stored, or
// -1, and whether it was a block of this transfer at all, as what comes twice on
// a slow link is.
func (t *transfer) take(m call.Message, req getRequest) (stored int, alive bool, err error) {
	switch m.Topic {
	case t.topics.data():
		b, err := parseBlock(m.Payload)
		if err != nil {
			t.log.Warn("message of the stream ignored", slog.Any("error", &awsiot.MessageError{Topic: m.Topic, Err: err}))
			return -1, false, nil
		}
		if !strings.HasPrefix(b.token, t.tokens) {
			return -1, false, nil
		}
		stored, err := t.store(b)
		return stored, true, err
	case t.topics.rejected():
		r, err := parseRejection(m.Payload)
		if err != nil {
			t.log.Warn("message of the stream ignored", slog.Any("error", &awsiot.MessageError{Topic: m.Topic, Err: err}))
			return -1, false, nil
		}
		if r.token != "" && r.token != req.Token {
			return -1, false, nil // of another transfer, or of a request that was given up
		}
		return -1, false, t.refused(r, m.Payload, req)
	}
	return -1, false, nil
}

// store puts a block of this transfer, if it was asked for and is missing.
func (t *transfer) store(b block) (int, error) {
	p := t.part
	if b.file != p.File || b.index < 0 || b.index >= p.count() ||
		!t.asked.has(b.index) || p.have.has(b.index) {
		return -1, nil
	}
	if len(b.payload) != p.length(b.index) {
		t.log.Warn("block of the stream ignored", slog.Int("block", b.index), slog.Int("bytes", len(b.payload)), slog.Int("want", p.length(b.index)))
		return -1, nil
	}
	if err := p.put(b.index, b.payload); err != nil {
		return -1, err
	}
	t.progress()
	if p.unsaved >= t.c.opts.SyncEvery {
		return b.index, p.save()
	}
	return b.index, nil
}

// refused decides what follows from a refusal of a request for blocks.
func (t *transfer) refused(r rejection, payload []byte, req getRequest) error {
	err := r.error("get", payload)
	switch {
	case r.code == VersionMismatch && t.file.Version == 0:
		if t.again++; t.again > restarts {
			return err
		}
		t.log.Warn("stream changed in a transfer, beginning anew", slog.Any("error", err))
		p := t.part
		t.part = nil
		if err := p.discard(); err != nil {
			return err
		}
		return errAgain
	case req.Bitmap != "" && (r.code == InvalidRequest || r.code == BlockBitmapLimitExceeded):
		t.log.Warn("bitmap of blocks refused, asking for runs", slog.Any("error", err))
		t.runs = true
		return errAgain
	}
	return err
}
