package defender

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"unicode/utf8"
)

const maxString = 1024 // bytes of one string of a custom metric

// Value is the value of a custom metric. Its type must be the one under which
// the metric was registered. The zero Value is none.
type Value struct {
	kind string // the service's name of the type
	v    any
}

// Number is a metric of type number.
func Number(v float64) Value { return Value{"number", v} }

// Numbers is a metric of type number-list.
func Numbers(v ...float64) Value { return Value{"number_list", notNil(v)} }

// Strings is a metric of type string-list: UTF-8, each of 1024 bytes at most.
func Strings(v ...string) Value { return Value{"string_list", notNil(v)} }

// IPs is a metric of type ip-address-list.
func IPs(v ...netip.Addr) Value { return Value{"ip_list", notNil(v)} }

func notNil[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// check finds what cannot be reported. limit is that of lists.
func (v Value) check(limit int) error {
	switch x := v.v.(type) {
	case float64:
		return finite(x)
	case []float64:
		for _, n := range x {
			if err := finite(n); err != nil {
				return err
			}
		}
		return short(len(x), limit)
	case []string:
		for _, s := range x {
			if len(s) > maxString || !utf8.ValidString(s) {
				return fmt.Errorf("string of %d bytes; want UTF-8 of %d at most", len(s), maxString)
			}
		}
		return short(len(x), limit)
	case []netip.Addr:
		for _, a := range x {
			if !a.IsValid() || a.Zone() != "" {
				return fmt.Errorf("address %v", a)
			}
		}
		return short(len(x), limit)
	}
	return errors.New("no value")
}

func finite(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("number %v", f)
	}
	return nil
}

func short(n, limit int) error {
	if n > limit {
		return fmt.Errorf("list of %d values; the limit is %d", n, limit)
	}
	return nil
}
