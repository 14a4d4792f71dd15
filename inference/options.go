package inference

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/optimize"
)

// LoadOptions say how a model is read. The zero value holds the defaults.
type LoadOptions struct {
	// Map leaves the weights in the file, mapped read-only into memory, instead of reading them: they take memory
	// only while they are used, and once for all processes. It is only for files that nobody rewrites in place while
	// a session is open; replacing a file by renaming another over it is fine. [Open] alone heeds it, on Unix; where
	// files cannot be mapped they are read.
	Map bool

	// MaxBytes bounds the size of the model's file. 0 means 2 GiB - 1, which is the most that the format allows.
	MaxBytes int64

	// Without names the passes, of those that [Passes] lists, that are not to work on the model; "all" names every one.
	// Results differ by rounding at most. It is for finding out whether a pass is to blame for something, and for models
	// that are mapped: what a pass makes of their weights lies in memory, beside the file.
	Without []string
}

// Passes returns the names of the passes that make a model compute the same with less work after it is loaded, in the
// order in which they run. Each can be left out: see [LoadOptions].
func Passes() []string { return optimize.All().Names() }

// Options configure a [Session]. The zero value holds the defaults.
type Options struct {
	// Threads is how many goroutines work on one run, the caller's included. Only kernels large enough to gain from
	// it are shared. 0 means the number of processors, at most 4; 1 keeps everything on the caller's goroutine.
	Threads int

	// MemoryLimit bounds, in bytes, what one [Binding], or one call of [Session.Run], takes for the values between
	// inputs and outputs, these included; weights do not count. 0 means 1 GiB. A model that needs more is refused
	// with a *[LimitError] before the memory is taken.
	MemoryLimit int64

	// CPU says which instructions kernels may use: "portable" for plain Go; "avx2", "avx512" or "vnni" on amd64; "neon" or
	// "dotprod" on arm64. "" means what the environment variable BRINK_CPU says, or else the best that the machine has.
	// Results differ by rounding at most. It is for finding out whether a kernel is to blame for something.
	CPU string

	// Tools are what a few operators need and most programs do not: a model that has one of these operators is refused
	// when its tool is not given.
	Tools Tools
}

// Tools are what ImageDecoder and RegexFullMatch need: {Image, Regexp}. Decoders of image files and regular expressions
// would make every program larger by a third of a megabyte each; packages inference/images and inference/regex have them:
//
//	inference.Options{Tools: inference.Tools{Image: images.Decode, Regexp: regex.Compile}}
type Tools = ops.Tools

func (o *LoadOptions) withDefaults() (LoadOptions, error) {
	var d LoadOptions
	if o != nil {
		d = *o
	}
	var errs []error
	if d.MaxBytes < 0 {
		errs = append(errs, fmt.Errorf("inference: LoadOptions.MaxBytes is %d", d.MaxBytes))
	}
	if _, err := optimize.Without(d.Without); err != nil {
		errs = append(errs, err)
	}
	d.MaxBytes = min(cmp.Or(d.MaxBytes, math.MaxInt32), math.MaxInt32)
	return d, errors.Join(errs...)
}

// level returns the level that o.CPU names.
func (o *Options) level() (cpu.Level, error) {
	l, err := cpu.Default()
	if o.CPU != "" {
		l, err = cpu.Parse(o.CPU)
	}
	if err != nil {
		return 0, fmt.Errorf("inference: Options.CPU: %w", err)
	}
	return l, nil
}

func (o *Options) withDefaults() (Options, error) {
	var d Options
	if o != nil {
		d = *o
	}
	var errs []error
	if d.Threads < 0 || d.Threads > 1024 {
		errs = append(errs, fmt.Errorf("inference: Options.Threads is %d, not 0 to 1024", d.Threads))
	}
	if d.MemoryLimit < 0 {
		errs = append(errs, fmt.Errorf("inference: Options.MemoryLimit is %d", d.MemoryLimit))
	}
	level, err := d.level()
	if err != nil {
		errs = append(errs, err)
	}
	d.CPU = level.String()
	d.Threads = cmp.Or(d.Threads, min(runtime.GOMAXPROCS(0), 4))
	d.MemoryLimit = cmp.Or(d.MemoryLimit, 1<<30)
	return d, errors.Join(errs...)
}
