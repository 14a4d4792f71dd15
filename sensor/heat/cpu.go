package heat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
)

// CPU is the processor's own thermometer, as a file that has its temperature in thousandths of a degree Celsius. It is a
// sensor.Source[physic.Temperature], whose methods may be called from any goroutine.
type CPU struct {
	f *os.File

	mu  sync.Mutex
	buf [32]byte
	seq uint64
}

// OpenCPU opens the file at path; "" is the first thermal zone of Linux, /sys/class/thermal/thermal_zone0/temp, and
// [errors.ErrUnsupported] elsewhere. That the file has a temperature is left to the first Read.
func OpenCPU(path string) (*CPU, error) {
	if path == "" {
		path = thermalZone
	}
	if path == "" {
		return nil, fmt.Errorf("sensor: heat: processor's temperature: %w on this system", errors.ErrUnsupported)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sensor: heat: %w", err)
	}
	return &CPU{f: f}, nil
}

// Read implements [sensor.Source]: it reads the file anew. Quality is OutOfRange outside -40..150 °C.
func (c *CPU) Read(ctx context.Context, r *sensor.Reading[physic.Temperature]) error {
	*r = sensor.Reading[physic.Temperature]{}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r.At = time.Now()
	n, err := c.f.ReadAt(c.buf[:], 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("sensor: heat: %w", err)
	}
	text := bytes.TrimSpace(c.buf[:n])
	milli, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil {
		return fmt.Errorf("sensor: heat: %s has %q, want thousandths of a degree", c.f.Name(), text)
	}
	r.Value = physic.ZeroCelsius + physic.Temperature(milli)*physic.MilliCelsius
	if milli < -40_000 || milli > 150_000 {
		r.Quality = sensor.OutOfRange
	}
	c.seq++
	r.Seq = c.seq
	return nil
}

// Close closes the file. A Read after it fails with fs.ErrClosed.
func (c *CPU) Close() error { return c.f.Close() }
