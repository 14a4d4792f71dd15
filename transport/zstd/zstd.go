// Package zstd compresses the batches of an outbox's lane, for a program that
// wants it: package transport does not link it.
//
//	z, err := zstd.New(nil)
//	if err != nil {
//		return err
//	}
//	lane.Batch = &transport.Batch{Format: transport.BatchFrames, MaxBytes: 256 << 10, Compress: z}
//
// A consumer undoes it with [Decompress], or with any other implementation of
// RFC 8878: each payload is one frame that tells its length and has a checksum.
package zstd

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Level is how much work is spent on a smaller result.
type Level int

const (
	// Fast is for small devices: 0.6 MiB of memory with the default window.
	Fast Level = iota
	// Medium is about level 3 of the zstd program: 1.6 MiB.
	Medium
	// Better is about level 7 of the zstd program: 4.4 MiB.
	Better
	// Best is the smallest, at a fifth of the speed of Fast: 35 MiB.
	Best
)

// Options configure an Encoder. The zero value, like nil, is the defaults.
type Options struct {
	// Level; the zero value is Fast.
	Level Level
	// Window is how far back repetition is looked for, in bytes: a power of two
	// from 1 KiB to 8 MiB; 0 means 64 KiB. It bounds the memory of the encoder,
	// and a batch that is shorter gains nothing from more.
	Window int
}

// Encoder is a transport.Compressor. It is safe for concurrent use; calls at the
// same time wait for each other.
type Encoder struct{ e *zstd.Encoder }

// New returns an encoder, which holds its memory from the first call on. Options
// may be nil.
func New(o *Options) (*Encoder, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Window == 0 {
		c.Window = 64 << 10
	}
	var errs []error
	if c.Level < Fast || c.Level > Best {
		errs = append(errs, fmt.Errorf("zstd: no such Level: %d", c.Level))
	}
	if c.Window < 1<<10 || c.Window > 8<<20 || c.Window&(c.Window-1) != 0 {
		errs = append(errs, fmt.Errorf("zstd: Window is %d; it must be a power of two from 1 KiB to 8 MiB", c.Window))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.EncoderLevel(c.Level)+zstd.SpeedFastest),
		zstd.WithWindowSize(c.Window),
		zstd.WithLowerEncoderMem(true),
		zstd.WithZeroFrames(true),
	)
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &Encoder{e: e}, nil
}

// Compress appends src, compressed as one frame, to dst.
func (e *Encoder) Compress(dst, src []byte) []byte { return e.e.EncodeAll(src, dst) }

// ErrTooLarge reports data that would take more than the limit.
var ErrTooLarge = errors.New("zstd: larger than the limit when decompressed")

// maxWindow is what RFC 8878 asks every decoder to take.
const maxWindow = 8 << 20

// Decompress returns what was compressed, unless it is longer than limit bytes,
// which is ErrTooLarge and is found after limit bytes or 8 MiB, whichever is
// more. Data may come from anywhere.
func Decompress(b []byte, limit int) ([]byte, error) {
	if limit < 0 {
		return nil, errors.New("zstd: the limit is negative")
	}
	d, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(uint64(max(limit, maxWindow))),
	)
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	defer d.Close()
	out, err := d.DecodeAll(b, nil)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded), err == nil && len(out) > limit:
		return nil, ErrTooLarge
	case err != nil:
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return out, nil
}
