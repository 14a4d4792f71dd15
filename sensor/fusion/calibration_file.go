package fusion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/brinkml/brink/internal/durable"
)

// calibrationVersion is that of the form that Encode writes.
const calibrationVersion = 1

// maxCalibration is far more bytes than a calibration takes.
const maxCalibration = 1 << 16

// ErrVersion is matched by the error about a calibration written by a later version of this package.
var ErrVersion = errors.New("fusion: unknown version of a calibration")

// file is what Encode writes.
type file struct {
	Version int `json:"version"`
	*Calibration
}

// Encode returns the calibration as JSON. A calibration that [ParseCalibration] would refuse is an error that matches
// [ErrCalibration].
func (c *Calibration) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(file{calibrationVersion, c}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("fusion: calibration: %w", err)
	}
	return append(data, '\n'), nil
}

// Save writes the calibration to a file of that name so that, whenever the power fails, the file has the old or the new
// one, whole. It may leave name + ".tmp" then.
func (c *Calibration) Save(name string) error {
	return c.save(durable.OS{}, name)
}

func (c *Calibration) save(fsys durable.FS, name string) error {
	data, err := c.Encode()
	if err != nil {
		return err
	}
	if err := durable.Replace(fsys, name, data); err != nil {
		return fmt.Errorf("fusion: save calibration: %w", err)
	}
	return nil
}

// OpenCalibration reads the file that Save wrote. The error is that of the file system, fs.ErrNotExist where there is
// none, or of [ParseCalibration].
func OpenCalibration(name string) (*Calibration, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("fusion: open calibration: %w", err)
	}
	defer f.Close()
	return ReadCalibration(f)
}

// ReadCalibration reads a calibration up to the end of r, 64 KiB at most.
func ReadCalibration(r io.Reader) (*Calibration, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCalibration+1))
	if err != nil {
		return nil, fmt.Errorf("fusion: read calibration: %w", err)
	}
	if len(data) > maxCalibration {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrCalibration, maxCalibration)
	}
	return ParseCalibration(data)
}

// ParseCalibration is the inverse of [Calibration.Encode]. It refuses what would spoil readings: another version
// ([ErrVersion]), and fields that are unknown, missing or of another shape, numbers that are absurd, and matrices that
// are singular or mirrors ([ErrCalibration]).
func ParseCalibration(data []byte) (*Calibration, error) {
	// The version first: another one may have other fields.
	var v struct{ Version *int }
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCalibration, err)
	}
	if v.Version == nil {
		return nil, fmt.Errorf("%w: it has no version", ErrCalibration)
	}
	if *v.Version != calibrationVersion {
		return nil, fmt.Errorf("%w: %d, want %d", ErrVersion, *v.Version, calibrationVersion)
	}
	var w struct {
		Version    int
		Gyro       *triple
		Accel, Mag *struct {
			Offset *triple
			Matrix *[]triple
		}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCalibration, err)
	}
	if w.Gyro == nil {
		return nil, fmt.Errorf("%w: gyro is missing", ErrCalibration)
	}
	c := &Calibration{Gyro: *w.Gyro}
	for _, a := range []struct {
		name string
		from *struct {
			Offset *triple
			Matrix *[]triple
		}
		to **Affine
	}{{"accel", w.Accel, &c.Accel}, {"mag", w.Mag, &c.Mag}} {
		if a.from == nil {
			continue
		}
		if a.from.Offset == nil || a.from.Matrix == nil || len(*a.from.Matrix) != 3 {
			return nil, fmt.Errorf("%w: %s wants an offset and a matrix of 3 rows", ErrCalibration, a.name)
		}
		affine := &Affine{Offset: *a.from.Offset}
		for i, row := range *a.from.Matrix {
			affine.Matrix[i] = row
		}
		*a.to = affine
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// triple refuses other than three numbers, where package json would fill up or leave out.
type triple [3]float64

func (t *triple) UnmarshalJSON(data []byte) error {
	var numbers []json.RawMessage
	if err := json.Unmarshal(data, &numbers); err != nil {
		return err
	}
	if len(numbers) != len(t) {
		return fmt.Errorf("%d numbers, want %d", len(numbers), len(t))
	}
	for i, s := range numbers {
		x, err := strconv.ParseFloat(string(s), 64)
		if err != nil {
			return err
		}
		t[i] = x
	}
	return nil
}
