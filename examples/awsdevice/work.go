package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/brinkml/brink/transport/awsiot/jobs"
	"github.com/brinkml/brink/transport/awsiot/streams"
)

// errand is the document of a job that brings a model.
type errand struct {
	Operation string `json:"operation"` // "fetch"
	Stream    string `json:"stream"`
	File      int    `json:"file"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
}

// jobs returns what takes jobs. A job may not take more than its attempts: one that brings the device down each time is given up.
func (d *device) jobs() (func(context.Context) error, error) {
	j, err := jobs.New(d.out.Conn(), d.thing, &jobs.Options{
		Dir:      filepath.Join(d.o.state, "jobs"),
		Handlers: map[string]jobs.Handler{"fetch": d.fetch},
		Attempts: 100,
		Logger:   d.log,
	})
	if err != nil {
		return nil, err
	}
	return j.Run, nil
}

// fetch does a job: the model is fetched, checked and put in place. The document names what to fetch, and has no say in where it goes.
// Done again after a power cut it costs nothing, because the file is there.
func (d *device) fetch(ctx context.Context, job *jobs.Job) error {
	var e errand
	if err := json.Unmarshal(job.Document, &e); err != nil {
		return fmt.Errorf("%w: %w", jobs.ErrReject, err)
	}
	sum, err := hex.DecodeString(e.SHA256)
	if err != nil || e.SHA256 == "" {
		return fmt.Errorf("%w: sha256 %q", jobs.ErrReject, e.SHA256)
	}
	d.tell("job", struct {
		ID      string `json:"id"`
		Attempt int    `json:"attempt"`
	}{job.ID, job.Attempt})
	told := int64(-1)
	c, err := streams.New(d.out.Conn(), d.thing, &streams.Options{
		SyncEvery: 256 << 10,
		Progress: func(p streams.Progress) {
			tenth := p.Stored * 10 / max(p.Total, 1)
			if tenth == told {
				return
			}
			told = tenth
			// A canceled job is seen by the transfer, which has the same context.
			if err := job.Progress(ctx, map[string]string{"percent": strconv.FormatInt(10*tenth, 10)}); err != nil && ctx.Err() == nil {
				d.log.Warn("no progress is told", "job", job.ID, "err", err)
			}
		},
		Logger: d.log,
	})
	if err != nil {
		return err
	}
	if err := c.Fetch(ctx, streams.File{Stream: e.Stream, ID: e.File, Size: e.Size, SHA256: sum}, d.model()); err != nil {
		return err
	}
	if err := d.reportModel(ctx); err != nil {
		return err
	}
	d.tell("placed", struct {
		Job   string `json:"job"`
		Bytes int64  `json:"bytes"`
	}{job.ID, e.Size})
	return nil
}
