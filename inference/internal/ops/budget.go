package ops

import (
	"sync/atomic"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Budget counts memory against a limit. It is safe for concurrent use.
type Budget struct {
	What  string // what is counted, for messages
	Limit int64
	taken atomic.Int64
}

// Take charges the memory of a tensor that is about to be made, or returns a *fault.LimitError.
func (b *Budget) Take(d dtype.DType, shape []int) error {
	n, err := tensor.Bytes(d, shape)
	if err != nil {
		return err
	}
	return b.TakeBytes(n)
}

// TakeBytes charges n bytes that are about to be taken, or returns a *fault.LimitError.
func (b *Budget) TakeBytes(n int64) error {
	if got := b.taken.Add(n); got > b.Limit || got < 0 {
		b.taken.Add(-n)
		return &fault.LimitError{What: b.What, Got: max(got, n), Max: b.Limit}
	}
	return nil
}

// Taken returns the bytes charged so far.
func (b *Budget) Taken() int64 { return b.taken.Load() }

// Back goes back to n bytes charged: what was taken since is not in use any more.
func (b *Budget) Back(n int64) { b.taken.Store(n) }
