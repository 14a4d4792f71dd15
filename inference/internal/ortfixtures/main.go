// Ortfixtures writes small models, runs them in ONNX Runtime, and packs models, inputs and the runtime's outputs as
// cases in the layout of ONNX's backend tests: the archive inference/testdata/ort.zip, which the tests of package
// inference run. The cases cover what ONNX's own leave out: old operator versions, trees and support vectors, models in
// the style of several exporters, local functions, external and sparse data, and the runtime's own operators.
//
// make.sh fetches the runtime and runs this program. Nothing but that needs the runtime.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	library := flag.String("lib", "libonnxruntime.so.1", "ONNX Runtime's shared `library`")
	out := flag.String("o", "ort.zip", "the `archive` to write")
	flag.Parse()
	if err := run(*library, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(library, out string) error {
	r, err := openRuntime(library)
	if err != nil {
		return err
	}
	cases := all()
	b, errs := pack(r, cases)
	fmt.Printf("%d of %d cases, %d bytes\n", len(cases)-len(errs), len(cases), len(b))
	return errors.Join(append(errs, os.WriteFile(out, b, 0o644))...)
}
