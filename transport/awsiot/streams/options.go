package streams

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/brinkml/brink/transport/awsiot/internal/faults"
)

// The service's limits.
const (
	minBlock  = 256
	maxBlock  = 128 << 10
	maxWindow = 128 << 10 // what the service sends in answer to one request
	maxOffset = 98304     // the highest number of a block that can be asked for, and of blocks in a request
	maxBitmap = 12287     // bytes: the page says less than 12,288
	maxFileID = 255
	maxFiles  = 256
)

// Options of [New]. The zero value is ready to use.
type Options struct {
	// BlockSize is the size of a block in bytes: 256 to 131072. 0: 32 KiB.
	// What arrives is a third longer, being base64: above some 96 KB it does not
	// fit in a message of 128 KiB. A transfer that is taken up with another size
	// begins anew.
	BlockSize int

	// Window is how many bytes one request asks for: at least BlockSize, at
	// most 128 KiB. 0: 128 KiB. It is what is held in memory, and what a slow
	// link has under way.
	Window int

	// MaxSize is the largest file that is fetched, in bytes. 0: 24 MiB, which
	// the service's page gives as its own limit. A file of more than 98,304
	// blocks cannot be asked for.
	MaxSize int64

	// Timeout is how long to wait for the next message of the service before
	// what is missing is asked for again. 0: 10 s. It is the least: on a slow
	// link a transfer becomes more patient by itself.
	Timeout time.Duration

	// Tries is how often in a row a request may fail on a standing connection,
	// by silence or by an error that passes, before Fetch gives up. 0: 10.
	Tries int

	// SyncEvery is how many bytes are fetched between two syncs to the disk,
	// which is what a power cut may cost. 0: 1 MiB.
	SyncEvery int64

	// Progress is told of each block that was stored, and first of what an
	// earlier call stored. It is called on Fetch's goroutine, and the transfer
	// waits for it.
	Progress func(Progress)

	// Logger gets lost messages, refusals that pass, and new beginnings. Nil:
	// nothing is logged.
	Logger *slog.Logger
}

// Progress is how far a transfer is.
type Progress struct {
	File    File
	Version int64 // of the stream
	Stored  int64 // bytes
	Total   int64 // bytes
}

func (o *Options) withDefaults() (Options, error) {
	var s Options
	if o != nil {
		s = *o
	}
	s.BlockSize = cmp.Or(s.BlockSize, 32<<10)
	s.Window = cmp.Or(s.Window, maxWindow)
	s.MaxSize = cmp.Or(s.MaxSize, 24<<20)
	s.Timeout = cmp.Or(s.Timeout, 10*time.Second)
	s.Tries = cmp.Or(s.Tries, 10)
	s.SyncEvery = cmp.Or(s.SyncEvery, 1<<20)
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.Progress == nil {
		s.Progress = func(Progress) {}
	}
	var errs faults.List
	if s.BlockSize < minBlock || s.BlockSize > maxBlock {
		errs.Addf("streams: BlockSize is %d; want %d to %d", s.BlockSize, minBlock, maxBlock)
	}
	if s.Window < s.BlockSize || s.Window > maxWindow {
		errs.Addf("streams: Window is %d; want %d, the block's size, to %d", s.Window, s.BlockSize, maxWindow)
	}
	for _, v := range []struct {
		name  string
		value int64
	}{{"MaxSize", s.MaxSize}, {"Timeout", int64(s.Timeout)}, {"Tries", int64(s.Tries)}, {"SyncEvery", s.SyncEvery}} {
		if v.value < 0 {
			errs.Addf("streams: %s is negative", v.name)
		}
	}
	return s, errs.Err()
}
