package ops

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
)

// parse is the kernel that makes numbers and bools of strings, which hold them in decimal notation.
type parse struct{ numberCast }

func (k *parse) Run(c *Ctx) error {
	dst, src := c.Out[0], c.In[0]
	floats, ints := castTiles(c)
	whole := isInteger(dst.DType)
	for at, n := 0, dst.Len(); at < n; at += tile {
		if err := c.Cancelled(); err != nil {
			return err
		}
		count := min(tile, n-at)
		for i, s := range src.Strings[at:][:count] {
			var err error
			if whole {
				ints[i], err = parseInt(s, dst.DType)
			} else {
				floats[i], err = parseFloat(s, dst.DType)
			}
			if err != nil {
				return err
			}
		}
		if whole {
			storeInts(dst.Data[at*dst.DType.Size():], ints[:count], dst.DType)
		} else {
			k.store(dst, at, floats[:count], ints)
		}
	}
	return nil
}

// parseFloat reads a number, or a word for NaN, infinity or a bool, in whatever case.
func parseFloat(s string, d dtype.DType) (float64, error) {
	s = strings.TrimSpace(s)
	v, err := strconv.ParseFloat(s, min(d.Bits(), 32)+32*(d.Bits()/64))
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return v, nil // infinity when it is too large
	}
	switch strings.ToLower(s) {
	case "true":
		return 1, nil
	case "false":
		return 0, nil
	case "-nan", "+nan":
		return math.NaN(), nil
	}
	return 0, fault.Format("%q is no number", s)
}

// parseInt reads a number for an integer of type d. One with a fraction loses it.
func parseInt(s string, d dtype.DType) (int64, error) {
	s = strings.TrimSpace(s)
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return v, nil
	}
	if v, err := strconv.ParseUint(s, 10, 64); err == nil && d == dtype.Uint64 {
		return int64(v), nil
	}
	v, err := parseFloat(s, dtype.Float64)
	switch {
	case err != nil:
		return 0, err
	case !(math.Abs(v) < 1<<63):
		return 0, fault.Format("%q is no integer of 64 bits", s)
	}
	return int64(v), nil
}

// format is the kernel that writes numbers and bools as strings.
type format struct{}

// Scratch has room for a tile of floats and one of integers.
func (format) Scratch() int { return 2 * tileBytes }

func (format) Run(c *Ctx) error {
	dst, src := c.Out[0].Strings, c.In[0]
	d := src.DType
	floats, ints := castTiles(c)
	for at := 0; at < len(dst); at += tile {
		if err := c.Cancelled(); err != nil {
			return err
		}
		to, part := dst[at:min(at+tile, len(dst))], src.Data[at*d.Size():]
		switch {
		case d == dtype.Bool:
			for i := range to {
				to[i] = "False"
				if part[i] != 0 {
					to[i] = "True"
				}
			}
		case isInteger(d):
			load(ints[:len(to)], part, d)
			for i, v := range ints[:len(to)] {
				if d == dtype.Uint64 {
					to[i] = strconv.FormatUint(uint64(v), 10)
				} else {
					to[i] = strconv.FormatInt(v, 10)
				}
			}
		default:
			load(floats[:len(to)], part, d)
			for i, v := range floats[:len(to)] {
				to[i] = formatFloat(v, d)
			}
		}
	}
	return nil
}

// formatFloat writes a float with as few digits as tell it from the others of type d: as such, with a fraction, and only
// very large and very small ones with an exponent.
func formatFloat(v float64, d dtype.DType) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "INF"
	case math.IsInf(v, -1):
		return "-INF"
	}
	form := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		form = 'e'
	}
	s := strconv.FormatFloat(v, form, digits(v, d, form), max(d.Bits(), 32))
	if form == 'f' && !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// digits returns how many digits after the point it takes to tell v from other values of type d: -1, which is as many as
// needed, for those that strconv knows.
func digits(v float64, d dtype.DType, form byte) int {
	if !dtype.SmallFloats.Has(d) {
		return -1
	}
	bits := d.Encode(v, true, dtype.Nearest)
	for n := 0; ; n++ {
		near, err := strconv.ParseFloat(strconv.FormatFloat(v, form, n, 64), 64)
		if err == nil && d.Encode(near, true, dtype.Nearest) == bits {
			return n
		}
	}
}
