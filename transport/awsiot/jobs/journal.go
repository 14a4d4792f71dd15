package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

const (
	// journalRoom is the longest journal: details with a reason, what ended, and
	// the rest.
	journalRoom = 40 << 10
	// remembered is how many jobs that ended are known, besides the last.
	remembered = 32
)

// key tells an execution from every other: a job that is deleted and made again
// begins its executions at 1 again.
type key struct {
	JobID    string `json:"job"`
	Number   int64  `json:"number,omitempty"`
	QueuedAt int64  `json:"queuedAt,omitempty"` // seconds since the epoch
}

func keyOf(e Execution) key {
	k := key{JobID: e.JobID, Number: e.Number}
	if !e.QueuedAt.IsZero() {
		k.QueuedAt = e.QueuedAt.Unix()
	}
	return k
}

// entry is what is known of an execution here.
type entry struct {
	key
	Attempt int               `json:"attempt,omitempty"`
	Details map[string]string `json:"details,omitempty"`
	End     Status            `json:"end,omitempty"` // what is to be told; empty while it is under way
}

// journal is what the file holds, as JSON.
type journal struct {
	Thing   string  `json:"thing"`
	Current *entry  `json:"current,omitempty"`
	Ended   []entry `json:"ended,omitempty"` // without details, the oldest first
}

// ended finds an execution that came to its end here.
func (j *journal) ended(k key) (entry, bool) {
	for _, e := range j.Ended {
		if e.key == k {
			return e, true
		}
	}
	return entry{}, false
}

// store is the journal on disk; without a directory, in memory only.
type store struct {
	journal
	ab   *durable.AB
	lock io.Closer
}

// openStore takes the file for Run. A damaged one is no reason for a device not
// to start: it is logged and forgotten.
func openStore(fsys durable.FS, dir, thing string, log *slog.Logger) (*store, error) {
	s := &store{journal: journal{Thing: thing}}
	if dir == "" {
		return s, nil
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	file := filepath.Join(dir, name.File(thing)+".jobs")
	lock, err := fsys.Lock(file + ".lock")
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%w: %s belongs to another process", ErrRunning, file)
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	ab, value, err := durable.OpenABRoom(fsys, file, journalRoom)
	if ab == nil {
		return nil, faults.Join(fmt.Errorf("jobs: %w", err), lock.Close())
	}
	s.ab, s.lock = ab, lock
	if err == nil && value != nil {
		s.journal, err = parseJournal(value)
		if err == nil && s.Thing != thing { // a file system that does not tell A from a
			return nil, faults.Join(fmt.Errorf("jobs: %s is of thing %.130q", file, s.Thing), s.close())
		}
	}
	if err != nil {
		log.Error("journal of jobs damaged, starting without", slog.String("file", file), slog.Any("error", err))
		s.journal = journal{Thing: thing}
	}
	return s, nil
}

func parseJournal(b []byte) (journal, error) {
	var j journal
	if err := json.Unmarshal(b, &j); err != nil {
		return journal{}, err
	}
	all := j.Ended
	if j.Current != nil {
		all = append(all[:len(all):len(all)], *j.Current)
	}
	for _, e := range all {
		if name.Job(e.JobID) != nil || e.End != "" && !e.End.Terminal() {
			return journal{}, fmt.Errorf("job %.70q that is %.20q", e.JobID, e.End)
		}
	}
	return j, nil
}

// save makes j the journal, durably.
func (s *store) save(j journal) error {
	if extra := len(j.Ended) - remembered; extra > 0 {
		j.Ended = j.Ended[extra:]
	}
	if s.ab != nil {
		b, err := json.Marshal(j)
		if err == nil {
			err = s.ab.Store(b)
		}
		if err != nil {
			return fmt.Errorf("jobs: journal: %w", err)
		}
	}
	s.journal = j
	return nil
}

func (s *store) close() error {
	if s.ab == nil {
		return nil
	}
	return faults.Join(s.ab.Close(), s.lock.Close())
}
