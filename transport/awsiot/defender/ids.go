package defender

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

// maxID is the highest identifier: beyond it JSON numbers lose digits.
const maxID = 1<<53 - 1

// ids gives out report identifiers that only grow. It is not safe for
// concurrent use.
type ids struct {
	last int64 // 0: none yet
	ab   *durable.AB
	lock io.Closer
}

// openIDs reads the last identifier that was given out; without a directory
// there is none. A file that is damaged is logged and begun anew.
func openIDs(fsys durable.FS, dir, thing string, log *slog.Logger) (*ids, error) {
	if dir == "" {
		return &ids{}, nil
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("defender: %w", err)
	}
	file := filepath.Join(dir, name.File(thing)+".defender")
	lock, err := fsys.Lock(file + ".lock")
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%w: %s belongs to another process", ErrRunning, file)
	}
	if err != nil {
		return nil, fmt.Errorf("defender: %w", err)
	}
	ab, value, err := durable.OpenAB(fsys, file)
	if ab == nil {
		return nil, faults.Join(fmt.Errorf("defender: %w", err), lock.Close())
	}
	i := &ids{ab: ab, lock: lock}
	switch {
	case err != nil:
		log.Error("last report identifier is damaged, beginning with the time", slog.String("file", file), slog.Any("error", err))
	case len(value) == 8:
		i.last = int64(min(binary.LittleEndian.Uint64(value), maxID))
	}
	return i, nil
}

// next gives out an identifier, once it is on the disk that it was.
func (i *ids) next(now time.Time) (int64, error) {
	id := max(min(now.Unix(), maxID), i.last+1, 1)
	if id > maxID {
		return 0, errors.New("defender: no report identifiers are left")
	}
	i.last = id // used up, whatever the disk says
	if i.ab != nil {
		if err := i.ab.Store(binary.LittleEndian.AppendUint64(nil, uint64(id))); err != nil {
			return 0, fmt.Errorf("defender: %w", err)
		}
	}
	return id, nil
}

// due is how long after now the next report may go, when reports are an interval
// apart: the last identifier says when the last one went, if the clock is right.
func (i *ids) due(now time.Time, interval time.Duration) time.Duration {
	since := now.Sub(time.Unix(i.last, 0))
	if i.last == 0 || since < 0 || since >= interval {
		return 0
	}
	return interval - since
}

func (i *ids) close() error {
	if i.ab == nil {
		return nil
	}
	return faults.Join(i.ab.Close(), i.lock.Close())
}
