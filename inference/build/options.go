package build

import (
	"errors"
	"fmt"
	"slices"
)

// Options describes a model. Zero fields mean their defaults.
type Options struct {
	Opset     int            // version of the ai.onnx operators; default 17
	Domains   map[string]int // versions of other domains' operators, by domain; ai.onnx.ml is 3 unless given here
	IRVersion int            // of the file format; default the oldest that goes with Opset, and not below 8

	Producer        string // default "brink"
	ProducerVersion string
	Domain          string // of the model, as a reverse domain name: "com.example.boiler"
	Version         int64  // of the model
	Doc             string
	Metadata        map[string]string // metadata_props
}

func (o *Options) withDefaults() (Options, error) {
	var d Options
	if o != nil {
		d = *o
	}
	var errs []error
	if d.Opset < 0 {
		errs = append(errs, fmt.Errorf("opset %d is negative", d.Opset))
	}
	if d.IRVersion < 0 {
		errs = append(errs, fmt.Errorf("IR version %d is negative", d.IRVersion))
	}
	if d.Opset == 0 {
		d.Opset = 17
	}
	if d.IRVersion == 0 {
		d.IRVersion = irVersion(d.Opset)
	}
	if d.Producer == "" {
		d.Producer = "brink"
	}
	for domain, v := range d.Domains {
		if isCore(domain) {
			errs = append(errs, fmt.Errorf("domain %q has its version in Opset, not in Domains", domain))
		} else if v <= 0 {
			errs = append(errs, fmt.Errorf("domain %q has version %d", domain, v))
		}
	}
	return d, errors.Join(errs...)
}

// isCore reports whether domain is ONNX's own, which has two spellings.
func isCore(domain string) bool { return domain == "" || domain == "ai.onnx" }

// firstOpset is the first opset that needs an IR version above 8, index 0 standing for IR version 9.
// Source: the table of released versions in ONNX's docs/Versioning.md.
var firstOpset = [...]int{19, 21, 23, 24, 25}

// irVersion gives the oldest IR version that goes with an opset, or 8, which readers have known since 2021.
func irVersion(opset int) int {
	n, found := slices.BinarySearch(firstOpset[:], opset)
	if found {
		n++
	}
	return 8 + n
}
